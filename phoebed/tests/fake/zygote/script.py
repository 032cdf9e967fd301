"""What the test wants, and what happened: two files in the directory that FAKE_DIR names.

`script.json` is read anew each time, so a test may change it. `{"zygotes": [...], "births": [...]}`
holds what the n-th zygote and the worker with number n do; the last entry counts for all later
ones, and nothing means the plain thing. `trace` gets one JSON line for each thing that happened.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

Act = dict[str, Any]

DIRECTORY = Path(os.environ["FAKE_DIR"])


def act_of(kind: str, number: int) -> Act:
    """What the n-th of a kind does; `{"do": "ok"}` when nothing is said."""
    acts = json.loads((DIRECTORY / "script.json").read_text()).get(kind, [])
    return acts[min(number, len(acts)) - 1] if acts else {"do": "ok"}


def note(what: str, **more: Any) -> None:
    """Writes one line to the trace, at once and whole."""
    line = json.dumps({"what": what, "pid": os.getpid(), **more}) + "\n"
    trace = os.open(DIRECTORY / "trace", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC)
    os.write(trace, line.encode("ascii"))
    os.close(trace)


def count(what: str) -> int:
    """How many such lines the trace has."""
    try:
        lines = (DIRECTORY / "trace").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return sum(json.loads(line)["what"] == what for line in lines)


def wait_for(name: str | None) -> None:
    """Waits until the test makes the file of this name; for ever without a name."""
    while name is None or not (DIRECTORY / name).exists():
        time.sleep(0.002)


def end(act: Act) -> None:
    """Ends this process as the act says: with a status, or by a signal."""
    if "say" in act:
        os.write(2, act["say"].encode("utf-8"))
    if "signal" in act:
        os.kill(os.getpid(), act["signal"])
        wait_for(None)
    os._exit(act.get("status", 1))
