"""The package under test, and one to upgrade to."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Where the machine sees the folder of packages.
MOUNTED = "/mnt/deb"


@dataclass(frozen=True)
class Packages:
    """The package, and one of the same content and a higher version, as paths in the machine."""

    version: str
    installed: str
    next_version: str
    upgrade: str


def two_versions(checkout: Path, folder: Path) -> Packages:
    """Copies the package that `make deb` has made to `folder`, and makes the other there."""
    found = re.search(r'^version = "(.*)"$', (checkout / "Cargo.toml").read_text(), re.MULTILINE)
    assert found, "Cargo.toml has no version"
    version, following = found[1], f"{found[1]}+boot1"
    architecture = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
    subprocess.run(
        [checkout / "packaging/deb/build.sh"],
        env={**os.environ, "DEB_VERSION": following, "DEB_LEVEL": "0"},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    names = [f"phoebed_{one}_{architecture}.deb" for one in (version, following)]
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(checkout / "target/deb" / names[0], folder)
    shutil.move(checkout / "target/deb" / names[1], folder / names[1])
    return Packages(version, f"{MOUNTED}/{names[0]}", following, f"{MOUNTED}/{names[1]}")
