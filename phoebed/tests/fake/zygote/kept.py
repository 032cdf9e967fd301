"""A fake session whose state is a number: what it ships, and how it is put back.

The script says what the n-th `portables` and `restores` of the daemon do: nothing (it works),
`refuse`, `end` (with a status or a signal), `wait` (until a file is there), `close` (the stream,
and go on living), for restores with `form` only in that form.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import script

from phoebed_worker.state import FAST, JOURNAL, PORTABLE, Stored

ENGINE = "fake"


class Closing(Exception):
    """The worker is to close its stream."""


class Total:
    """The number, and whether the daemon has a whole state of it."""

    def __init__(self) -> None:
        self.value = 0
        self.has_base = False

    def add(self, order: script.Act) -> bytes:
        """Changes it; the whole answer after the id."""
        self.value += order["by"]
        result = json.dumps({"success": True, "result": {"total": self.value}}).encode()
        if order.get("state") == "error":
            return _answer(result, None, b"", "the state cannot be made")
        if self.has_base and order.get("state") != "whole":
            return _answer(result, JOURNAL, json.dumps(order["by"]).encode())
        self.has_base = True
        return _answer(result, FAST, json.dumps(self.value).encode())

    def told(self) -> bytes:
        return _answer(json.dumps({"success": True, "result": {"total": self.value}}).encode())

    def portable(self) -> bytes:
        script.note("portable")
        if not _acts("portables", "portable", None):
            return _refusal("no portable state")
        return _answer(b"{}", PORTABLE, json.dumps(self.value).encode())

    def restore(self, body: bytes) -> bytes:
        stored = Stored.parse(body)
        script.note("restore", form=stored.state.form, entries=len(stored.journal))
        if not _acts("restores", "restore", stored.state.form):
            return _refusal("it cannot be read")
        self.value = json.loads(stored.state.data) + sum(map(json.loads, stored.journal))
        self.has_base = True
        return _answer(b"{}")


def _acts(kind: str, what: str, form: str | None) -> bool:
    """Does what the script says; whether it is to work."""
    act = script.act_of(kind, script.count(what))
    if act.get("form") not in (None, form):
        return True
    match act["do"]:
        case "end":
            script.end(act)
        case "wait":
            script.wait_for(act.get("until"))
        case "close":
            raise Closing
    return bool(act["do"] != "refuse")


def _refusal(error: str) -> bytes:
    header = json.dumps({"success": False, "error": error}).encode()
    return struct.pack(">IQQ", len(header), 2, 0) + header + b"{}"


def _answer(
    body: bytes, form: str | None = None, state: bytes = b"", lost: str | None = None
) -> bytes:
    members: dict[str, Any] = {"success": True, "error": None, "state": form, "state_error": lost}
    header = json.dumps({**members, "engine": ENGINE if form else None}).encode()
    return struct.pack(">IQQ", len(header), len(body), len(state)) + header + body + state
