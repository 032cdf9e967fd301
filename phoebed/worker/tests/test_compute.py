"""Computing and solving: results, the child that does it, and what its end leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fake_daemon import (
    WORKER_DIRECTORY,
    FakeDaemon,
    FakeWorker,
    Json,
    children,
    descriptors,
    eventually,
    is_gone,
)

Solved = tuple[FakeWorker, dict[str, Any]]
LONG = [i / 2000 for i in range(2000)]


def test_the_model_has_times_phases_and_fluxes(solved: Solved) -> None:
    worker, answers = solved
    (name,) = answers["first"]["model"]
    model = answers["first"]["model"][name]
    assert name == "lc01"
    assert set(model) == {"times", "phases", "fluxes"}
    assert model["times"] == worker.result("get_value", twig="times@lc01@dataset")
    assert [round(phase, 9) for phase in model["phases"]] == [
        round(time if time <= 0.5 else time - 1, 9) for time in model["times"]
    ]
    assert len(model["fluxes"]) == 20


def test_a_second_model_is_answered_for_itself(solved: Solved) -> None:
    worker, answers = solved
    first, second = (answers[name]["model"]["lc01"]["fluxes"] for name in ("first", "second"))
    assert first != second
    fluxes = {"qualifier": "fluxes", "context": "model", "dataset": "lc01"}
    assert worker.result("get_value", model="latest", **fluxes) == first
    assert worker.result("get_value", model="second", **fluxes) == second
    assert "already in use" in worker.error("run_compute", model="second")


def test_the_solution_has_parameters_and_values(solved: Solved) -> None:
    worker, answers = solved
    solution = answers["solution"]["solution"]
    assert set(solution) == {"fit_parameters", "initial_values", "fitted_values"}
    assert solution["fit_parameters"] == ["teff@primary@star@component"]
    assert solution["initial_values"] == [6100.0]
    # The observations are those of 6000 K.
    assert solution["fitted_values"] == pytest.approx([6000], abs=20)
    # A second solution is there, which PHOEBE alone would find ambiguous.
    assert answers["other solution"] == answers["solution"]
    assert "already in use" in worker.error("run_solver", solver="dc", solution="other")


def test_a_model_of_a_solution_is_that_of_its_first_sample(solved: Solved) -> None:
    worker, answers = solved
    model = answers["sampled"]["model"]["lc01"]
    stored = worker.result(
        "get_value", qualifier="fluxes", model="sampled", dataset="lc01", context="model"
    )
    assert model["fluxes"] == stored[0]
    assert len(model["fluxes"]) == len(model["times"]) == 20


def test_a_solver_without_parameters_to_fit_fails_and_changes_nothing(worker: FakeWorker) -> None:
    before = worker.result("get_bundle")
    answer = worker.send("run_solver", solver="dc")
    assert "fit_parameters" in answer["error"]
    assert '"phoebe/frontend/bundle.py"' in answer["traceback"]
    assert worker.result("get_bundle") == before


def test_runs_elsewhere_are_refused(worker: FakeWorker) -> None:
    assert "detach" in worker.error("run_compute", detach=True)
    assert "use_server" in worker.error("run_solver", use_server="other")


def test_light_and_velocity_curves_of_one_run(worker: FakeWorker) -> None:
    phases = [0.3, -0.3, 0.0]
    worker.result("add_dataset", kind="lc", dataset="lc01", compute_phases=phases)
    worker.result("add_dataset", kind="rv", dataset="both", compute_times=[0.0, 0.25])
    one = {"component": "secondary", "times": [0.1]}
    worker.result("add_dataset", kind="rv", dataset="one", **one)
    times = {"primary": [0.1], "secondary": [0.2, 0.3]}
    worker.result("add_dataset", kind="rv", dataset="differing", times=times)
    worker.result("add_dataset", kind="mesh", dataset="mesh01", compute_times=[0.25])
    model = worker.result("run_compute")["model"]
    # PHOEBE computes in the order of time, so numbers that belong together are in that order.
    assert model["lc01"]["phases"] == [-0.3, 0.0, 0.3]
    assert model["lc01"]["fluxes"][1] < model["lc01"]["fluxes"][0]
    assert set(model["both"]) == {"times", "phases", "rvs_primary", "rvs_secondary"}
    assert model["both"]["times"] == [0.0, 0.25]
    assert model["both"]["rvs_primary"][1] < 0 < model["both"]["rvs_secondary"][1]
    assert model["one"]["times"] == [0.1]
    assert model["one"]["rvs_primary"] is None
    assert len(model["one"]["rvs_secondary"]) == 1
    assert model["differing"]["times"] == [0.1]
    assert model["differing"]["times_secondary"] == model["differing"]["phases_secondary"]
    assert len(model["differing"]["rvs_secondary"]) == 2
    assert model["mesh01"] == {"times": [0.25], "phases": [0.25]}
    # Times given for this run only are those of the answer.
    model = worker.result("run_compute", times=[0.05], dataset="lc01")["model"]
    assert model["lc01"]["times"] == [0.05]
    assert len(model["lc01"]["fluxes"]) == 1


def test_results_are_those_of_phoebe_in_one_process(daemon: FakeDaemon, tmp_path: Path) -> None:
    """Bit by bit, and not only of the model: all that a run changes comes back from the child,
    though three processes have computed it."""
    worker = daemon.ready_worker(compute_processes=3)
    worker.processes = 3
    phases = [i / 40 - 0.5 for i in range(41)]
    worker.result("add_dataset", kind="lc", dataset="lc01", compute_phases=phases)
    ours = worker.result("run_compute")["model"]["lc01"]["fluxes"]
    again = worker.result("run_compute", model="again")["model"]["lc01"]["fluxes"]
    script = (
        "import sys, json; sys.path.insert(0, sys.argv[1])\n"
        "from phoebed_worker.start_bundles import build\n"
        "b = build('detached')\n"
        "b.add_dataset('lc', dataset='lc01', compute_phases=json.loads(sys.argv[2]))\n"
        "b.run_compute(); b.run_compute(model='again')\n"
        "tags = [[p.twig, p.to_json().get('value')] for p in b.to_list()]\n"
        "print(json.dumps(tags))\n"
    )
    command = [sys.executable, "-I", "-B", "-c", script, str(WORKER_DIRECTORY), json.dumps(phases)]
    # PHOEBE as it is: neither our environment nor our changes to it, but for the network.
    environment = {"PATH": "/usr/bin", "HOME": str(tmp_path)}
    environment["PHOEBE_ENABLE_ONLINE_PASSBANDS"] = "FALSE"
    done = subprocess.run(command, check=True, capture_output=True, timeout=120, env=environment)
    output = done.stdout
    theirs = dict(json.loads(output.splitlines()[-1]))
    assert theirs["fluxes@lc01@phoebe01@latest@lc@model"] == ours
    assert theirs["fluxes@lc01@phoebe01@again@lc@model"] == again
    assert worker.values() == theirs
    worker.close()
    daemon.workers.remove(worker)


def start_long_compute(worker: FakeWorker) -> int:
    """A run that lasts until it is killed. Returns the child's pid."""
    worker.result("add_dataset", kind="lc", dataset="slow", compute_phases=LONG)
    worker.post({"command": "run_compute"})
    (child,) = eventually("a compute child", lambda: children(worker.pid))
    return int(child)


def test_a_killed_compute_is_an_error_answer_and_changes_nothing(worker: FakeWorker) -> None:
    child = start_long_compute(worker)
    os.kill(child, signal.SIGKILL)
    _, header, body = worker.take()
    answer = json.loads(body)
    reason = "run_compute ended: killed by signal 9 (SIGKILL); the bundle is unchanged"
    assert answer == {"success": False, "error": reason}
    assert header["error"] == reason
    assert is_gone(child)
    assert "0 results" in worker.error("get_value", qualifier="fluxes", model="latest")
    # It can be done again.
    worker.result("remove_dataset", dataset="slow")
    worker.result("add_dataset", kind="lc", dataset="short", compute_phases=[0.25])
    assert len(worker.result("run_compute")["model"]["short"]["fluxes"]) == 1


def test_a_compute_child_has_no_descriptor_of_the_worker(worker: FakeWorker) -> None:
    child = start_long_compute(worker)

    def closed() -> dict[int, str] | None:
        own = descriptors(child)
        return own if len(own) == 6 else None

    own = eventually("only the standard streams and its three pipes", closed)
    pipes = {own[number] for number in own if number > 2}
    assert len(pipes) == 3
    assert all(pipe.startswith("pipe:") for pipe in pipes)
    assert own[1] not in pipes
    assert os.getpgid(child) == worker.pid
    assert not any(own[n].startswith("socket:") for n in own)
    os.kill(child, signal.SIGKILL)
    worker.take()


def test_a_compute_child_dies_with_its_worker(worker: FakeWorker) -> None:
    child = start_long_compute(worker)
    os.kill(worker.pid, signal.SIGKILL)
    assert worker.wait_end() == -signal.SIGKILL
    eventually("end of the compute child", lambda: is_gone(child) or not descriptors_of(child))


def descriptors_of(pid: int) -> Json | None:
    """None for a process that has ended, reaped or not."""
    try:
        return {str(number): target for number, target in descriptors(pid).items()} or None
    except FileNotFoundError:
        return None


def test_runs_leave_neither_process_nor_descriptor(worker: FakeWorker) -> None:
    worker.result("add_dataset", kind="lc", dataset="lc01", compute_phases=[0.25])
    worker.result("run_compute")
    before = descriptors(worker.pid)
    for _ in range(3):
        worker.result("run_compute")
        assert worker.error("run_compute", model="not allowed!")
    assert descriptors(worker.pid) == before
    assert children(worker.pid) == []
