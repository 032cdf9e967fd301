"""Draining, and a package of a higher version while sessions are open."""

from __future__ import annotations

import json

from phoebed_boot.api import Api
from phoebed_boot.load import Load
from phoebed_boot.machine import Machine, eventually
from phoebed_boot.packages import Packages
from phoebed_boot.readme import commands


def test_a_drained_daemon_takes_no_new_session_and_goes_on_with_the_others(
    machine: Machine, api: Api
) -> None:
    session = api.start("drained")
    machine.run("phoebectl drain --wait")
    refused = api.ask("POST", "/dash/start-session")
    assert refused.status == 503
    assert "retry-after" in refused.headers
    assert api.ask("GET", "/ready").status == 503
    assert api.ask("GET", "/health").status == 200
    api.set_period(session, 1.25)
    assert "drain" in machine.show("phoebed.service", "StatusText").lower()
    machine.run("phoebectl undrain")
    assert api.ask("GET", "/ready").status == 200
    api.ask("POST", f"/dash/end-session/{api.start('after')}")


def test_draining_waits_for_the_work_that_runs(machine: Machine, api: Api) -> None:
    session = api.start("at work")
    phases = [number / 1000 for number in range(1000)]
    api.send(session, "add_dataset", kind="lc", dataset="lc01", compute_phases=phases)
    job = api.ask("POST", f"/dash/sessions/{session}/jobs", {"command": "run_compute"})
    assert job.status == 202, job

    def state() -> str:
        return str(api.ask("GET", job.headers["location"]).body["state"])

    eventually("it runs", lambda: state() == "running")
    machine.run("phoebectl drain --wait --timeout 5m", within=300)
    # Not a moment later: nothing was left to wait for.
    assert state() == "succeeded"
    machine.run("phoebectl undrain")
    api.ask("POST", f"/dash/end-session/{session}")


def test_an_upgrade_with_sessions_open_refuses_nobody_and_loses_nothing(
    machine: Machine, api: Api, packages: Packages
) -> None:
    before = machine.show("phoebed.service", "MainPID")
    units = "phoebed.service phoebed.socket phoebed-admin.socket"
    # An administrator's choice, which an upgrade leaves alone.
    machine.run(f"systemctl disable {units}")
    with Load(api) as load:
        # An administrator's change of the configuration is kept without a question.
        machine.run(f"dpkg --install --force-confold {packages.upgrade}")
        load.goes_on()
    shown = machine.out("dpkg-query -W -f '${Version}' phoebed")
    assert shown == packages.next_version
    assert machine.show("phoebed.service", "MainPID") not in {before, "0"}
    assert load.refused == []
    assert load.broken == []
    load.assert_nothing_lost()
    assert "idle_timeout_seconds = 900" in machine.out("cat /etc/phoebed/config.toml")
    machine.run("test -e /etc/phoebed/config.toml.dpkg-dist")
    enabled = machine.run(f"systemctl is-enabled {units}", check=False).stdout
    assert set(enabled.split()) == {"disabled"}
    machine.run(f"systemctl enable {units}")


def test_a_backup_is_made_while_the_daemon_runs_and_can_be_put_back(
    machine: Machine, api: Api
) -> None:
    session = api.start("backed up")
    api.set_period(session, 6.5)
    machine.run(commands("**Backup**"))
    count = machine.out("sqlite3 /var/backups/phoebed/sessions.db 'SELECT count(*) FROM sessions'")
    assert int(count) > 0
    assert json.loads(machine.out("phoebectl status --json"))["store"]["state"] == "ok"

    api.set_period(session, 7.5)
    machine.run("rm /etc/phoebed/config.toml")
    assert "backed up" in machine.out(commands("And back:"))
    assert api.period(session) == 6.5


def test_another_engine_is_built_beside_the_one_in_use_and_taken_at_a_restart(
    machine: Machine, api: Api
) -> None:
    session = api.start("over the engine's upgrade")
    api.set_period(session, 4.5)
    link = "readlink /var/lib/phoebed/venv"
    before = machine.out(link)
    # As if the list of packages were that of an older version.
    machine.run("sed -i '$d' /var/lib/phoebed/venv/requirements.txt")
    assert not json.loads(machine.out("phoebectl engine status --json"))["pinned"]
    said = machine.run("phoebectl engine upgrade --wheels /mnt/wheels", within=300)
    assert "systemctl restart phoebed" in said.stderr
    assert machine.out(link) != before
    # What runs goes on with its own.
    machine.run(f"test -e /var/lib/phoebed/{before}/bin/python")
    assert api.period(api.start("with the old one")) > 0
    machine.run("systemctl restart phoebed && phoebectl waitready --timeout 60s")
    assert api.period(session) == 4.5
    report = json.loads(machine.out("phoebectl engine status --json"))
    assert report["works"]
    assert report["pinned"]


def test_a_database_of_a_newer_version_is_refused_with_the_copy_to_go_back_to(
    machine: Machine, api: Api
) -> None:
    session = api.start("before the newer version")
    api.set_period(session, 5.5)
    machine.run("systemctl stop phoebed.service")
    state = "/var/lib/phoebed/state.db"
    version = machine.out(f"sqlite3 {state} 'PRAGMA user_version'")
    # What a newer version does before it changes the schema, and then the change.
    copy = f"{state}.schema-{version}-2026-01-02T030405Z"
    machine.run(f"cp -p {state} {copy} && sqlite3 {state} 'PRAGMA user_version = 99'")
    machine.run(f"chown phoebed:phoebed {state}*")

    assert machine.run("systemctl start phoebed", check=False).returncode != 0
    errors = machine.journal("_SYSTEMD_UNIT=phoebed.service", options="--boot --priority=err -n 5")
    assert "state.db has schema version 99" in errors
    assert copy in errors
    # It stays so, and systemd does not try it over and over.
    assert machine.show("phoebed.service", "ActiveState") == "failed"
    assert machine.show("phoebed.service", "NRestarts") == "0"

    back = commands("Back to an older version:").split("\n", 2)[2]
    machine.run(back.replace("schema-2-2026-11-23T101500Z", copy.split(".", 2)[2]))
    assert api.period(session) == 5.5
