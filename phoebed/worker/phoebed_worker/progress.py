"""How far a long command has come, told while it runs.

A command has steps of one kind at a time: times of a model, iterations of a solver. Steps may have
steps of their own (each forward model of a fit has its times); the outermost are what is shown, and
the inner ones move its fraction. The child writes to a pipe that is never waited for.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

# Seconds between two reports: people see no more, and the daemon hears no more.
_INTERVAL = 0.1
# Steps that are shown to have steps within; deeper ones would move nothing visible.
_DEEPEST = 2
# The stage before a sampler's iterations.
PREPARING = "drawing samples"


class Bar:
    """One row of steps: the part of tqdm's interface that PHOEBE and its solvers use."""

    def __init__(self, reports: Reports, total: Any, stage: str) -> None:
        self._reports = reports
        self.total = total
        self.stage = stage
        self.done = 0.0
        reports.begin(self)

    def update(self, steps: float = 1) -> None:
        self.done += steps
        self._reports.moved()

    def close(self) -> None:
        self._reports.end(self)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fraction(self) -> float:
        return min(1.0, self.done / float(self.total)) if _countable(self.total) else 0.0


class Reports:
    """The reports of one process. Where nobody listens, nothing is written."""

    def __init__(self) -> None:
        self._pipe: int | None = None
        self._bars: list[Bar] = []
        self.best = -math.inf
        self._last = -math.inf

    def to(self, pipe: int | None) -> None:
        """From now on to this pipe, which must not block."""
        self._pipe = pipe
        self._bars.clear()
        self.best = -math.inf
        self._last = -math.inf

    def bar(self, total: Any = None, stage: str = "iterations", **_: Any) -> Bar:
        """A new row of steps, within those that there are."""
        return Bar(self, total, stage)

    @contextmanager
    def steps(self, total: int, stage: str) -> Iterator[Bar]:
        with Bar(self, total, stage) as bar:
            yield bar

    def begin(self, bar: Bar) -> None:
        self._bars.append(bar)
        self.moved()

    def end(self, bar: Bar) -> None:
        if bar in self._bars:
            # With those within it that an exception left behind.
            del self._bars[self._bars.index(bar) :]

    def better(self, lnprobability: float) -> None:
        """A sample with this logarithm of the probability was computed; the best one is shown."""
        if math.isfinite(lnprobability):
            self.best = max(self.best, float(lnprobability))

    def moved(self) -> None:
        now = time.monotonic()
        if self._pipe is None or now - self._last < _INTERVAL:
            return
        self._last = now
        if (report := self._report()) is not None:
            # Where the pipe is full the next one says it too.
            with suppress(BlockingIOError, BrokenPipeError):
                os.write(self._pipe, json.dumps(report).encode("ascii") + b"\n")

    def _report(self) -> dict[str, Any] | None:
        if not self._bars:
            return None
        outer = self._bars[0]
        share, fraction = 1.0, 0.0
        for bar in self._bars[:_DEEPEST]:
            if not _countable(bar.total):
                break
            fraction += share * bar.fraction()
            share /= float(bar.total)
        return {
            # What comes before the work proper is not counted as progress of it.
            "fraction": 0.0 if outer.stage == PREPARING else min(1.0, fraction),
            "stage": outer.stage,
            "step": int(outer.done),
            "steps": int(float(outer.total)) if _countable(outer.total) else None,
            "best": self.best if math.isfinite(self.best) else None,
        }


def _countable(total: Any) -> bool:
    try:
        return math.isfinite(float(total)) and float(total) > 0
    except (TypeError, ValueError):
        return False


REPORTS = Reports()
"""Those of this process."""
