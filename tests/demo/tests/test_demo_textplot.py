"""The plot keeps to its width and joins what is steep."""

from itertools import pairwise

import pytest

from phoebed_demo import textplot

X = [0.0, 0.5, 1.0]
Y = [1.0, 0.0, 1.0]


@pytest.mark.parametrize("dots", [True, False])
@pytest.mark.parametrize("columns", [40, 80, 160])
def test_no_line_is_wider_than_asked(columns: int, dots: bool) -> None:
    lines = textplot.draw(X, Y, columns, 8, dots=dots).splitlines()
    assert len(lines) == 10
    assert max(map(len, lines)) <= columns


def test_without_dots_the_plot_is_ascii() -> None:
    assert textplot.draw(X, Y, 60, 8, dots=False).isascii()


def test_every_column_has_a_dot_and_steep_parts_have_no_gap() -> None:
    dots = textplot.raster(X, Y, 9, 21)
    columns = list(zip(*dots, strict=True))
    assert all(any(column) for column in columns)
    for left, right in pairwise(columns):
        assert any(a and b for a, b in zip(left, right, strict=True))


def test_a_constant_curve_can_be_drawn() -> None:
    assert "1.000" in textplot.draw([0.0, 1.0], [1.0, 1.0], 60, 6, dots=True)


@pytest.mark.parametrize(
    ("encoding", "expected"), [("utf-8", True), ("ascii", False), (None, False), ("x-no", False)]
)
def test_dots_are_for_streams_that_take_them(encoding: str | None, expected: bool) -> None:
    assert textplot.can_draw_dots(encoding) is expected
