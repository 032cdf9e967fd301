"""The package under test, and one to upgrade to."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Where the machine sees the folder of packages.
MOUNTED = "/mnt/deb"
CONFIG = "etc/phoebed/config.toml"


@dataclass(frozen=True)
class Packages:
    """The package, and one of the same programs and a higher version, as paths in the machine."""

    installed: str
    next_version: str
    upgrade: str


def two_versions(checkout: Path, folder: Path) -> Packages:
    """Copies the package that `make deb` has made to `folder`, and makes the other of it there."""
    found = re.search(r'^version = "(.*)"$', (checkout / "Cargo.toml").read_text(), re.MULTILINE)
    assert found, "Cargo.toml has no version"
    version = found[1].replace("-", "~")
    following = f"{version}+boot1"
    architecture = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
    names = [f"phoebed_{one}_{architecture}.deb" for one in (version, following)]
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(checkout / "target/deb" / names[0], folder)

    tree = folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    subprocess.run(["dpkg-deb", "--raw-extract", folder / names[0], tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(
        control.read_text().replace(f"\nVersion: {version}\n", f"\nVersion: {following}\n")
    )
    # As versions do, it brings another file of configuration.
    with (tree / CONFIG).open("a") as config:
        config.write("# Of the next version.\n")
    build = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z0", "--build"]
    subprocess.run([*build, tree, folder / names[1]], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return Packages(f"{MOUNTED}/{names[0]}", following, f"{MOUNTED}/{names[1]}")
