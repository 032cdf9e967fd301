"""The operator's page of the README: its commands are run as they stand there."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).resolve().parents[3] / "README.md"


def commands(after: str) -> str:
    """The commands of the first console block after this text, as a script."""
    text = README.read_text()
    assert text.count(after) == 1, f"the README has this not once: {after}"
    block = text.split(after)[1].split("```console\n")[1].split("```")[0]
    lines: list[str] = []
    for line in block.splitlines():
        if line.startswith("# "):
            lines.append(line.removeprefix("# "))
        elif line.startswith("   ") and lines:
            lines.append(line)
    assert lines, f"the README has no commands after this: {after}"
    return "\n".join(lines)
