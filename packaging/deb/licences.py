"""Prints the licences of the crates that phoebed and phoebectl are linked from.

    licences.py TARGET      such as x86_64-unknown-linux-gnu

Each text stands once, below the crates that have it. Cargo must have the crates, as it has after a
build.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

PROGRAMS = ("phoebed", "phoebectl")
_NOTICES = re.compile(r"^(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)
_LINE = "-" * 80


def linked(metadata: Any) -> list[Any]:
    """The packages from elsewhere that the programs need to run, by name and version."""
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    found: set[str] = set()
    left = [key for key, package in packages.items() if package["name"] in PROGRAMS]
    while left:
        key = left.pop()
        if key in found:
            continue
        found.add(key)
        for dependency in nodes[key]["deps"]:
            # None is a dependency of the program itself, not of its tests or its build.
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                left.append(dependency["pkg"])
    others = (packages[key] for key in found if packages[key]["source"])
    return sorted(others, key=lambda package: (package["name"], package["version"]))


def notices(package: Any) -> str:
    """What the crate itself says of its licence, in its own files."""
    directory = Path(package["manifest_path"]).parent
    files = sorted(path for path in directory.iterdir() if _NOTICES.match(path.name))
    texts = (path.read_text("utf-8", "replace") for path in files if path.is_file())
    return "\n\n".join(text.strip() for text in texts)


def main(target: str) -> None:
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--offline"]
    output = subprocess.run(
        [*command, "--filter-platform", target], check=True, stdout=subprocess.PIPE
    ).stdout
    crates = defaultdict(list)
    for package in linked(json.loads(output)):
        told = package["license"] or "see below"
        name = f"{package['name']} {package['version']} ({told}) {package['repository'] or ''}"
        crates[notices(package)].append(name.strip())
    print("phoebed and phoebectl are linked from these crates, each with its licence below it.")
    for text, names in sorted(crates.items(), key=lambda item: item[1]):
        print(_LINE, *names, "", text or "No text of its own comes with it.", sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
