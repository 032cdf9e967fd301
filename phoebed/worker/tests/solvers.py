"""Runs the solvers that share work between processes, and prints what they found and told.

    python -I solvers.py plain|ours WORKER_DIRECTORY

`plain` is PHOEBE as it is, with its own pool of processes; `ours` is with the worker's changes.
Both draw the same random numbers, so all that they find must be the same to the last bit. What is
told are all reports of progress, not only those of every tenth of a second; `ours` also does a few
things for those alone.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any

PROCESSES = 3
SEED = 7

os.environ["PHOEBE_ENABLE_ONLINE_PASSBANDS"] = "FALSE"
os.environ["PHOEBE_ENABLE_PLOTTING"] = "FALSE"
os.environ["PHOEBE_MULTIPROC_NPROCS"] = str(PROCESSES)

import dynesty.dynesty  # noqa: E402
import numpy as np  # noqa: E402
import phoebe  # noqa: E402


def system() -> Any:
    """A binary with velocities from its orbit: cheap, and every likelihood has something to fit."""
    bundle = phoebe.default_binary()
    times = np.linspace(0, 1, 7)
    bundle.add_dataset(
        "rv",
        dataset="rv01",
        times=times,
        rvs={"primary": 100 * np.sin(6 * times), "secondary": -100 * np.sin(6 * times)},
        sigmas=np.full(7, 5.0),
        passband="Johnson:V",
    )
    bundle.set_value_all("rv_method", "dynamical")
    bundle.add_distribution("q@binary", phoebe.gaussian(1, 0.4), distribution="around")
    bundle.add_distribution("sma@binary", phoebe.uniform(4, 6), distribution="around")
    return bundle


FROM_AFAR = {"fit_parameters": ["vgamma@system"], "initial_values": {"vgamma@system": 5}}

SOLVERS: dict[str, tuple[str, dict[str, Any]]] = {
    "emcee": ("sampler.emcee", {"init_from": "around", "nwalkers": 6, "niters": 2}),
    "dynesty": ("sampler.dynesty", {"priors": "around", "nlive": 6, "maxiter": 4, "maxcall": 12}),
    "differential_evolution": (
        "optimizer.differential_evolution",
        {"fit_parameters": ["q@binary"], "bounds": "around", "maxiter": 2, "popsize": 4},
    ),
    "nelder_mead": ("optimizer.nelder_mead", {"fit_parameters": ["q@binary"], "maxiter": 3}),
    "powell": ("optimizer.powell", {"fit_parameters": ["q@binary"], "maxiter": 1}),
    "cg": ("optimizer.cg", {**FROM_AFAR, "maxiter": 2}),
    "differential_corrections": (
        "optimizer.differential_corrections",
        {"fit_parameters": ["q@binary"], "steps": {"q@binary": 0.01}},
    ),
}


def solved(kind: str, options: dict[str, Any]) -> dict[str, str]:
    np.random.seed(SEED)
    bundle = system()
    bundle.add_solver(kind, solver="it", **options)
    np.random.seed(SEED)
    bundle.run_solver("it", solution="found")
    return values(bundle.filter(context="solution", solution="found"))


def sampled(count: int) -> dict[str, str]:
    np.random.seed(SEED)
    bundle = system()
    np.random.seed(SEED)
    bundle.run_compute(sample_from="around", sample_num=count, model="spread")
    return values(bundle.filter(context="model", model="spread"))


def computed_by_two() -> dict[str, str]:
    """Each compute has a dataset of its own."""
    bundle = phoebe.default_binary()
    bundle.add_compute("phoebe", compute="phoebe02")
    for dataset, other in (("lc01", "phoebe02"), ("lc02", "phoebe01")):
        bundle.add_dataset("lc", dataset=dataset, compute_phases=np.linspace(0, 1, 9))
        bundle.set_value("enabled", compute=other, dataset=dataset, value=False)
    bundle.run_compute(compute=["phoebe01", "phoebe02"], model="both")
    return values(bundle.filter(context="model", model="both"))


def values(parameters: Any) -> dict[str, str]:
    """By twig, with every digit; what is named by random ids only by its length."""
    found = {}
    for parameter in parameters.to_list():
        value = parameter.get_value()
        if "uniqueid" in parameter.qualifier or "wrap" in parameter.qualifier:
            value = len(value)
        with np.printoptions(floatmode="unique", threshold=sys.maxsize):
            found[parameter.twig] = repr(value)
    return found


def with_reports(run: Callable[[], dict[str, str]]) -> tuple[dict[str, str], list[Any]]:
    """What it finds, and all that it reports on the way."""
    from phoebed_worker import parallel
    from phoebed_worker.share import word

    share, says = os.pipe2(os.O_NONBLOCK)
    os.write(says, word(PROCESSES))
    with tempfile.TemporaryFile() as told:
        parallel.begin(told.fileno(), share, PROCESSES)
        found = run()
        told.seek(0)
        return found, [json.loads(line) for line in told]


def main() -> None:
    phoebe.progressbars_off()
    # It draws from a generator of its own, which nobody can seed.
    dynesty.dynesty.get_random_generator = lambda _=None: np.random.default_rng(SEED)
    runs: dict[str, Callable[[], dict[str, str]]] = {
        **{name: partial(solved, *solver) for name, solver in SOLVERS.items()},
        "sample_from": partial(sampled, 4),
    }
    if sys.argv[1] == "plain":
        print(json.dumps({"found": {name: run() for name, run in runs.items()}}))
        return
    sys.path.insert(0, sys.argv[2])
    from phoebed_worker import parallel, progress

    parallel.install()
    progress._INTERVAL = 0
    runs["cg without a limit"] = partial(solved, "optimizer.cg", FROM_AFAR)
    runs["sample_from of one"] = partial(sampled, 1)
    runs["two computes"] = computed_by_two
    found, told = {}, {}
    for name, run in runs.items():
        found[name], told[name] = with_reports(run)
    print(json.dumps({"found": found, "told": told}))


if __name__ == "__main__":
    main()
