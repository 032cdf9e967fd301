"""What PHOEBE itself makes of the commands of a client: the truth that phoebed is held against.

    python systems.py SYSTEMS.json > RESULTS.json

Plain PHOEBE and nothing of phoebed, so that a fault in the worker cannot hide here. Each system
is `{"commands": [...]}` with the commands of section 2 of the wire contract that a client would
send, the last one `run_compute`. `"prepare": [[method, keywords], ...]` are calls on the bundle
before that, for what clients can only load as a saved bundle; its text is in the result then.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

os.environ["PHOEBE_ENABLE_ONLINE_PASSBANDS"] = "FALSE"
os.environ["PHOEBE_ENABLE_PLOTTING"] = "FALSE"

import numpy as np
import phoebe

Json = dict[str, Any]


def start_bundle(morphology: str = "detached") -> Any:
    """The bundle with which a session begins, as the contract describes it."""
    bundle = phoebe.default_binary(contact_binary=morphology == "contact")
    if morphology == "semi-detached":
        bundle.add_constraint("semidetached", component="secondary")
    bundle.flip_constraint("mass@primary", solve_for="q@binary")
    bundle.flip_constraint("mass@secondary", solve_for="sma@binary")
    bundle.add_solver("differential_corrections", solver="dc")
    return bundle


def carry_out(system: Json) -> Json:
    """The model of a system by dataset, and the prepared bundle's text if there is one."""
    bundle = start_bundle()
    result: Json = {}
    if "prepare" in system:
        for method, keywords in system["prepare"]:
            getattr(bundle, method)(**keywords)
        result["bundle"] = json.dumps(bundle.to_json(incl_uniqueid=True))
    for command in system["commands"]:
        keywords = dict(command)
        name = keywords.pop("command")
        if name == "set_morphology":
            bundle = start_bundle(**keywords)
        else:
            getattr(bundle, name)(**keywords)
    result["model"] = model(bundle)
    return result


def model(bundle: Any) -> Json:
    """The arrays of model `latest`."""
    arrays: Json = {}
    for dataset in bundle.filter(context="model", model="latest").datasets:
        own = {"dataset": dataset, "context": "dataset"}
        times = bundle.get_value(qualifier="compute_times", **own)
        phases = bundle.get_value(qualifier="compute_phases", **own)
        computed = {"dataset": dataset, "context": "model", "model": "latest"}
        if bundle.get_dataset(dataset).kind == "rv":
            curves = {
                f"rvs_{star}": bundle.get_value(qualifier="rvs", component=star, **computed)
                for star in ("primary", "secondary")
            }
        else:
            curves = {"fluxes": bundle.get_value(qualifier="fluxes", **computed)}
        if not len(times):
            # Observed: the model is at the times of the observations.
            times = bundle.get_value(qualifier="times", **own)
            phases = bundle.to_phase(np.array(times))
        arrays[dataset] = {"times": times, "phases": phases, **curves}
    return arrays


def listed(value: Any) -> Any:
    """Arrays as lists; what JSON has no number for as null."""
    numbers = np.asarray(value, dtype=float)
    return [float(number) if np.isfinite(number) else None for number in numbers]


def main() -> None:
    phoebe.progressbars_off()
    with open(sys.argv[1], encoding="utf-8") as file:
        systems = json.load(file)
    results = {name: carry_out(system) for name, system in systems.items()}
    json.dump(results, sys.stdout, default=listed, allow_nan=False)


if __name__ == "__main__":
    main()
