"""From a fresh fork of the zygote to a worker that serves: the order here is the sandbox's order.

The descriptors go first (the zygote channel above all), then the process becomes its own, then its
socket is bound, and only then does anything that a client sends get in.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from .channel import BadMessage, Channel, Closed, Message, close_all, fit
from .curve import CurveRouter, PortTaken
from .process import close_descriptors_except, die_with_parent, log, reseed
from .worker import Executor, Worker

MakeExecutor = Callable[[str], Executor]


@dataclass(frozen=True)
class Order:
    """The daemon's order for one worker; the descriptors belong to whoever holds it."""

    worker: int
    host: str
    port: int
    daemon_key: str
    scratch: str
    max_answer_bytes: int
    channel: int
    output: int

    @classmethod
    def parse(cls, message: Message, fds: list[int]) -> Order:
        """Raises `ValueError` saying what is wrong; the descriptors stay the caller's."""
        kinds = {"worker": int, "host": str, "port": int, "daemon_key": str, "scratch": str}
        for key, kind in {**kinds, "max_answer_bytes": int}.items():
            if not isinstance(message.get(key), kind) or isinstance(message.get(key), bool):
                raise ValueError(f"a fork needs {key} as {kind.__name__}")
        if len(fds) != 2:
            raise ValueError(f"a fork needs two descriptors, got {len(fds)}")
        values = {key: message[key] for key in (*kinds, "max_answer_bytes")}
        return cls(**values, channel=fds[0], output=fds[1])


def live(order: Order, parent: int, make_executor: MakeExecutor) -> int:
    """The whole life of a worker. Returns its exit status; never raises.

    `parent` is the daemon's pid as the zygote knew it before the fork, `make_executor` is given the
    scratch directory.
    """
    try:
        channel = _take_descriptors(order)
    except BaseException:
        traceback.print_exc()
        return 1
    try:
        _become_own_process(parent, order.scratch)
        router = CurveRouter(order.daemon_key)
        executor = make_executor(order.scratch)
        port = _bind(router, order, channel)
        if port is None:
            return 0
        channel.send({"event": "ready", "port": port, "public_key": router.public_key})
        Worker(channel, router, executor, order.max_answer_bytes).run()
    except Closed:
        return 0
    except BaseException as error:
        return _failed(channel, error)
    return 0


def _take_descriptors(order: Order) -> Channel:
    """Keeps the worker's own descriptors and none of the zygote's."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(order.output, 1)
    os.dup2(order.output, 2)
    close_descriptors_except({0, 1, 2, order.channel})
    return Channel(order.channel)


def _become_own_process(parent: int, scratch: str) -> None:
    os.setsid()
    die_with_parent(parent)
    reseed()
    os.environ["HOME"] = os.environ["TMPDIR"] = scratch
    tempfile.tempdir = None  # it remembers the zygote's
    os.chdir(scratch)


def _bind(router: CurveRouter, order: Order, channel: Channel) -> int | None:
    """Binds, asking for another port as often as one is taken; none when the daemon is gone."""
    port = order.port
    while True:
        try:
            router.bind(order.host, port)
            return port
        except PortTaken as error:
            channel.send({"event": "port_taken", "port": port, "error": str(error)})
        while True:
            try:
                message, fds = channel.receive()
            except Closed:
                return None
            except BadMessage as error:
                log(f"a bad message on the worker's channel: {error}")
                continue
            close_all(fds)
            if message.get("op") == "bind" and isinstance(message.get("port"), int):
                port = message["port"]
                break
            log(f"a message that the worker does not know: {message.get('op')!r}")


def _failed(channel: Channel, error: BaseException) -> int:
    text = "".join(traceback.format_exception(error))
    log(text)
    reason = fit(f"{type(error).__name__}: {error}")
    with contextlib.suppress(Closed, OSError):
        channel.send({"event": "failed", "error": reason, "traceback": fit(text)})
    return 1
