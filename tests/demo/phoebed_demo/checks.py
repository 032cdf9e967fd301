"""Compares the computed curves with what was observed."""

from dataclasses import dataclass

from phoebed_demo import system
from phoebed_demo.curves import PRIMARY_ECLIPSE, SECONDARY_ECLIPSE, Curves, semi_amplitude

# The velocities follow from masses, period and inclination alone: they must agree closely.
VELOCITY_TOLERANCE = 0.01  # of the value
# The catalogue gives two decimals, and temperatures known to 5 % make the secondary's depth soft.
DEPTH_TOLERANCE = 0.05  # magnitudes


@dataclass(frozen=True)
class Check:
    """One number computed, one observed."""

    name: str
    computed: float
    observed: float
    tolerance: float
    unit: str
    source: str

    @property
    def passed(self) -> bool:
        """Whether the two agree within the tolerance, which has the unit of the values."""
        return abs(self.computed - self.observed) <= self.tolerance

    def __str__(self) -> str:
        verdict = "ok" if self.passed else "WRONG"
        return (
            f"{self.name:<28} {self.computed:8.3f} {self.observed:8.2f} "
            f"+/- {self.tolerance:4.2f} {self.unit:<5} {verdict:<5} {self.source}"
        )


def compare(curves: Curves) -> list[Check]:
    """All comparisons, passed or not."""
    paper, catalogue = "the paper", "GCVS"
    velocities = [
        Check(
            f"K of the {star.component}",
            semi_amplitude(computed),
            star.semi_amplitude,
            VELOCITY_TOLERANCE * star.semi_amplitude,
            "km/s",
            paper,
        )
        for star, computed in (
            (system.PRIMARY, curves.primary_velocities),
            (system.SECONDARY, curves.secondary_velocities),
        )
    ]
    depths = [
        Check(
            f"depth of the {name} eclipse",
            curves.depth(phase),
            observed,
            DEPTH_TOLERANCE,
            "mag",
            catalogue,
        )
        for name, phase, observed in (
            ("primary", PRIMARY_ECLIPSE, system.PRIMARY_DEPTH),
            ("secondary", SECONDARY_ECLIPSE, system.SECONDARY_DEPTH),
        )
    ]
    return velocities + depths
