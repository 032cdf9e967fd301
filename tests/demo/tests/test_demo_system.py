"""The published numbers agree with each other, so none of them is mistyped."""

import math

import pytest

from phoebed_demo import system

# Solar masses per day (km/s)^3: P K^3 / (2 pi G), nominal solar mass parameter (IAU 2015 B3).
MASS_FACTOR = 86400 / (2 * math.pi * 1.3271244e11)


def test_masses_follow_from_period_velocities_and_inclination() -> None:
    k1, k2 = system.PRIMARY.semi_amplitude, system.SECONDARY.semi_amplitude
    common = MASS_FACTOR * system.PERIOD * (k1 + k2) ** 2
    sine_cubed = math.sin(math.radians(system.INCLINATION)) ** 3
    assert common * k2 / sine_cubed == pytest.approx(system.PRIMARY.mass, abs=0.001)
    assert common * k1 / sine_cubed == pytest.approx(system.SECONDARY.mass, abs=0.001)


def test_phases_ascend_without_repeats_and_hold_eclipses_and_quadratures() -> None:
    phases = system.phases()
    assert phases == sorted(set(phases))
    assert (phases[0], phases[-1]) == (-0.25, 0.75)
    assert {0.0, 0.25, 0.5} <= set(phases)


def test_every_setting_names_a_parameter_once() -> None:
    names = [(setting.qualifier, setting.component) for setting in system.settings()]
    assert len(names) == len(set(names)) == 9
