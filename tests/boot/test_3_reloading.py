"""`systemctl reload`: a right configuration counts at once, a wrong one changes nothing."""

from __future__ import annotations

import json

from phoebed_boot.api import Api
from phoebed_boot.machine import Machine

CONFIG = "/etc/phoebed/config.toml"


def _idle_timeout(machine: Machine) -> str:
    entries = json.loads(machine.out("phoebectl config show --json"))["entries"]
    key = "session.idle_timeout_seconds"
    return str(next(one["value"] for one in entries if one["key"] == key))


def test_a_reload_applies_what_has_changed(machine: Machine, api: Api) -> None:
    before = machine.show("phoebed.service", "MainPID")
    assert _idle_timeout(machine) == "1800"
    change = "s/^idle_timeout_seconds = 1800/idle_timeout_seconds = 900/"
    machine.run(f"sed -i '{change}' {CONFIG} && systemctl reload phoebed")
    assert _idle_timeout(machine) == "900"
    assert machine.show("phoebed.service", "MainPID") == before
    assert machine.show("phoebed.service", "ActiveState") == "active"


def test_a_reload_of_a_wrong_configuration_fails_and_changes_nothing(
    machine: Machine, api: Api
) -> None:
    change = "s/^idle_timeout_seconds = 900/idle_timeout_seconds = 300\\nidel = 1/"
    machine.run(f"cp -p {CONFIG} /root/right.toml && sed -i '{change}' {CONFIG}")
    assert machine.run("systemctl reload phoebed", check=False).returncode != 0
    assert _idle_timeout(machine) == "900"
    assert machine.show("phoebed.service", "ActiveState") == "active"
    assert api.ask("GET", "/health").status == 200
    assert "idel" in machine.journal("_SYSTEMD_UNIT=phoebed.service", options="--boot -p err")
    machine.run(f"cp -p /root/right.toml {CONFIG} && systemctl reload phoebed")
