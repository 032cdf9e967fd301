"""Stop, removal and purge: what goes, what stays, and that it is said."""

from __future__ import annotations

import pytest

from phoebed_boot.machine import Machine
from phoebed_boot.packages import Packages

STATE = "/var/lib/phoebed"


def test_a_stop_leaves_no_process(machine: Machine) -> None:
    machine.run("systemctl stop phoebed.socket phoebed-admin.socket phoebed.service")
    assert machine.show("phoebed.service", "Result") == "success"
    assert machine.run("ps -u phoebed,phoebed-worker -o comm=", check=False).stdout == ""
    assert machine.run("test -S /run/phoebed/admin.sock", check=False).returncode != 0


def test_a_removal_keeps_configuration_and_state(machine: Machine, packages: Packages) -> None:
    machine.run("systemctl start phoebed && dpkg --remove phoebed")
    assert machine.run("ps -u phoebed,phoebed-worker -o comm=", check=False).stdout == ""
    for path in ("/etc/phoebed/config.toml", "/var/lib/phoebed/state.db", "/var/lib/phoebed/venv"):
        machine.run(f"test -e {path}")
    machine.run("test ! -e /usr/bin/phoebed")
    # Installed again, it is as before.
    machine.run(f"dpkg --install {packages.upgrade} && systemctl start phoebed")
    machine.run("phoebectl waitready --timeout 60s")


def test_a_purge_removes_what_the_daemon_made_and_says_what_it_kept(machine: Machine) -> None:
    changes = "/etc/systemd/system/phoebed.service.d"
    machine.run(f"touch /etc/phoebed/key.pem /etc/phoebed/.env && mkdir {changes}")
    machine.run(f"printf '[Service]\\nNice=1\\n' > {changes}/override.conf")
    said = machine.out("dpkg --purge phoebed 2>&1")
    assert "removed /var/lib/phoebed: engine, sessions" in said
    assert "kept /etc/phoebed: .env key.pem" in said
    assert f"kept {changes}: override.conf" in said
    assert "kept the users phoebed and phoebed-worker" in said
    left = machine.run("ls -d /var/lib/phoebed /run/phoebed /etc/phoebed/config.toml", check=False)
    assert left.stdout == ""
    machine.run("test -e /etc/phoebed/key.pem && getent passwd phoebed")
    units = machine.run("systemctl list-unit-files --no-legend 'phoebed*'", check=False).stdout
    assert units == ""
    assert machine.out("find /etc/systemd -name '*phoebed*'") == changes
    machine.run(f"rm -r {changes}")


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        (f"mkdir {STATE} && mount -t tmpfs state {STATE}", f"removed {STATE}: engine"),
        (f"mkdir /srv/p && ln -s /srv/p {STATE}", f"kept /srv/p, where {STATE} was a link to"),
    ],
    ids=["a file system of its own", "a link"],
)
def test_a_purge_of_a_state_that_is_elsewhere_ends_and_says_so(
    machine: Machine, packages: Packages, prepare: str, told: str
) -> None:
    machine.run(prepare)
    machine.run(f"dpkg --install {packages.upgrade}")
    assert told in machine.out("dpkg --purge phoebed 2>&1")
    assert machine.out("dpkg-query -W -f '${Package}' phoebed 2>/dev/null || true") == ""
    machine.run(f"umount {STATE} 2>/dev/null && rmdir {STATE} || test ! -e {STATE}")
