"""What the demo accepts as a model and what it refuses."""

import math
from typing import Any

import pytest

from phoebed_demo import checks, curves, system
from phoebed_demo.errors import DemoError

PHASES = [-0.25, 0.0, 0.25, 0.5, 0.75]


def answer() -> dict[str, Any]:
    """A model of five points that has the observed depths and velocities."""
    dim = [10 ** (-0.4 * depth) for depth in (system.PRIMARY_DEPTH, system.SECONDARY_DEPTH)]
    k1, k2 = system.PRIMARY.semi_amplitude, system.SECONDARY.semi_amplitude
    common = {"times": [], "phases": list(PHASES)}
    return {
        "model": {
            "lc01": {**common, "fluxes": [2.0, 2 * dim[0], 2.0, 2 * dim[1], 2.0]},
            "rv01": {
                **common,
                "rvs_primary": [k1, 0, -k1, 0, k1],
                "rvs_secondary": [-k2, 0, k2, 0, -k2],
            },
        }
    }


def test_a_model_like_the_observations_passes_every_check() -> None:
    results = checks.compare(curves.from_answer(answer(), PHASES))
    assert [check.name for check in results if not check.passed] == []
    assert len(results) == 4


def test_fluxes_are_relative_to_the_brightest() -> None:
    assert max(curves.from_answer(answer(), PHASES).fluxes) == 1.0


def test_a_shallow_eclipse_and_slow_stars_are_found() -> None:
    result = answer()
    result["model"]["lc01"]["fluxes"][1] = 2.0
    result["model"]["rv01"]["rvs_secondary"] = [-100, 0, 100, 0, -100]
    failed = [c.name for c in checks.compare(curves.from_answer(result, PHASES)) if not c.passed]
    assert failed == ["K of the secondary", "depth of the primary eclipse"]


@pytest.mark.parametrize("wrong", [None, math.nan, math.inf, "1.0"])
def test_values_that_are_no_finite_numbers_are_refused(wrong: Any) -> None:
    result = answer()
    result["model"]["rv01"]["rvs_primary"][2] = wrong
    with pytest.raises(DemoError, match="rvs_primary: not all are finite"):
        curves.from_answer(result, PHASES)


def test_an_answer_without_a_dataset_is_refused() -> None:
    result = answer()
    del result["model"]["rv01"]
    with pytest.raises(DemoError, match="lacks 'rv01'"):
        curves.from_answer(result, PHASES)


def test_other_phases_than_those_asked_for_are_refused() -> None:
    with pytest.raises(DemoError, match="not those that were asked for"):
        curves.from_answer(answer(), [-0.2, 0.0, 0.25, 0.5, 0.75])
