"""Progress of long commands: what solvers and models tell, and how the fraction comes about."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from fake_daemon import Json
from phoebed_worker import progress
from phoebed_worker.iterations import _NestedIterations
from phoebed_worker.progress import ITERATIONS, PREPARING, REPORTS, Reports

# How many iterations each solver may make, and how many it makes at least.
ITERATING = {
    "emcee": (2, 2),
    "dynesty": (10, 9),
    "differential_evolution": (2, 2),
    "nelder_mead": (3, 2),
    "powell": (1, 1),
    "cg": (2, 2),
    "cg without a limit": (None, 2),
    "differential_corrections": (3, 3),
}
# Those that compute samples before their first iteration.
PREPARED = {"emcee": 6, "dynesty": 6, "differential_evolution": 5}
MODELS = ("sample_from", "sample_from of one", "two computes")


@pytest.fixture(scope="module")
def told(solver_runs: dict[str, Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = solver_runs["ours"]["told"]
    assert set(found) == {*ITERATING, *MODELS}
    return found


def iterations_of(reports: list[Json]) -> list[Json]:
    return [report for report in reports if report["stage"] == ITERATIONS]


@pytest.mark.parametrize("name", [*ITERATING, *MODELS])
def test_the_fraction_begins_at_nothing_and_never_falls(
    name: str, told: dict[str, list[Json]]
) -> None:
    fractions = [report["fraction"] for report in told[name]]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] <= 1


@pytest.mark.parametrize("name", ITERATING)
def test_a_solver_tells_its_iterations_from_the_first_to_the_last(
    name: str, told: dict[str, list[Json]]
) -> None:
    steps, last = ITERATING[name]
    reports = iterations_of(told[name])
    assert {report["steps"] for report in reports} == {steps}
    done = [report["step"] for report in reports]
    assert done == sorted(done)
    assert done[0] == 0
    assert done[-1] >= last, done
    # Once it iterates, that is what it tells of.
    assert told[name][-len(reports) :] == reports


@pytest.mark.parametrize("name", ITERATING)
def test_a_solver_tells_the_best_probability_so_far(name: str, told: dict[str, list[Json]]) -> None:
    best = [report["best"] for report in told[name]]
    known = [value for value in best if value is not None]
    assert best == [None] * (len(best) - len(known)) + sorted(known)
    assert known
    assert known[-1] < 0
    # From the first sample on, which is not after the first step.
    step = next(report["step"] for report in told[name] if report["best"] is not None)
    assert step <= 1


@pytest.mark.parametrize("name", PREPARED)
def test_samples_before_the_first_iteration_are_not_counted(
    name: str, told: dict[str, list[Json]]
) -> None:
    before = told[name][: -len(iterations_of(told[name]))]
    assert {(report["stage"], report["steps"]) for report in before} == {
        (PREPARING, PREPARED[name])
    }
    assert before[-1]["step"] == PREPARED[name]
    assert {report["fraction"] for report in before} == {0}


@pytest.mark.parametrize(
    "name", ["emcee", "nelder_mead", "powell", "cg", "differential_corrections"]
)
def test_the_fraction_is_that_of_the_steps(name: str, told: dict[str, list[Json]]) -> None:
    for report in iterations_of(told[name]):
        step, steps = report["step"], report["steps"]
        assert step / steps <= report["fraction"] <= (step + 1) / steps, report


def test_evolution_leaves_as_much_for_polishing_as_a_generation_takes(
    told: dict[str, list[Json]],
) -> None:
    reports = iterations_of(told["differential_evolution"])
    for report in reports:
        assert 0 <= report["fraction"] * 3 - report["step"] <= 1, report
    # The members of a generation are seen.
    fifteenths = [report["fraction"] * 15 for report in reports]
    assert fifteenths == pytest.approx([round(it) for it in fifteenths])
    assert {round(it) for it in fifteenths} == set(range(11))


def test_walkers_move_the_fraction_evenly(told: dict[str, list[Json]]) -> None:
    """Six walkers for two iterations, in halves: each is a twelfth."""
    twelfths = [report["fraction"] * 12 for report in iterations_of(told["emcee"])]
    assert twelfths == pytest.approx([round(it) for it in twelfths])
    assert {round(it) for it in twelfths} == set(range(13))


def test_without_a_limit_no_fraction_is_made_up(told: dict[str, list[Json]]) -> None:
    assert {report["fraction"] for report in told["cg without a limit"]} == {0}


def test_nested_sampling_is_as_far_as_the_limit_that_is_nearest(
    told: dict[str, list[Json]],
) -> None:
    reports = iterations_of(told["dynesty"])
    assert all(report["fraction"] >= report["step"] / report["steps"] for report in reports)
    # The second pass ends by its calls.
    assert reports[-1]["fraction"] == 1


def test_two_computes_share_the_fraction(told: dict[str, list[Json]]) -> None:
    reports = told["two computes"]
    assert {(report["stage"], report["steps"]) for report in reports} == {("times", 9)}
    assert [report["step"] for report in reports] == [*range(10), *range(10)]
    expected = [i / 18 for i in (*range(10), *range(9, 19))]
    assert [report["fraction"] for report in reports] == pytest.approx(expected)


def test_samples_of_a_model_are_its_steps(told: dict[str, list[Json]]) -> None:
    reports = told["sample_from"]
    assert {(report["stage"], report["steps"]) for report in reports} == {("samples", 4)}
    assert {report["step"] for report in reports} == {0, 1, 2, 3, 4}
    assert all(report["fraction"] == report["step"] / 4 for report in reports)
    one = [report["fraction"] for report in told["sample_from of one"]]
    assert set(one) >= {i / 7 for i in range(8)}


def fractions_of(run: Callable[[Reports], None], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    monkeypatch.setattr(progress, "_INTERVAL", 0)
    reports = Reports()
    with tempfile.TemporaryFile() as pipe:
        reports.to(pipe.fileno())
        run(reports)
        pipe.seek(0)
        return [json.loads(line)["fraction"] for line in pipe]


def test_what_begins_once_more_leaves_the_fraction_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(reports: Reports) -> None:
        for _ in range(2):
            with reports.bar(2, ITERATIONS) as bar:
                bar.update()

    assert fractions_of(run, monkeypatch) == [0, 0.5, 0.5, 0.5]


def test_a_step_has_as_many_rows_as_the_one_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(reports: Reports) -> None:
        with reports.bar(2, ITERATIONS) as iterations:
            for _ in range(2):
                for _ in range(2):
                    with reports.bar(1, "times") as times:
                        times.update()
                iterations.update()

    # Nothing is known in the first one.
    expected = [0, 0, 0, 0, 0, 0.5, 0.5, 0.75, 0.75, 1, 1]
    assert fractions_of(run, monkeypatch) == expected


def test_the_evidence_that_is_left_tells_where_nested_sampling_is() -> None:
    REPORTS.to(None)
    bar = _NestedIterations(nlive=10, maxiter=10**9, maxcall=10**9, dlogz=0.01)
    fractions = []
    for delta_logz in (1e300, 100.0, 1.0, 0.1, 0.01):
        bar.iterated(SimpleNamespace(nc=1, delta_logz=delta_logz))
        fractions.append(bar.fraction(0))
    bar.close()
    assert bar.steps() is None
    assert fractions == sorted(fractions)
    assert fractions[0] == pytest.approx(0, abs=1e-6)
    # Ten times less in ln(10) times as many iterations as there are live points: 23.6 of them.
    assert fractions[3] == pytest.approx(4 / (4 + 23.5), abs=0.01)
    assert fractions[4] == 1
