"""WW Aurigae, as published: two A-type stars eclipsing each other every 2.5 days.

Masses, radii, temperatures, inclination and semi-amplitudes of the velocities are those of
Southworth et al. (2005). The period and the range of brightness are the General Catalogue's: the
depths of the eclipses are a check that does not come from the same fit. A test holds that masses,
semi-amplitudes, period and inclination agree with each other.
"""

from dataclasses import dataclass

NAME = "WW Aurigae"
PAPER = "Southworth, Smalley, Maxted, Claret & Etzel (2005), MNRAS 363, 529, arXiv:astro-ph/0507629"
CATALOGUE = "General Catalogue of Variable Stars (GCVS 5.1; Samus et al. 2017)"


@dataclass(frozen=True)
class Star:
    """One star. The names of the parameters are PHOEBE's."""

    component: str
    mass: float  # solar masses, ± 0.007
    requiv: float  # radius of a sphere of equal volume, nominal solar radii, ± 0.011
    teff: float  # K, ± 420 and ± 410
    semi_amplitude: float  # K of the radial velocity curve, km/s


PERIOD = 2.52501936  # days
INCLINATION = 87.55  # degrees
ECCENTRICITY = 0.0  # the orbit is circular within the errors

PRIMARY = Star("primary", mass=1.964, requiv=1.927, teff=7960.0, semi_amplitude=116.81)
SECONDARY = Star("secondary", mass=1.814, requiv=1.841, teff=7670.0, semi_amplitude=126.49)

# Magnitudes in V: outside eclipse, in the middle of the primary and of the secondary eclipse.
V_MAXIMUM, V_PRIMARY, V_SECONDARY = 5.86, 6.54, 6.43
PRIMARY_DEPTH = V_PRIMARY - V_MAXIMUM
SECONDARY_DEPTH = V_SECONDARY - V_MAXIMUM

PASSBAND = "Johnson:V"
LIGHT_CURVE = "lc01"
VELOCITIES = "rv01"


@dataclass(frozen=True)
class Setting:
    """One `set_value`; the unit is PHOEBE's default for the parameter."""

    qualifier: str
    component: str
    value: float
    unit: str
    label: str


def settings() -> list[Setting]:
    """What to tell PHOEBE, in an order in which every step on the way is a possible system.

    A session of phoebed takes masses: mass ratio and semi-major axis follow from them. The period
    comes first and the radii last, for a star must fit into its Roche lobe at every step.
    """
    values = [
        Setting("period", "binary", PERIOD, "d", "orbital period"),
        Setting("ecc", "binary", ECCENTRICITY, "", "eccentricity"),
        Setting("incl", "binary", INCLINATION, "°", "inclination"),
    ]
    for star in (PRIMARY, SECONDARY):
        values.append(Setting("mass", star.component, star.mass, "M☉", f"mass, {star.component}"))
    for star in (PRIMARY, SECONDARY):
        where = star.component
        values += [
            Setting("requiv", where, star.requiv, "R☉", f"radius, {where}"),
            Setting("teff", where, star.teff, "K", f"effective temperature, {where}"),
        ]
    return values


def phases() -> list[float]:
    """Orbital phases to compute, from −0.25 to 0.75 so that both eclipses are in one piece.

    The eclipses (at 0 and 0.5, each ± 0.05) get a point every 0.0025, the rest, where little
    happens, every 0.01. Quadratures, where velocities are extreme, are among them.
    """
    steps = {
        *range(-2500, 7501, 100),
        *range(-600, 601, 25),
        *range(4400, 5601, 25),
    }
    return [step / 10_000 for step in sorted(steps)]
