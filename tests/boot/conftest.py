"""One machine for all tests, which tell its story in the order of the files."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import root
from api import Api
from machine import Machine

CHECKOUT = Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / "target/boot"


@dataclass(frozen=True)
class Packages:
    """The package, and one of the same content and a higher version, as paths in the machine."""

    version: str
    installed: str
    next_version: str
    upgrade: str


@pytest.fixture(scope="session")
def packages() -> Packages:
    folder = CHECKOUT / "target/deb"
    version = subprocess.run(
        ["sed", "-n", 's/^version = "\\(.*\\)"$/\\1/p', "Cargo.toml"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()[0]
    following = f"{version}+boot1"
    architecture = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    ).stdout.strip()
    subprocess.run(
        [CHECKOUT / "packaging/deb/build.sh"],
        env={**os.environ, "DEB_VERSION": following, "DEB_LEVEL": "0"},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    names = [f"phoebed_{one}_{architecture}.deb" for one in (version, following)]
    CACHE.joinpath("deb").mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / names[0], CACHE / "deb")
    shutil.move(folder / names[1], CACHE / "deb" / names[1])
    return Packages(version, f"/mnt/deb/{names[0]}", following, f"/mnt/deb/{names[1]}")


@pytest.fixture(scope="session")
def machine(packages: Packages) -> Iterator[Machine]:
    CACHE.mkdir(parents=True, exist_ok=True)
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
) -> Iterator[None]:
    """What the daemon said last stands beside what failed."""
    report = yield
    machine = getattr(item, "funcargs", {}).get("machine")
    if call.when == "call" and report.failed and machine is not None:
        said = machine.run("journalctl --quiet --no-pager -n 60 -o short-precise", check=False)
        report.sections.append(("the machine's journal", said.stdout))
    return report
