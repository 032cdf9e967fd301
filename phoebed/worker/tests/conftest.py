"""One zygote for the whole run, and a fresh worker or a shared one for each test."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_daemon import WORKER_DIRECTORY, FakeDaemon, FakeWorker, Json, receive


@pytest.fixture(scope="session")
def daemon() -> Iterator[FakeDaemon]:
    with FakeDaemon() as started:
        started.ready = receive(started.channel)
        assert started.ready["event"] == "ready", started.ready
        yield started


@pytest.fixture
def worker(daemon: FakeDaemon) -> Iterator[FakeWorker]:
    """A worker of the test's own, ended after it."""
    one = daemon.ready_worker()
    yield one
    if one.link.fileno() >= 0:
        one.close()
    daemon.workers.remove(one)


@pytest.fixture(scope="module")
def solved(daemon: FakeDaemon) -> Iterator[tuple[FakeWorker, dict[str, Any]]]:
    """A worker with a light curve, two models and two solutions, and the answers that made them.

    Computing is slow, so a module's tests share it and leave what is in it as it is.
    """
    one = daemon.ready_worker()
    answers: Json = {}
    times = [0.05 * i for i in range(20)]
    one.result("add_dataset", kind="lc", dataset="lc01", times=times, passband="Johnson:V")
    answers["first"] = one.result("run_compute")
    fluxes = answers["first"]["model"]["lc01"]["fluxes"]
    observed = {"dataset": "lc01", "context": "dataset"}
    one.result("set_value", qualifier="fluxes", value=fluxes, **observed)
    one.result("set_value", qualifier="sigmas", value=[0.01] * len(times), **observed)
    one.result("set_value", twig="teff@primary@component", value=6100.0)
    answers["second"] = one.result("run_compute", model="second")
    fitted = ["teff@primary@star@component"]
    one.result("set_value", twig="fit_parameters@dc", value=fitted)
    one.result("set_value", twig="steps@dc", value=[60.0])
    answers["solution"] = one.result("run_solver", solver="dc")
    answers["other solution"] = one.result("run_solver", solver="dc", solution="other")
    answers["sampled"] = one.result("run_compute", solution="other", model="sampled")
    yield one, answers
    one.close()
    daemon.workers.remove(one)


@pytest.fixture(scope="session")
def solver_runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """What all solvers found and told, in PHOEBE as it is and with the worker's changes."""
    directory = tmp_path_factory.mktemp("solvers")
    script = Path(__file__).with_name("solvers.py")
    runs = {
        kind: subprocess.Popen(
            [sys.executable, "-I", "-B", str(script), kind, str(WORKER_DIRECTORY)],
            stdout=subprocess.PIPE,
            stderr=(directory / kind).open("wb"),
            env={"PATH": "/usr/bin", "HOME": str(directory)},
        )
        for kind in ("plain", "ours")
    }
    said = {}
    for kind, run in runs.items():
        output, _ = run.communicate(timeout=600)
        assert run.returncode == 0, (directory / kind).read_text()
        said[kind] = json.loads(output.splitlines()[-1])
    return said
