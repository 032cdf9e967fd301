"""The package and the engine come in; nothing runs before the administrator says so."""

from __future__ import annotations

import json

from phoebed_boot.machine import Machine, eventually
from phoebed_boot.packages import Packages


def test_the_package_installs_without_network_and_starts_nothing(
    machine: Machine, packages: Packages
) -> None:
    said = machine.out(f"dpkg --install {packages.installed} 2>&1")
    assert "phoebectl engine install" in said
    assert machine.show("phoebed.service", "ActiveState") == "inactive"
    assert machine.out("systemctl is-enabled phoebed.service") == "enabled"
    users = machine.out("getent passwd phoebed phoebed-worker; getent group phoebe-admin")
    assert len(users.splitlines()) == 3
    assert machine.out("stat -c '%a %U' /var/lib/phoebed") == "711 phoebed"
    machine.run("phoebed --check-config --config /etc/phoebed/config.toml")


def test_manual_pages_completions_and_changelog_are_there(machine: Machine) -> None:
    files = machine.out("dpkg --listfiles phoebed").splitlines()
    for path in (
        "/usr/share/man/man1/phoebectl-engine-install.1.gz",
        "/usr/share/man/man8/phoebed.8.gz",
        "/usr/share/bash-completion/completions/phoebectl",
        "/usr/share/zsh/vendor-completions/_phoebectl",
        "/usr/share/fish/vendor_completions.d/phoebectl.fish",
        "/usr/share/phoebed/requirements.txt",
        "/usr/share/doc/phoebed/copyright",
        "/usr/share/doc/phoebed/changelog.gz",
    ):
        assert path in files
    told = machine.out("zcat /usr/share/doc/phoebed/LICENSES-OF-CRATES.gz")
    for crate in ("axum ", "rusqlite ", "tokio "):
        assert f"\n{crate}" in told
    assert "WARRANTIES OF MERCHANTABILITY" in told
    units = "phoebed.service phoebed.socket phoebed-admin.socket"
    said = machine.run(f"systemd-analyze verify --man=no {units}")
    assert "phoebed" not in said.stderr


def test_a_missing_engine_is_said_with_the_command_that_installs_it(machine: Machine) -> None:
    missing = machine.run("phoebectl engine status", check=False)
    assert missing.returncode == 1
    assert "hint: phoebectl engine install" in missing.stderr
    machine.run("systemctl start phoebed")

    def cause() -> str:
        engine = json.loads(machine.out("phoebectl status --json"))["engine"]
        return str(engine["cause"] or "")

    eventually("the cause is told", lambda: "phoebectl engine install" in cause())
    assert "phoebectl engine install" in machine.journal("_SYSTEMD_UNIT=phoebed.service")
    machine.run("systemctl stop phoebed")


def test_the_engine_is_installed_from_wheels_by_the_daemons_user(machine: Machine) -> None:
    # A state directory of root's would have everything run as root.
    machine.run("chown root:root /var/lib/phoebed")
    refused = machine.run("phoebectl engine install --wheels /mnt/wheels", check=False)
    assert "hint: give it: chown phoebed: /var/lib/phoebed" in refused.stderr
    machine.run("chown phoebed: /var/lib/phoebed")
    # In a shell that has just written secrets; workers are to read the engine all the same.
    done = machine.run("umask 077; phoebectl engine install --wheels /mnt/wheels", within=300)
    assert "is installed in /var/lib/phoebed/venv" in done.stdout
    report = json.loads(machine.out("phoebectl engine status --json"))
    assert report["works"]
    assert report["pinned"]
    others = machine.out("find /var/lib/phoebed/engine ! -user phoebed | head -3")
    assert others == ""
