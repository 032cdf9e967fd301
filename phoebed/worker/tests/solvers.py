"""Runs the solvers that share work between processes, and prints what they found.

    python -I solvers.py plain|ours WORKER_DIRECTORY

`plain` is PHOEBE as it is, with its own pool of processes; `ours` is with the worker's changes.
Both draw the same random numbers, so all that they print must be the same to the last bit.
"""

from __future__ import annotations

import json
import os
import sys
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


SOLVERS: dict[str, tuple[str, dict[str, Any]]] = {
    "emcee": ("sampler.emcee", {"init_from": "around", "nwalkers": 6, "niters": 2}),
    "dynesty": ("sampler.dynesty", {"priors": "around", "nlive": 6, "maxiter": 4, "maxcall": 12}),
    "differential_evolution": (
        "optimizer.differential_evolution",
        {"fit_parameters": ["q@binary"], "bounds": "around", "maxiter": 1, "popsize": 4},
    ),
    "nelder_mead": ("optimizer.nelder_mead", {"fit_parameters": ["q@binary"], "maxiter": 2}),
    "powell": ("optimizer.powell", {"fit_parameters": ["q@binary"], "maxiter": 1}),
    "cg": ("optimizer.cg", {"fit_parameters": ["q@binary"], "maxiter": 1}),
    "differential_corrections": (
        "optimizer.differential_corrections",
        {"fit_parameters": ["q@binary"], "steps": {"q@binary": 0.01}},
    ),
}


def solved(name: str) -> dict[str, str]:
    kind, options = SOLVERS[name]
    np.random.seed(SEED)
    bundle = system()
    bundle.add_solver(kind, solver="it", **options)
    np.random.seed(SEED)
    bundle.run_solver("it", solution="found")
    return values(bundle.filter(context="solution", solution="found"))


def sampled() -> dict[str, str]:
    np.random.seed(SEED)
    bundle = system()
    np.random.seed(SEED)
    bundle.run_compute(sample_from="around", sample_num=4, model="spread")
    return values(bundle.filter(context="model", model="spread"))


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


def main() -> None:
    phoebe.progressbars_off()
    # It draws from a generator of its own, which nobody can seed.
    dynesty.dynesty.get_random_generator = lambda _=None: np.random.default_rng(SEED)
    if sys.argv[1] == "ours":
        sys.path.insert(0, sys.argv[2])
        from phoebed_worker import parallel
        from phoebed_worker.share import word

        share, says = os.pipe2(os.O_NONBLOCK)
        _, progress = os.pipe2(os.O_NONBLOCK)
        os.write(says, word(PROCESSES))
        parallel.install()
        parallel.begin(progress, share, PROCESSES)
    found = {name: solved(name) for name in SOLVERS}
    print(json.dumps({**found, "sample_from": sampled()}))


if __name__ == "__main__":
    main()
