"""One machine for all tests, which tell its story in the order of the files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from phoebed_boot import root
from phoebed_boot.api import Api
from phoebed_boot.machine import Machine
from phoebed_boot.packages import Packages, two_versions

CHECKOUT = Path(__file__).resolve().parents[3]
CACHE = CHECKOUT / "target/boot"

Reporting = Generator[None, pytest.TestReport, pytest.TestReport]


@pytest.fixture(scope="session")
def packages() -> Packages:
    return two_versions(CHECKOUT, CACHE / "deb")


@pytest.fixture(scope="session")
def machine(packages: Packages) -> Iterator[Machine]:
    CACHE.mkdir(parents=True, exist_ok=True)
    for left in CACHE.glob("machine-*"):
        # Of a run that was killed.
        if not Path("/proc", left.name.removeprefix("machine-")).exists():
            shutil.rmtree(left, ignore_errors=True)
    directory = CACHE / f"machine-{os.getpid()}"
    binds = {CACHE / "wheels": "/mnt/wheels", CACHE / "deb": "/mnt/deb"}
    try:
        root.unpack(root.archive(CACHE), directory)
        machine = Machine(directory, CACHE / "console.log", binds)
        try:
            yield machine
        finally:
            machine.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def api(machine: Machine) -> Api:
    return Api(machine)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the daemon said last stands beside what failed."""
    report = yield
    machine = getattr(item, "funcargs", {}).get("machine")
    if call.when == "call" and report.failed and machine is not None:
        said = machine.run("journalctl --quiet --no-pager -n 60 -o short-precise", check=False)
        report.sections.append(("the machine's journal", said.stdout))
    return report
