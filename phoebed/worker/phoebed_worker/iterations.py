"""What is changed in PHOEBE so that models and solvers tell how far they are, and how good.

Nothing here changes what is computed. Bars of PHOEBE's own are taken where they are right.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import math
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import phoebe.frontend.bundle
from phoebe.backend import backends
from phoebe.solverbackends import solverbackends

from .progress import FRAME, ITERATIONS, PREPARING, REPORTS, Bar

Bundle = phoebe.frontend.bundle.Bundle
# The limit that PHOEBE sets where nobody limits the iterations: how many there will be is unknown.
_NO_LIMIT = 1_000_000

_dynesty: Any = getattr(solverbackends, "dynesty", None)


def install() -> None:
    """Puts the changes into PHOEBE, once for this process and its forks."""
    # A single sample is computed here, with its times; helpers tell nothing of theirs.
    backends._tqdm = lambda total: REPORTS.bar(total, "samples", rows=1 if total == 1 else 0)
    phoebe.frontend.bundle._tqdm = lambda total: REPORTS.bar(total, PREPARING)
    _frame_models()
    _frame_solver()
    _watch_probability()
    _watch_emcee()
    if _dynesty is not None:
        solverbackends.dynesty = SimpleNamespace(NestedSampler=_NestedSampler)
    _give_bar(solverbackends._ScipyOptimizeBaseBackend, _Minimizing)
    _give_bar(solverbackends.Differential_EvolutionBackend, _Evolution)
    _give_bar(solverbackends.Differential_CorrectionsBackend, _Corrections)


def _frame_models() -> None:
    """The computes of one `run_compute` share its progress."""
    run_compute, prepare = Bundle.run_compute, Bundle._prepare_compute

    @functools.wraps(run_compute)
    def framed(self: Any, *args: Any, **kwargs: Any) -> Any:
        with REPORTS.frame():
            found = run_compute(self, *args, **kwargs)
        if isinstance(bar := REPORTS.innermost(), _Corrections):
            bar.computed(self, kwargs["model"])
        return found

    @functools.wraps(prepare)
    def prepared(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = prepare(self, *args, **kwargs)
        frame = REPORTS.innermost()
        if frame is not None and not kwargs.get("from_export"):
            _, computes, *_ = found
            frame.rows = len(computes)
        return found

    Bundle.run_compute, Bundle._prepare_compute = framed, prepared


def _frame_solver() -> None:
    """Of what a solver does only its iterations count."""
    run_solver = Bundle.run_solver

    @functools.wraps(run_solver)
    def framed(self: Any, *args: Any, **kwargs: Any) -> Any:
        with REPORTS.frame(only=ITERATIONS):
            return run_solver(self, *args, **kwargs)

    Bundle.run_solver = framed


def _watch_probability() -> None:
    """The best probability so far is shown."""
    original = solverbackends._lnprobability

    @functools.wraps(original)
    def lnprobability(*args: Any, **kwargs: Any) -> Any:
        value = original(*args, **kwargs)
        REPORTS.better(value)
        return value

    solverbackends._lnprobability = lnprobability


def _watch_emcee() -> None:
    try:
        ensemble: Any = importlib.import_module("emcee.ensemble")
    except ImportError:
        return
    # Each iteration moves one half of the walkers after the other.
    ensemble.get_progress_bar = lambda _display, total, **_: REPORTS.bar(total, rows=2)


def _give_bar(backend: Any, bar: Callable[[Any, dict[str, Any]], Bar]) -> None:
    """The bar that a solver makes for itself is this one, of its total and the solver's options."""
    run_worker = backend.run_worker

    @functools.wraps(run_worker)
    def told(self: Any, *args: Any, **kwargs: Any) -> Any:
        solverbackends._tqdm = lambda total: bar(total, kwargs)
        return run_worker(self, *args, **kwargs)

    backend.run_worker = told


class _Corrections(Bar):
    """Differential corrections: its steps are models, which it runs without their probability."""

    def __init__(self, total: Any, _: dict[str, Any]) -> None:
        super().__init__(REPORTS, total, ITERATIONS, rows=1)

    def update(self, steps: float = 1) -> None:
        """PHOEBE says so of the last model before it begins; so each is counted when it is over."""

    def row_done(self) -> None:
        super().update()

    def computed(self, bundle: Any, model: str) -> None:
        # It is only shown: what fails here may not fail the fit.
        with contextlib.suppress(Exception):
            REPORTS.better(
                bundle.calculate_lnlikelihood(model=model, consider_gaussian_process=False)
            )


class _Minimizing(Bar):
    """Iterations of a minimizer of scipy, of nobody knows how many models each."""

    def __init__(self, total: Any, _: dict[str, Any], stage: str = ITERATIONS) -> None:
        self._is_begun = False
        super().__init__(REPORTS, total, stage)

    def update(self, steps: float = 1) -> None:
        # PHOEBE counts the iteration under way from the beginning; here the ones done are counted.
        if self._is_begun:
            super().update(steps)
        self._is_begun = True

    def steps(self) -> int | None:
        return super().steps() if self.total < _NO_LIMIT else None


class _Evolution(_Minimizing):
    """Differential evolution: generations, each one row, after the row of the first population."""

    def __init__(self, total: Any, options: dict[str, Any]) -> None:
        super().__init__(total, options, FRAME)
        self.beyond = 1 if options.get("polish") else 0

    def row_done(self) -> None:
        if self.stage == FRAME:
            self.stage, self.rows = ITERATIONS, 1
        else:
            super().row_done()


class _NestedIterations(Bar):
    """Iterations of nested sampling, which PHOEBE goes through in two passes with the same limits.

    A pass ends with its iterations, with its calls of the likelihood, or when there is no evidence
    left to find; in the last case there is nothing for the second pass.
    """

    def __init__(self, nlive: int, maxiter: int, maxcall: int, dlogz: float) -> None:
        self._nlive, self._dlogz = nlive, dlogz
        # dynesty stops when there were more than it may do.
        self._most, self._most_calls = maxiter + 1, maxcall + 1
        self._pass, self._iterations, self._calls = 0, 0, 0
        self._left = math.inf
        super().__init__(REPORTS, 2 * self._most if maxiter < _NO_LIMIT else None, ITERATIONS)

    def begin_second(self) -> None:
        self._pass, self._iterations, self._calls = 1, 0, 0
        if self.total is not None:
            self.total = self.done + self._most

    def iterated(self, result: Any) -> None:
        self._iterations += 1
        self._calls += result.nc
        # Each iteration leaves 1 - 1/nlive of the volume, and so of what may be left to find.
        self._left = self._nlive * max(0.0, _log_expm1(result.delta_logz) - _log_expm1(self._dlogz))
        self.update()

    def fraction(self, _: float) -> float:
        of_pass = max(self._iterations / self._most, self._calls / self._most_calls)
        by_limits = (self._pass + min(1.0, of_pass)) / 2
        return max(by_limits, self.done / (self.done + self._left) if self.done else 0.0)


def _log_expm1(x: float) -> float:
    return x if x > 30 else math.log(math.expm1(x)) if x > 0 else -math.inf


class _NestedSampler:
    """`dynesty.NestedSampler`, as far as PHOEBE uses it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._sampler = _dynesty.NestedSampler(*args, **kwargs)

    def run_nested(self, maxiter: int, maxcall: int, dlogz: float, **others: Any) -> None:
        self._bar = bar = _NestedIterations(self._sampler.nlive, maxiter, maxcall, dlogz)

        def iterated(result: Any, *_: Any, add_live_it: int | None = None, **__: Any) -> None:
            # The live points that are put to the others at the end were computed before.
            if add_live_it is None:
                bar.iterated(result)

        self._sampler.run_nested(
            maxiter=maxiter, maxcall=maxcall, dlogz=dlogz, print_func=iterated, **others
        )

    def sample(self, **limits: Any) -> Iterator[Any]:
        self._bar.begin_second()
        for result in self._sampler.sample(**limits):
            self._bar.iterated(result)
            yield result

    @property
    def results(self) -> Any:
        return self._sampler.results
