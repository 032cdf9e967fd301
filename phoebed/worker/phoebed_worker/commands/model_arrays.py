"""The arrays of a computed model, as `run_compute` answers them."""

from __future__ import annotations

from typing import Any

import numpy as np

_UNCHECKED = {"check_visible": False, "check_default": False}


def model_arrays(bundle: Any, model: str) -> dict[str, dict[str, Any]]:
    """Arrays by dataset: `times` (days) and `phases`, and what its kind has:

    - lc: `fluxes` (W/m2);
    - rv: `rvs_primary` and `rvs_secondary` (km/s), null for a star that is not computed. Where the
      secondary has other times than the primary, `times_secondary` and `phases_secondary` too;
    - others: no more, their many arrays are there for `get_value`.

    With several samples it is the first one's arrays (of a spread, the median).
    """
    datasets: dict[str, list[Any]] = {}
    mode = "all"
    for parameter in bundle.filter(context="model", model=model, **_UNCHECKED).to_list():
        if parameter.qualifier == "sample_mode":
            mode = parameter.get_value()
        if parameter.dataset is not None:
            datasets.setdefault(parameter.dataset, []).append(parameter)
    return {
        dataset: _arrays(bundle, dataset, parameters, mode)
        for dataset, parameters in datasets.items()
    }


def _arrays(bundle: Any, dataset: str, parameters: list[Any], mode: str) -> dict[str, Any]:
    kind = parameters[0].kind
    if kind == "rv":
        return _rv(bundle, dataset, parameters, mode)
    times = next((p.get_value() for p in parameters if p.qualifier == "times"), None)
    if times is None:  # meshes and line profiles are tagged with their times instead
        times = np.array(sorted({float(p.time) for p in parameters if p.time is not None}))
    arrays = _axes(bundle, dataset, times)
    if kind == "lc":
        fluxes = next((p.get_value() for p in parameters if p.qualifier == "fluxes"), None)
        arrays["fluxes"] = _first_sample(fluxes, mode)
    return arrays


def _rv(bundle: Any, dataset: str, parameters: list[Any], mode: str) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    values = {"rvs_primary": None, "rvs_secondary": None}
    seen: dict[str, Any] = {}
    stars = bundle.hierarchy.get_stars()
    for star, component in zip(("primary", "secondary"), stars, strict=False):
        own = {p.qualifier: p for p in parameters if p.component == component}
        if "rvs" not in own or not len(own["rvs"].get_value()):
            continue
        values[f"rvs_{star}"] = _first_sample(own["rvs"].get_value(), mode)
        times = own["times"].get_value()
        if not seen:
            arrays.update(_axes(bundle, dataset, times))
        elif not np.array_equal(times, next(iter(seen.values()))):
            axes = _axes(bundle, dataset, times)
            arrays.update({f"{name}_{star}": axis for name, axis in axes.items()})
        seen[star] = times
    if not seen:
        arrays.update(_axes(bundle, dataset, np.array([])))
    return {**arrays, **values}


def _axes(bundle: Any, dataset: str, times: Any) -> dict[str, Any]:
    """`times` and `phases` of a model: the dataset's own numbers where the model is at those."""
    place = {"dataset": dataset, "context": "dataset", **_UNCHECKED}
    own_times = bundle.get_value(qualifier="compute_times", default=[], **place)
    own_phases = bundle.get_value(qualifier="compute_phases", default=[], **place)
    if len(own_times) == len(own_phases) == len(times) > 0:
        # PHOEBE computes in the order of time, whatever order the dataset has them in.
        order = np.argsort(own_times, kind="stable")
        for chosen in (slice(None), order):
            if np.array_equal(np.asarray(own_times)[chosen], times):
                return {
                    "times": np.asarray(own_times)[chosen],
                    "phases": np.asarray(own_phases)[chosen],
                }
    return {"times": times, "phases": _phases(bundle, place, times)}


def _phases(bundle: Any, place: dict[str, Any], times: Any) -> Any:
    """Phases by the dataset's own choice of ephemeris, between -0.5 and 0.5."""
    period = bundle.get_value(qualifier="phases_period", default="period", **place)
    t0 = bundle.get_value(qualifier="phases_t0", default="t0_supconj", **place)
    dpdt = bundle.get_value(qualifier="phases_dpdt", default="dpdt", **place)
    ephemeris = {"period": period, "t0": t0}
    if dpdt == "none":
        ephemeris["dpdt"] = 0.0
    return bundle.to_phase(np.array(times, dtype=float), **ephemeris)


def _first_sample(values: Any, mode: str) -> Any:
    if values is None or np.ndim(values) < 2:
        return values
    # A spread is its lower bound, its median, its upper bound.
    return values[0] if mode == "all" else values[1]
