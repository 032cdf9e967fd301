"""PHOEBE's pool of processes (`phoebe.pool.MultiPool`), of as many helpers as the daemon allows.

Samplers, `sample_from` and differential evolution take it for theirs.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from typing import Any

from .helpers import Helpers
from .progress import REPORTS
from .share import SHARE


class ForkedPool:
    """`size` is what solvers plan with, and so the same however many processes there are now."""

    def __init__(self, processes: int | None = None, **_: Any) -> None:
        self.size = processes or SHARE.most
        self.rank = 0
        self._helpers = Helpers(_call_pickled)

    @staticmethod
    def enabled() -> bool:
        return True

    def is_master(self) -> bool:
        return True

    def wait(self, callback: Any = None) -> None:
        """Nothing to wait for: this is the process that hands out work."""

    def map(
        self,
        func: Callable[[Any], Any],
        iterable: Iterable[Any],
        callback: Callable[[Any], None] | None = None,
    ) -> list[Any]:
        """The results in order. `callback` is given each as it comes."""
        # Pickled for each call anew: what it is bound to may have changed.
        function = pickle.dumps(func, pickle.HIGHEST_PROTOCOL)
        tasks = [pickle.dumps((function, task), pickle.HIGHEST_PROTOCOL) for task in iterable]
        with REPORTS.bar(len(tasks), "samples") as bar:

            def done(_: int, result: Any) -> None:
                bar.update()
                if callback is not None:
                    callback(result)

            return self._helpers.map(tasks, done)

    def close(self) -> None:
        self._helpers.end()

    def __enter__(self) -> ForkedPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _call_pickled(task: Any) -> Any:
    function, argument = task
    return pickle.loads(function)(argument)
