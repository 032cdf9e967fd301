"""Runs schemathesis as a program of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

from phoebed_demo.daemon import Daemon
from phoebed_schema.sessions import URL

HERE = Path(__file__).resolve().parents[1]
SEED = "PHOEBED_SCHEMA_SEED"
LONGEST = 240  # seconds; a run takes about 20


def run(config: str, document: str, daemon: Daemon, folder: Path) -> None:
    """Fails with the report of schemathesis, which has the seed and how to repeat each request.

    `document` is the address of the OpenAPI document.
    """
    report = folder / "report.json"
    arguments = ["run", "--no-color", "--report", "json", "--report-json-path", str(report)]
    seed = os.environ.get(SEED)
    arguments += ["--seed", seed] if seed else ["--generation-deterministic"]
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", HERE / config),
            *(*arguments, document),
        ],
        cwd=folder,
        env={
            **os.environ,
            URL: f"{daemon.client.host}:{daemon.client.port}",
            "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent / "demo")]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NO_PROXY": "*",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=LONGEST,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    operations = json.loads(report.read_text(encoding="utf-8"))["operations"]
    assert operations["tested"] == operations["selected"] > 0, f"{operations}\n{ended.stdout}"
