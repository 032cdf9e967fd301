"""Long commands: what is answered beside them, cancelling, progress, and processes that share."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import phoebe
import pytest

from fake_daemon import (
    FakeDaemon,
    FakeWorker,
    Json,
    children,
    eventually,
    is_gone,
)
from phoebed_worker.link import Kind

LONG = [i / 4000 for i in range(4000)]
PROCESSES = 3


@pytest.fixture
def sharing(daemon: FakeDaemon) -> Iterator[FakeWorker]:
    """A worker whose computes may have helpers."""
    one = daemon.ready_worker(compute_processes=PROCESSES)
    yield one
    if one.link.fileno() >= 0:
        one.close()
    daemon.workers.remove(one)


def start_long(worker: FakeWorker) -> tuple[int, int]:
    """A run that lasts until it is ended: its request and the child's pid."""
    worker.result("add_dataset", kind="lc", dataset="slow", compute_phases=LONG)
    request = worker.post({"command": "run_compute"})
    (child,) = eventually("a compute child", lambda: children(worker.pid))
    return request, int(child)


def wait_report(worker: FakeWorker, request: int, steps: int = 1) -> Json:
    """Asks for something until the run has said that it has done so many steps."""

    def said() -> Json | None:
        worker.result("ping")
        reports = worker.reports.get(request, [])
        return reports[-1] if reports and reports[-1]["step"] >= steps else None

    found: Json = eventually(f"a report of {steps} steps", said)
    return found


def helpers_of(child: int) -> list[int]:
    try:
        return children(child)
    except FileNotFoundError:
        return []


def test_reads_are_answered_beside_a_compute_from_the_state_before_it(worker: FakeWorker) -> None:
    worker.result("add_dataset", kind="lc", dataset="slow", compute_phases=LONG)
    before = worker.result("get_bundle")
    request = worker.post({"command": "run_compute"})
    assert worker.result("get_datasets") == {"datasets": {"slow": {"kind": "lc"}}}
    assert worker.result("get_value", twig="teff@primary@component") == 6000.0
    # Twice: the second time it is what was found the first time.
    assert [worker.result("get_bundle") for _ in range(2)] == [before, before]
    assert "while another command computes" in worker.error("set_value", twig="q", value=1)
    assert "while another command computes" in worker.error("run_compute")
    assert "a command runs" in worker.internal(Kind.PORTABLE)["error"]
    assert "does not recognize" in worker.error("no_such_thing")
    worker.cancel(request)
    answered, header, _ = worker.take()
    assert (answered, header["error"]) == (request, "Cancelled.")
    assert worker.result("get_bundle") == before


def test_what_is_put_off_is_read_beside_a_compute_and_still_put_off_after_it(
    worker: FakeWorker,
) -> None:
    # A value that a constraint cannot take: PHOEBE tries again when the bundle is saved.
    worker.result("set_value", twig="ecc@binary", value=0.3)
    request, _ = start_long(worker)
    text = worker.result("get_bundle")["bundle"]
    assert {"value", "uniqueid"} <= set(json.loads(text)[5])
    worker.cancel(request)
    worker.take()


def test_a_cancel_ends_that_run_alone_with_all_its_processes(sharing: FakeWorker) -> None:
    sharing.processes = PROCESSES
    request, child = start_long(sharing)
    helpers = eventually("its helpers", lambda: helpers_of(child))
    sharing.cancel(request + 1000)
    sharing.cancel(request - 1)
    assert sharing.result("ping") == {"status": "ready"}
    sharing.cancel(request)
    answered, header, body = sharing.take()
    assert answered == request
    assert json.loads(body) == {"success": False, "error": "Cancelled."}
    assert (header["state"], header["state_error"]) == (None, None)
    assert is_gone(child)
    eventually("the end of its helpers", lambda: all(map(is_gone, helpers)))
    # One that comes late does not hit what came after.
    sharing.processes = None
    next_one = sharing.post({"command": "run_compute", "dataset": "none of these"})
    sharing.cancel(request)
    answered, header, _ = sharing.take()
    assert answered == next_one
    assert header["error"] != "Cancelled."


def test_a_run_without_processes_stops_and_goes_on(sharing: FakeWorker) -> None:
    request, child = start_long(sharing)
    wait_report(sharing, request)
    sharing.allow(request, 0)
    state = Path(f"/proc/{child}/stat")
    eventually("it stops", lambda: state.read_text().rsplit(")", 1)[1].split()[0] == "T")
    seen = sharing.reports[request][-1]["step"]
    sharing.allow(request, 2)
    wait_report(sharing, request, seen + 1)
    eventually("helpers", lambda: len(helpers_of(child)) == 2)
    sharing.allow(request, 0)
    sharing.cancel(request)
    assert sharing.take()[0] == request
    assert is_gone(child)


def test_a_run_says_how_far_it_is(sharing: FakeWorker) -> None:
    sharing.processes = 2
    phases = [i / 150 for i in range(150)]
    sharing.result("add_dataset", kind="lc", dataset="lc01", compute_phases=phases)
    request = sharing.post({"command": "run_compute"})
    answered, header, _ = sharing.take()
    assert (answered, header["success"]) == (request, True)
    reports = sharing.reports[request]
    steps = [report["step"] for report in reports]
    assert steps == sorted(steps)
    assert {report["steps"] for report in reports} == {150}
    assert {report["stage"] for report in reports} == {"times"}
    for report in reports:
        assert report["fraction"] == pytest.approx(report["step"] / 150)


def test_a_helper_that_is_killed_fails_the_run_and_changes_nothing(sharing: FakeWorker) -> None:
    sharing.processes = PROCESSES
    request, child = start_long(sharing)
    before = sharing.result("get_bundle")
    helpers = eventually("its helpers", lambda: helpers_of(child))
    os.kill(helpers[0], signal.SIGKILL)
    answered, _, body = sharing.take()
    assert answered == request
    assert "a process of the computation was killed by signal 9" in json.loads(body)["error"]
    eventually("the end of all of them", lambda: all(map(is_gone, [child, *helpers])))
    assert sharing.result("get_bundle") == before


def test_more_memory_than_there_may_be_is_an_error_of_the_run(daemon: FakeDaemon) -> None:
    worker = daemon.ready_worker(limits={"memory_bytes": 700 << 20})
    worker.result("add_dataset", kind="lc", dataset="lc01", compute_phases=[0.25])
    error = worker.error("run_compute", ntriangles=1_000_000)
    assert "allocate" in error or "memory" in error.lower() or "ended" in error, error
    assert len(worker.result("run_compute")["model"]["lc01"]["fluxes"]) == 1
    worker.close()
    daemon.workers.remove(worker)


LIGHT = {
    "command": "add_dataset",
    "kind": "lc",
    "dataset": "lc01",
    "compute_phases": [i / 12 - 0.5 for i in range(13)],
}
VELOCITIES = {**LIGHT, "kind": "rv", "dataset": "rv01"}
MESH = {
    **LIGHT,
    "kind": "mesh",
    "dataset": "mesh01",
    "compute_phases": [0.1, 0.2, 0.3, 0.4],
    "columns": ["teffs", "vxs", "visibilities"],
}


def setting(twig: str, value: Any) -> Json:
    return {"command": "set_value", "twig": twig, "value": value}


def spotted() -> Json:
    """A client loads a bundle with a spot; there is no command that adds one."""
    bundle = phoebe.default_binary()
    bundle.add_spot(component="primary", feature="spot01", radius=25, relteff=0.9, colat=60)
    return {"command": "load_bundle", "bundle": json.dumps(bundle.to_json(incl_uniqueid=True))}


SYSTEMS: dict[str, list[Json]] = {
    "detached": [LIGHT],
    "semi-detached": [{"command": "set_morphology", "morphology": "semi-detached"}, LIGHT],
    "contact": [{"command": "set_morphology", "morphology": "contact"}, LIGHT],
    "eccentric": [setting("ecc@binary@component", 0.3), LIGHT],
    "spotted": [spotted(), LIGHT],
    "mesh": [LIGHT, MESH],
    "velocities": [VELOCITIES, LIGHT],
    "light travel time": [VELOCITIES, LIGHT, setting("ltte@compute", True)],
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_shared_compute_leaves_the_very_bundle_of_one_process(
    system: str, sharing: FakeWorker, worker: FakeWorker
) -> None:
    """All values, not only the model; that one process has those of plain PHOEBE is tested too."""
    sharing.processes = PROCESSES
    values = []
    for one in (worker, sharing):
        for command in [*SYSTEMS[system], {"command": "run_compute"}]:
            answer = one.send_raw(json.dumps(command).encode())
            assert answer["success"], answer
        values.append(one.values())
    alone, shared = values
    assert any("@model" in twig for twig in alone)
    assert shared == alone


def test_solvers_find_to_the_last_bit_what_phoebe_finds(solver_runs: dict[str, Json]) -> None:
    """Each solver that shares its work, and a sampled model, with the same random numbers."""
    plain, ours = solver_runs["plain"]["found"], solver_runs["ours"]["found"]
    assert len(plain) == 8
    for solver, values in plain.items():
        assert values
        assert ours[solver] == values, solver
