"""Plain PHOEBE in a process of its own: what its calls take, and what bare forks of it take.

    {"do": "get_value", "count": 100}  ->  {"seconds": [0.0004, ...]}

One JSON line in, one out; `{"ready": true}` first of all. Nothing of phoebed is in here.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

with contextlib.redirect_stdout(sys.stderr):
    import numpy as np
    import phoebe

    phoebe.progressbars_off()

_PR_SET_PDEATHSIG = 1
_HUNDRED = 100
_PHASES = 201
_TEFF = {"qualifier": "teff", "component": "primary", "context": "component"}
_PERIOD = {"qualifier": "period", "component": "binary", "context": "component"}

Json = dict[str, Any]


class Plain:
    """The bundle with which a session of phoebed begins, and forks of this process."""

    def __init__(self) -> None:
        self.bundle = phoebe.default_binary()
        self.bundle.flip_constraint("mass@primary", solve_for="q@binary")
        self.bundle.flip_constraint("mass@secondary", solve_for="sma@binary")
        self.bundle.add_solver("differential_corrections", solver="dc")
        self.children: list[int] = []
        self.has_dataset = False

    def fork(self, count: int) -> Json:
        """From the fork to the child's first byte, and from the kill to the end of the wait."""
        starts, ends = [], []
        for _ in range(count):
            started = time.perf_counter()
            self.populate(1)
            starts.append(time.perf_counter() - started)
            time.sleep(0.002)
            started = time.perf_counter()
            self.depopulate()
            ends.append(time.perf_counter() - started)
        return {"start": starts, "end": ends}

    def hundred(self, count: int) -> Json:
        """A hundred forks in a row, until the last of the children runs."""
        seconds = []
        for _ in range(count):
            started = time.perf_counter()
            self.populate(_HUNDRED)
            seconds.append(time.perf_counter() - started)
            self.depopulate()
        return {"seconds": seconds}

    def populate(self, count: int) -> Json:
        """Forks children that do nothing, and waits until all of them run."""
        reader, writer = os.pipe()
        for _ in range(count):
            pid = os.fork()
            if pid == 0:
                ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
                os.write(writer, b"x")
                while True:
                    signal.pause()
            self.children.append(pid)
        os.close(writer)
        missing = count
        while missing and (read := os.read(reader, missing)):
            missing -= len(read)
        os.close(reader)
        return {"children": len(self.children)}

    def depopulate(self) -> Json:
        """Kills them and waits for them."""
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)
        for pid in self.children:
            os.waitpid(pid, 0)
        self.children.clear()
        return {}

    def get_value(self, count: int) -> Json:
        """A parameter's value by tags."""
        return timed(count, lambda _: self.bundle.get_value(**_TEFF))

    def set_value(self, count: int) -> Json:
        """A parameter on which nothing depends."""
        return timed(count, lambda n: self.bundle.set_value(value=6000.0 + n % 100, **_TEFF))

    def set_period(self, count: int) -> Json:
        """The parameter on which most depends."""
        return timed(count, lambda n: self.bundle.set_value(value=1.0 + n % 2 * 0.1, **_PERIOD))

    def compute(self, count: int) -> Json:
        """A light curve."""
        if not self.has_dataset:
            phases = np.linspace(-0.5, 0.5, _PHASES)
            self.bundle.add_dataset(
                "lc", dataset="lc01", compute_phases=phases, passband="Johnson:V"
            )
            self.has_dataset = True
        answer = timed(count, lambda _: self.bundle.run_compute())
        fluxes = self.bundle.get_value(qualifier="fluxes", dataset="lc01", context="model")
        return {**answer, "fluxes": list(fluxes)}


def timed(count: int, call: Callable[[int], object]) -> Json:
    """The times of so many calls, each of which gets its number."""
    seconds = []
    for number in range(count):
        started = time.perf_counter()
        call(number)
        seconds.append(time.perf_counter() - started)
    return {"seconds": seconds}


def main() -> None:
    """Serves until its input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever PHOEBE prints is no answer
    plain = Plain()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(plain, request.pop("do"))(**request)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
