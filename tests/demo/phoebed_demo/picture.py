"""The picture: light curve above, radial velocities below, as one would print them."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")  # no display needed

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from phoebed_demo import system
from phoebed_demo.curves import PRIMARY_ECLIPSE, SECONDARY_ECLIPSE, Curves, semi_amplitude

BLUE, ORANGE, GREY = "#1f5fa8", "#c8590b", "#666666"


def save(curves: Curves, engine: str, path: Path) -> None:
    """Writes a PNG of about 1500 by 1200 pixels. `engine` says what computed the curves."""
    figure, (light, velocity) = plt.subplots(
        2, 1, sharex=True, figsize=(10, 8), dpi=150, height_ratios=(1.15, 1)
    )
    _light_curve(light, curves)
    _velocities(velocity, curves)
    for axes in (light, velocity):
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.01)
    figure.suptitle(
        f"{system.NAME}: two A-type stars, one orbit of {system.PERIOD:.4f} days",
        fontsize=14,
        fontweight="bold",
        x=0.02,
        ha="left",
    )
    figure.text(0.02, 0.935, f"Computed by {engine}", fontsize=9.5, color=GREY)
    sources = f"Parameters and K: {system.PAPER}. Period and observed depths: GCVS 5.1."
    figure.text(0.02, 0.012, sources, fontsize=8, color=GREY)
    figure.align_ylabels()
    figure.subplots_adjust(left=0.085, right=0.98, top=0.90, bottom=0.10, hspace=0.08)
    figure.savefig(path)
    plt.close(figure)


def _light_curve(axes: Axes, curves: Curves) -> None:
    axes.plot(curves.phases, curves.fluxes, color=BLUE, linewidth=1.6)
    axes.plot(curves.phases, curves.fluxes, ".", color=BLUE, markersize=3)
    axes.set_ylabel(f"Relative flux in {system.PASSBAND}")
    eclipses = (
        ("Primary eclipse", PRIMARY_ECLIPSE, system.PRIMARY_DEPTH),
        ("Secondary eclipse", SECONDARY_ECLIPSE, system.SECONDARY_DEPTH),
    )
    for name, phase, observed in eclipses:
        depth = curves.depth(phase)
        axes.annotate(
            f"{name}\n{depth:.2f} mag\n(observed {observed:.2f})",
            xy=(phase + 0.055, 10 ** (-0.4 * depth)),
            fontsize=9,
            color=GREY,
            va="bottom",
        )


def _velocities(axes: Axes, curves: Curves) -> None:
    axes.axhline(0, color=GREY, linewidth=0.8)
    rows = (
        (system.PRIMARY, curves.primary_velocities, BLUE),
        (system.SECONDARY, curves.secondary_velocities, ORANGE),
    )
    for star, velocities, colour in rows:
        for sign in (-1, 1):
            axes.axhline(
                sign * star.semi_amplitude, color=colour, linewidth=0.8, linestyle=(0, (4, 4))
            )
        axes.plot(
            curves.phases,
            velocities,
            color=colour,
            linewidth=1.6,
            label=f"{star.component.capitalize()}: K = {semi_amplitude(velocities):.1f} km/s "
            f"(observed {star.semi_amplitude:.1f}, dashed)",
        )
    axes.set_xlabel("Orbital phase")
    axes.set_ylabel("Radial velocity (km/s)")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.16 * (high - low))  # room for the legend
    axes.legend(loc="upper left", ncols=2, frameon=False, fontsize=9)
