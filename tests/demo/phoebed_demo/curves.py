"""The computed curves, checked for shape and turned into what people look at."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from phoebed_demo import system
from phoebed_demo.errors import DemoError

PRIMARY_ECLIPSE, SECONDARY_ECLIPSE = 0.0, 0.5


@dataclass(frozen=True)
class Curves:
    """One model. All lists have the length of `phases`."""

    phases: list[float]
    fluxes: list[float]  # relative to the brightest point
    primary_velocities: list[float]  # km/s
    secondary_velocities: list[float]  # km/s

    def depth(self, phase: float) -> float:
        """How much fainter than at the brightest the system is at this phase, in magnitudes."""
        nearest = min(range(len(self.phases)), key=lambda i: abs(self.phases[i] - phase))
        return -2.5 * math.log10(self.fluxes[nearest])


def semi_amplitude(velocities: Sequence[float]) -> float:
    """Half of the range of a velocity curve, which is K for a circular orbit."""
    return (max(velocities) - min(velocities)) / 2


def from_answer(result: Any, phases: list[float]) -> Curves:
    """The curves in the answer of `run_compute`; raises DemoError when they are not complete."""
    try:
        light = result["model"][system.LIGHT_CURVE]
        velocities = result["model"][system.VELOCITIES]
        columns = {
            "phases of the light curve": light["phases"],
            "phases of the velocities": velocities["phases"],
            "fluxes": light["fluxes"],
            "rvs_primary": velocities["rvs_primary"],
            "rvs_secondary": velocities["rvs_secondary"],
        }
    except (KeyError, TypeError) as error:
        raise DemoError(f"the answer of run_compute lacks {error}") from error
    for name, column in columns.items():
        if len(column) != len(phases):
            raise DemoError(f"{name}: {len(column)} values for {len(phases)} phases")
        # A NaN of PHOEBE is null in JSON.
        if not all(isinstance(value, int | float) and math.isfinite(value) for value in column):
            raise DemoError(f"{name}: not all are finite numbers")
    for name in ("phases of the light curve", "phases of the velocities"):
        if columns[name] != phases:
            raise DemoError(f"{name} are not those that were asked for")
    if min(columns["fluxes"]) <= 0:
        raise DemoError("fluxes: not all are positive")
    brightest = max(columns["fluxes"])
    return Curves(
        phases=phases,
        fluxes=[flux / brightest for flux in columns["fluxes"]],
        primary_velocities=columns["rvs_primary"],
        secondary_velocities=columns["rvs_secondary"],
    )
