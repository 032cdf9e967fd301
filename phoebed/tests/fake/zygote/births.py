"""From the fork to the poll loop, with the real code and one thing wrong on request."""

from __future__ import annotations

import os
import signal
from typing import Any

import script
import zmq
from commands import ScriptedWorker

from phoebed_worker import birth
from phoebed_worker.birth import Order
from phoebed_worker.channel import Channel, Message
from phoebed_worker.worker import Executor


class LyingChannel(Channel):
    """The worker's channel, which tells something else than the truth when it says ready."""

    act: script.Act

    def send(self, message: Message, fds: Any = ()) -> None:
        if message["event"] == "ready":
            do = self.act["do"]
            if do == "wrong_port":
                message = {**message, "port": message["port"] + 1}
            if do == "wrong_key":
                message = {**message, "public_key": zmq.curve_keypair()[0].decode()}
            if do == "no_key":
                message = {**message, "public_key": "not a key"}
            if do == "garbage":
                self._socket.send(b"\x00\xffgarbage")
                return
            if do == "huge":
                message = {**message, "padding": "x" * 100_000}
        super().send(message, fds)


def be_born(order: Order, parent: int) -> int:
    """The whole life of a worker. Returns its exit status."""
    act = script.act_of("births", order.worker)
    script.note("worker", worker=order.worker, port=order.port)
    LyingChannel.act = act

    def make_worker(channel: Channel, router: Any, executor: Executor, limit: int) -> Any:
        script.note("ready", worker=order.worker)
        return ScriptedWorker(act, order.worker, channel, router, executor, limit)

    birth.Channel = LyingChannel  # type: ignore[misc]
    birth.Worker = make_worker  # type: ignore[misc,assignment]
    if act["do"] == "exit_at_once":
        os.dup2(order.output, 2)
        script.end(act)
    return birth.live(order, parent, lambda _scratch: prepare(act))


def prepare(act: script.Act) -> Any:
    """In the place of the engine's preparation: the process is its own, the port not bound."""
    do = act["do"]
    if do in ("ignore_term", "stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if do in ("wait", "stubborn"):
        script.wait_for(act.get("until"))
    if do == "exit":
        script.end(act)
    if do == "fail":
        raise RuntimeError(act["error"])
