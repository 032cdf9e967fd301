"""What is changed in PHOEBE for long commands: the times of a model are shared by helpers, and
samplers take our pool. How they tell how far they are is in `iterations`.

The first time is computed before any fork: it builds the standard mesh, as it does in PHOEBE's own
loop, and then all results are bit for bit those of that loop, whoever computes which time.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import phoebe
from phoebe.backend import backends
from phoebe.solverbackends import solverbackends

from . import iterations
from .helpers import Helpers
from .pool import ForkedPool
from .progress import REPORTS, Bar
from .share import SHARE
from .sideways import ListProxy

# Seconds of work below which helpers cost more than they bring.
_WORTH_HELPERS = 0.1
# Seconds of work that are handed out at a time.
_PIECE = 0.03

_run_chunk = backends.BaseBackendByTime._run_chunk


def install() -> None:
    """Puts the changes into PHOEBE, once for this process and its forks."""
    backends.BaseBackendByTime._run_chunk = _run_times
    backends._progressbar = _datasets
    phoebe.pool.MultiPool = ForkedPool
    solverbackends.multiprocessing = SimpleNamespace(
        Manager=lambda: SimpleNamespace(list=ListProxy)
    )
    iterations.install()


def begin(progress: int, share: int, most: int) -> None:
    """Of a process just forked for one command: whom it tells, and who says how many it may be."""
    REPORTS.to(progress)
    SHARE.of(share, most)
    # Bars are what tells us; they are drawn nowhere.
    phoebe.progressbars_on()
    # Not by its setter, which knows better than the configuration how many there may be.
    phoebe.conf._multiprocessing_nprocs = SHARE.most


def _run_times(
    self: Any, b: Any, compute: str, times: Any, infolists: Any, **kwargs: Any
) -> list[Any]:
    """`BaseBackendByTime._run_chunk`: a list of packets for each time."""
    if phoebe.mpi.enabled or kwargs.get("out_fname"):
        return _run_chunk(self, b, compute, times, infolists, **kwargs)
    setup = self._worker_setup(b, compute, times, infolists, **kwargs)

    def run(i: int) -> Any:
        return self._run_single_time(b, i, times[i], infolists[i], **setup)

    with REPORTS.bar(len(times), "times") as bar:
        return _shared(run, len(times), bar)


def _shared(run: Callable[[int], Any], count: int, bar: Bar) -> list[Any]:
    """What `run` gives for each number, by helpers if they are worth it."""
    packets: list[Any] = []
    # The second one tells how long the others take.
    for i in range(min(count, 2)):
        started = time.monotonic()
        packets.append(run(i))
        bar.update()
    each = time.monotonic() - started if count else 0.0
    left = range(len(packets), count)
    if SHARE.most == 1 or each * len(left) < _WORTH_HELPERS:
        for i in left:
            packets.append(run(i))
            bar.update()
        return packets
    size = max(1, int(_PIECE / each)) if each > 0 else len(left)
    pieces = [left[at : at + size] for at in range(0, len(left), size)]
    helpers = Helpers(lambda piece: [run(i) for i in piece])
    try:
        done = helpers.map(
            [pickle.dumps(piece) for piece in pieces], lambda n, _: bar.update(len(pieces[n]))
        )
    finally:
        helpers.end()
    return packets + [packet for piece in done for packet in piece]


def _datasets(args: Iterable[Any], total: int = 0, show_progressbar: bool = True) -> Iterator[Any]:
    """`backends._progressbar`, which is asked by the backends that compute by dataset."""
    with REPORTS.bar(total, "datasets") as bar:
        for item in args:
            yield item
            bar.update()
