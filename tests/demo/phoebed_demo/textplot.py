"""Draws a curve with characters: Braille dots where the terminal can show them, else stars."""

from bisect import bisect_right
from collections.abc import Sequence

# Bits of the dots of a Braille character (U+2800), by row and column.
BRAILLE = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
LABEL_WIDTH = 7
TICKS = 4  # spaces between the labels of the x axis


def can_draw_dots(encoding: str | None) -> bool:
    """Whether a stream of this encoding takes Braille and box characters."""
    try:
        "\u28ff│└─".encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def interpolate(x: Sequence[float], y: Sequence[float], at: float) -> float:
    """Linear between the points; `x` ascends and holds `at` between its ends."""
    right = min(max(bisect_right(x, at), 1), len(x) - 1)
    left = right - 1
    share = (at - x[left]) / (x[right] - x[left])
    return y[left] + share * (y[right] - y[left])


def raster(x: Sequence[float], y: Sequence[float], width: int, height: int) -> list[list[bool]]:
    """The curve as dots, first row on top. Steep parts are joined so that no gap shows."""
    low, high = min(y), max(y)
    span = (high - low) or 1.0
    dots = [[False] * width for _ in range(height)]
    before: int | None = None
    for column in range(width):
        at = x[0] + (x[-1] - x[0]) * column / (width - 1)
        row = round((high - interpolate(x, y, at)) / span * (height - 1))
        first = row if before is None else before
        for filled in range(min(first, row), max(first, row) + 1):
            dots[filled][column] = True
        before = row
    return dots


def _braille(dots: list[list[bool]]) -> list[str]:
    rows, columns = len(dots) // 4, len(dots[0]) // 2
    return [
        "".join(
            chr(
                0x2800
                + sum(
                    bit
                    for dy, bits in enumerate(BRAILLE)
                    for dx, bit in enumerate(bits)
                    if dots[4 * row + dy][2 * column + dx]
                )
            )
            for column in range(columns)
        )
        for row in range(rows)
    ]


def _stars(dots: list[list[bool]]) -> list[str]:
    return ["".join("*" if dot else " " for dot in row) for row in dots]


def _x_labels(first: float, last: float, width: int) -> str:
    line = [" "] * (width + LABEL_WIDTH)
    for tick in range(TICKS + 1):
        text = f"{first + (last - first) * tick / TICKS:.2f}"
        middle = round(tick / TICKS * (width - 1))
        start = min(max(middle - len(text) // 2, 0), width + LABEL_WIDTH - len(text))
        line[start : start + len(text)] = text
    return "".join(line).rstrip()


def draw(
    x: Sequence[float],
    y: Sequence[float],
    columns: int,
    rows: int,
    *,
    dots: bool,
) -> str:
    """The curve with labelled axes, at most `columns` wide; `rows` counts those of the curve."""
    width = max(columns - LABEL_WIDTH - 4, 16)
    if dots:
        lines = _braille(raster(x, y, 2 * width, 4 * rows))
        bar, corner, dash = "│", "└", "─"
    else:
        lines = _stars(raster(x, y, width, rows))
        bar, corner, dash = "|", "+", "-"
    low, high = min(y), max(y)
    labels = {0: high, (rows - 1) // 2: (high + low) / 2, rows - 1: low}
    out = []
    for row, line in enumerate(lines):
        label = f"{labels[row]:.3f}" if row in labels else ""
        out.append(f"{label:>{LABEL_WIDTH}} {bar}{line.rstrip(chr(0x2800) + ' ')}")
    out.append(f"{'':>{LABEL_WIDTH}} {corner}{dash * width}")
    out.append(f"{'':>{LABEL_WIDTH}}  {_x_labels(x[0], x[-1], width)}")
    return "\n".join(out)
