"""What is left of a program: reads /proc to find the processes that the daemon started."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """A process. The start time tells it from a later one that got the same number."""

    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.pid} ({command_line(self.pid) or 'ended'})"


def _stat(pid: int) -> list[str] | None:
    """The fields after the name, which is in parentheses and may contain anything."""
    with contextlib.suppress(OSError):
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return None


def command_line(pid: int) -> str:
    """The command line with spaces, empty when the process is gone."""
    with contextlib.suppress(OSError):
        return (PROC / str(pid) / "cmdline").read_text().replace("\0", " ").strip()
    return ""


def _all() -> Iterator[tuple[int, int, Process]]:
    """Every process that is not a zombie: number, parent, identity."""
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))) and stat[0] != "Z":
            yield int(entry.name), int(stat[1]), Process(int(entry.name), stat[19])


def descendants(pid: int) -> set[Process]:
    """All processes below this one, now."""
    rows = list(_all())
    found: set[Process] = set()
    parents = {pid}
    while parents:
        children = {identity for _, parent, identity in rows if parent in parents} - found
        found |= children
        parents = {child.pid for child in children}
    return found


def mentioning(text: str) -> set[Process]:
    """Processes with this text in their command line."""
    return {identity for pid, _, identity in _all() if text in command_line(pid)}


def still_there(processes: set[Process], patience: float = 2.0) -> set[Process]:
    """Those that have not ended after some seconds of grace."""
    deadline = time.monotonic() + patience
    while left := processes & {identity for _, _, identity in _all()}:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return left
