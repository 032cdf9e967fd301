"""From the fork to the worker's loop, with the real code and one thing wrong on request."""

from __future__ import annotations

import os
import signal
import struct
from typing import Any

import script
from commands import ScriptedWorker

from phoebed_worker import birth
from phoebed_worker.birth import Order
from phoebed_worker.link import Link
from phoebed_worker.worker import Executor

# What a worker says before anything else, when it is to.
_FIRST_WORDS = {
    "garbage": b"\x00\xffgarbage" * 10,
    "huge": struct.pack(">QIQQ", 1, 16, 1 << 50, 0),
    "huge_header": struct.pack(">QIQQ", 1, 1 << 30, 0, 0),
}


def be_born(order: Order, parent: int) -> int:
    """The whole life of a worker. Returns its exit status."""
    act = script.act_of("births", order.worker)
    script.note("worker", worker=order.worker)

    def make_worker(link: Link, executor: Executor, limit: int) -> Any:
        script.note("ready", worker=order.worker)
        link._socket.sendall(_FIRST_WORDS.get(act["do"], b""))
        return ScriptedWorker(act, order.worker, link, executor, limit)

    birth.Worker = make_worker  # type: ignore[misc,assignment]
    if act["do"] == "exit_at_once":
        os.dup2(order.output, 2)
        script.end(act)
    return birth.live(order, parent, lambda *_: prepare(act))


def prepare(act: script.Act) -> Any:
    """In the place of the engine's preparation: the process is its own already."""
    do = act["do"]
    if do in ("ignore_term", "stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if do in ("wait", "stubborn"):
        script.wait_for(act.get("until"))
    if do == "exit":
        script.end(act)
    if do == "fail":
        raise RuntimeError(act["error"])
