"""The daemon is killed, hangs, and is restarted under load: nothing acknowledged is lost."""

from __future__ import annotations

from phoebed_boot.api import Api
from phoebed_boot.load import Load
from phoebed_boot.machine import Machine, eventually

RESTARTS = 3


def _another_process(machine: Machine, before: str) -> str:
    def started() -> str | None:
        pid = machine.show("phoebed.service", "MainPID")
        active = machine.show("phoebed.service", "ActiveState") == "active"
        return pid if active and pid not in {"0", before} else None

    return eventually("systemd has started another", started, within=60)


def test_a_killed_daemon_is_back_with_its_sessions(machine: Machine, api: Api) -> None:
    session = api.start("killed")
    api.set_period(session, 2.5)
    before = machine.show("phoebed.service", "MainPID")
    processes = set(machine.out("pgrep -u phoebed-worker").split())
    machine.run(f"kill -KILL {before}")
    # The socket is systemd's: a client that asks meanwhile waits, and is answered.
    assert api.ask("GET", "/health").status == 200
    _another_process(machine, before)
    assert api.period(session) == 2.5
    left = processes & set(machine.out("pgrep -u phoebed-worker").split())
    assert not left, "workers and zygote of the dead daemon are gone"


def test_a_daemon_that_hangs_is_replaced_by_the_watchdog(machine: Machine, api: Api) -> None:
    session = api.start("hangs")
    api.set_period(session, 3.5)
    # Sooner than an operator wants it, so that the test need not wait.
    folder = "/run/systemd/system/phoebed.service.d"
    short = "[Service]\\nWatchdogSec=4\\nTimeoutAbortSec=2\\n"
    machine.run(f"mkdir -p {folder} && printf '{short}' > {folder}/short.conf")
    machine.run("systemctl daemon-reload && systemctl restart phoebed")
    before = machine.show("phoebed.service", "MainPID")
    machine.run(f"kill -STOP {before}")
    _another_process(machine, before)
    assert "Watchdog timeout" in machine.journal("UNIT=phoebed.service", options="--boot")
    assert api.period(session) == 3.5
    machine.run(f"rm -r {folder} && systemctl daemon-reload && systemctl restart phoebed")


def test_restarts_under_load_refuse_nobody_and_lose_nothing(machine: Machine, api: Api) -> None:
    with Load(api) as load:
        for _ in range(RESTARTS):
            # The operator's socket is systemd's as well: who asks meanwhile is answered.
            machine.run(
                "systemctl restart phoebed & restart=$!; asked=0; "
                "while kill -0 $restart 2>/dev/null || [ $asked -lt 2 ]; do "
                "phoebectl ping >/dev/null || exit 1; asked=$((asked + 1)); done; wait $restart"
            )
            load.goes_on()
    assert load.refused == []
    assert load.answered > RESTARTS * len(load.sessions)
    load.assert_nothing_lost()
    assert load.broken == [], "every request that was taken is answered"
