"""The service runs: its sockets, its sandbox, its journal, and a light curve."""

from __future__ import annotations

import json
import re

import pytest

from phoebed_boot.api import Api
from phoebed_boot.machine import CommandFailed, Machine, eventually

# As `systemd-analyze security` counts: 10 is open to everything.
WORST_EXPOSURE = 2.0


def test_the_service_starts_and_tells_systemd_how_it_is(machine: Machine, api: Api) -> None:
    machine.run("systemctl start phoebed")
    assert machine.show("phoebed.service", "Type") == "notify"
    assert machine.show("phoebed.service", "ActiveState") == "active"
    # Ready is said when the sockets answer.
    assert api.ask("GET", "/health").status == 200
    machine.run("phoebectl waitready --timeout 60s")
    text = eventually("a status", lambda: machine.show("phoebed.service", "StatusText"))
    assert "session" in text


def test_both_sockets_are_systemds_and_let_in_who_should_be(machine: Machine) -> None:
    for unit in ("phoebed.socket", "phoebed-admin.socket"):
        assert machine.show(unit, "ActiveState") == "active"
    assert machine.out("stat -c '%a %U %G' /run/phoebed/admin.sock") == "660 phoebed phoebe-admin"

    machine.run("useradd --groups phoebe-admin ada && useradd bob")
    machine.run("runuser -u ada -- phoebectl ping")
    with pytest.raises(CommandFailed, match="permission denied"):
        machine.run("runuser -u bob -- phoebectl ping")


def test_curl_gets_a_light_curve(machine: Machine) -> None:
    url = "http://127.0.0.1:8001"
    started = json.loads(machine.out(f"curl -sf -X POST {url}/dash/start-session"))

    def send(**body: object) -> dict[str, object]:
        command = f"curl -sf -H 'Content-Type: application/json' -d '{json.dumps(body)}'"
        answer = json.loads(machine.out(f"{command} {url}/send/{started['session_id']}"))
        assert answer["success"], answer
        result: dict[str, object] = answer["result"]
        return result

    phases = [0, 0.05, 0.25, 0.5]
    send(command="add_dataset", kind="lc", dataset="lc01", compute_phases=phases)
    model = send(command="run_compute")["model"]
    assert isinstance(model, dict)
    fluxes = model["lc01"]["fluxes"]
    assert len(fluxes) == len(phases)
    assert fluxes[0] < 0.6 * fluxes[2], "half of the light is eclipsed"
    machine.run(f"curl -sf -X POST {url}/dash/end-session/{started['session_id']}")


def test_the_sandbox_holds_everything_and_workers_are_another_user(
    machine: Machine, api: Api
) -> None:
    sandbox = json.loads(machine.out("phoebectl status --json"))["sandbox"]
    assert sandbox["mode"] == "enforce"
    assert sandbox["user"] == "phoebed-worker"
    assert [one["name"] for one in sandbox["guarantees"] if not one["held"]] == []
    session = api.start("whose")
    # Without a capability to look into processes of another user.
    memory = api.ask("POST", f"/dash/session-memory/{session}").body["mem_used"]
    assert memory > 1
    capabilities = machine.out(
        "grep -h CapEff $(pgrep -u phoebed-worker | sed 's:.*:/proc/&/status:')"
    )
    assert set(capabilities.split()) == {"CapEff:", "0" * 16}
    users = machine.out("ps -o user:32= -u phoebed-worker")
    assert "phoebed-worker" in users
    assert machine.out("ps -o comm= -u phoebed") == "phoebed"
    api.ask("POST", f"/dash/end-session/{session}")


def test_the_units_security_score_is_good(machine: Machine) -> None:
    said = machine.out("systemd-analyze security --no-pager phoebed.service")
    found = re.search(r"Overall exposure level for phoebed.service: ([\d.]+)", said)
    assert found
    assert float(found[1]) <= WORST_EXPOSURE, said


def test_what_a_worker_prints_is_in_the_journal_under_its_session(
    machine: Machine, api: Api
) -> None:
    session = api.start("talks")
    listed = json.loads(machine.out("phoebectl sessions list --json"))["sessions"]
    pid = next(one["pid"] for one in listed if one["session_id"] == session)
    machine.run(f"echo 'a warning of the engine' > /proc/{pid}/fd/2")
    told = eventually(
        "it is told", lambda: machine.journal(f"SESSION_ID={session}", "-g", "warning")
    )
    assert "a warning of the engine" in told
    logs = machine.out(f"phoebectl sessions logs {session}")
    assert "a warning of the engine" in logs
    api.ask("POST", f"/dash/end-session/{session}")


def test_the_journal_is_asked_by_session_and_knows_priorities(machine: Machine, api: Api) -> None:
    session = api.start("journal")
    api.set_period(session, 2.5)
    api.ask("POST", f"/dash/end-session/{session}")

    def entries() -> list[dict[str, str]]:
        text = machine.journal(f"SESSION_ID={session}", options="-o json")
        return [json.loads(line) for line in text.splitlines()]

    eventually("its end is told", lambda: any("ended" in one["MESSAGE"] for one in entries()))
    assert {one["_SYSTEMD_UNIT"] for one in entries()} == {"phoebed.service"}
    # Information is no notice (5).
    assert {one["PRIORITY"] for one in entries()} <= {"4", "6"}
    # Commands from the log database, which is written behind; lines from the journal.
    eventually(
        "both are shown",
        lambda: (
            {"set_value", "started"}
            <= set(machine.out(f"phoebectl sessions logs {session}").split())
        ),
    )
    # Nobody has to look at anything but the engine that was missing, and the worker that spoke.
    told = machine.journal("_SYSTEMD_UNIT=phoebed.service", options="--boot --priority=warning")
    others = [line for line in told.splitlines() if "engine" not in line]
    assert others == []
