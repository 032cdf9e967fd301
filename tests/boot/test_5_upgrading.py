"""Draining, and a package of a higher version while sessions are open."""

from __future__ import annotations

import json

from phoebed_boot.api import Api
from phoebed_boot.load import Load
from phoebed_boot.machine import Machine
from phoebed_boot.packages import Packages


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


def test_an_upgrade_with_sessions_open_refuses_nobody_and_loses_nothing(
    machine: Machine, api: Api, packages: Packages
) -> None:
    before = machine.show("phoebed.service", "MainPID")
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


def test_the_log_database_can_be_read_and_backed_up_while_it_is_used(machine: Machine) -> None:
    backup = "/var/backups/sessions.db"
    machine.run(f"sqlite3 /var/lib/phoebed/sessions.db \".backup '{backup}'\"")
    count = machine.out(f"sqlite3 {backup} 'SELECT count(*) FROM sessions'")
    assert int(count) > 0
    status = json.loads(machine.out("phoebectl status --json"))
    assert status["store"]["state"] == "ok"
