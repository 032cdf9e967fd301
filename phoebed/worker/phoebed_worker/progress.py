"""How far a long command has come, told while it runs.

A command has steps of one kind at a time: times of a model, iterations of a solver. Each step may
have rows of steps in it (an iteration computes samples, a sample has its times). The outermost row
that is no mere frame is what is shown; those within move its fraction.

        run_solver ── iterations 3 of 10 ── samples 5 of 8
         (frame)        shown: 0.33          5/8 of one of its two rows: 0.031

The fraction never falls. The child writes to a pipe that is never waited for.
"""

from __future__ import annotations

import json
import math
import os
import time
from contextlib import suppress
from typing import Any

# Seconds between two reports: people see no more, and the daemon hears no more.
_INTERVAL = 0.1
# The stage before a solver's iterations: not counted as progress of the work proper.
PREPARING = "initial samples"
ITERATIONS = "iterations"
# Of a row that is not shown itself.
FRAME = ""


class Bar:
    """One row of steps: the part of tqdm's interface that PHOEBE and its solvers use."""

    def __init__(
        self,
        reports: Reports,
        total: Any,
        stage: str,
        rows: int = 0,
        beyond: int = 0,
        only: str | None = None,
    ) -> None:
        """`rows` is how many rows each step has in it; 0 where nobody knows before it is done.

        `beyond` is what comes after the last step, as work of so many steps. `only` is the stage of
        the rows that count; else all do but those that prepare.
        """
        self.total = total
        self.stage = stage
        self.rows = rows
        self.only = only
        self.done = 0.0
        self.beyond = beyond
        self._rows_done = 0
        self._reports = reports
        reports.begin(self)

    def update(self, steps: float = 1) -> None:
        self.done += steps
        # The next step will have as many as this one had.
        self.rows = self._rows_done or self.rows
        self._rows_done = 0
        self._reports.moved()

    def close(self) -> None:
        self._reports.end(self)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def steps(self) -> int | None:
        """How many there are, where that is known."""
        try:
            total = float(self.total)
        except (TypeError, ValueError):
            return None
        return int(total) if 0 < total < math.inf else None

    def fraction(self, within: float) -> float:
        """How much is done; `within` is how much of the row that is under way in this step."""
        steps = self.steps()
        if steps is None:
            return 0.0
        row = 0.0
        if self.rows and self.done < steps:
            row = min(1.0, (self._rows_done + within) / self.rows)
        return min(1.0, (self.done + row) / (steps + self.beyond))

    def counts(self, row: Bar) -> bool:
        """Whether this row within is work of its steps."""
        return row.stage != PREPARING if self.only is None else row.stage == self.only

    def row_done(self) -> None:
        """A row in this step is over."""
        self._rows_done += 1

    def is_before(self, row: Bar) -> bool:
        """Whether what is shown of this row comes before all that counts."""
        return self.only is not None and not self._rows_done and not self.counts(row)


class Reports:
    """The reports of one process. Where nobody listens, nothing is written."""

    def __init__(self) -> None:
        self.to(None)

    def to(self, pipe: int | None) -> None:
        """From now on to this pipe, which must not block, of another command."""
        self._pipe = pipe
        self._bars: list[Bar] = []
        self._fraction = 0.0
        self.best = -math.inf
        self._last = -math.inf

    def bar(self, total: Any, stage: str = ITERATIONS, rows: int = 0) -> Bar:
        """A new row of steps, within those that there are."""
        return Bar(self, total, stage, rows)

    def frame(self, rows: int = 1, only: str | None = None) -> Bar:
        """A row that is not shown: those within it come one after the other, with equal shares."""
        return Bar(self, 1, FRAME, rows, only=only)

    def innermost(self) -> Bar | None:
        return self._bars[-1] if self._bars else None

    def begin(self, bar: Bar) -> None:
        self._bars.append(bar)
        self.moved()

    def end(self, bar: Bar) -> None:
        if bar in self._bars:
            # With those within it that an exception left behind.
            del self._bars[self._bars.index(bar) :]
            if self._bars and self._bars[-1].counts(bar):
                self._bars[-1].row_done()

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
        shown = next((bar for bar in self._bars if bar.stage != FRAME), None)
        if shown is None:
            return None
        # Whatever is begun once more has been told already.
        self._fraction = max(self._fraction, self._done())
        return {
            "fraction": self._fraction,
            "stage": PREPARING if self._bars[0].is_before(shown) else shown.stage,
            "step": int(shown.done),
            "steps": shown.steps(),
            "best": self.best if math.isfinite(self.best) else None,
        }

    def _done(self) -> float:
        """How much of the outermost row is done, with all that is done within."""
        fraction, row = 0.0, None
        for bar in reversed(self._bars):
            counts = row is not None and bar.counts(row)
            fraction, row = bar.fraction(fraction if counts else 0.0), bar
        return fraction


REPORTS = Reports()
"""Those of this process."""
