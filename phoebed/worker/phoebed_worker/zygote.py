"""The zygote: PHOEBE imported once, then a fork for each worker that the daemon orders.

    importing ──▶ ready ──▶ fork, fork, … ──▶ end of the channel: exit 0
        └──────▶ failed: exit 1

It creates no thread: that would be missing in every fork.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import platform
import signal
import sys
import time
import traceback
from typing import Protocol

from . import huge_pages
from .birth import Order, live
from .channel import BadMessage, Channel, Closed, Message, close_all, fit
from .clone import fork_for_parent
from .guard import Guard
from .process import log
from .state import Shipping
from .worker import Executor


class Engine(Protocol):
    """What the zygote prepares and each worker uses."""

    phoebe_version: str
    tag: str
    passbands: list[str]
    paths: list[str]

    def executor(self, scratch: str, shipping: Shipping, processes: int) -> Executor:
        """The executor of a worker just forked, with its own new session."""


class Zygote:
    """Serves fork orders on its channel, one at a time."""

    def __init__(self, channel: Channel, engine: Engine) -> None:
        self._channel = channel
        self._engine = engine
        self._guard = Guard()

    def run(self) -> int:
        """Serves until the daemon closes the channel. Returns the exit status."""
        try:
            self._serve_all()
        finally:
            self._guard.daemon_gone()
        return 0

    def _serve_all(self) -> None:
        while True:
            try:
                message, fds = self._channel.receive()
            except Closed:
                return
            except BadMessage as error:
                log(f"a bad message on the zygote channel: {error}")
                continue
            # The descriptors are closed before the reply: the daemon may count on it.
            try:
                reply = self._serve(message, fds)
            finally:
                close_all(fds)
            try:
                if reply is not None:
                    self._channel.send(reply)
            except Closed:
                return

    def _serve(self, message: Message, fds: list[int]) -> Message | None:
        """Carries out one message. Returns the reply to it."""
        if self._guard.hear(message):
            return None
        if message.get("op") != "fork":
            log(f"a message that the zygote does not know: {message.get('op')!r}")
            return None
        try:
            order = Order.parse(message, fds)
            pid = self._fork(order)
        except (OSError, ValueError, MemoryError) as error:
            reason = f"{type(error).__name__}: {error}"
            return {"event": "fork_failed", "worker": message.get("worker"), "error": reason}
        return {"event": "forked", "worker": order.worker, "pid": pid}

    def _fork(self, order: Order) -> int:
        parent = os.getppid()
        pid = fork_for_parent()
        if pid == 0:
            status = 1
            try:
                status = live(order, parent, self._engine.executor)
            finally:
                os._exit(status)
        self._guard.add(pid)
        return pid


def serve(channel: Channel, engine: Engine, started: float) -> int:
    """Says ready, then serves. `started` is the monotonic time at which preparing began."""
    sys.stdout.flush()
    gc.collect()
    gc.freeze()  # what lives now is never scanned again, so workers do not copy its pages
    huge_pages.collapse()
    channel.send(
        {
            "event": "ready",
            "phoebe": engine.phoebe_version,
            "engine": engine.tag,
            "python": platform.python_version(),
            "seconds": round(time.monotonic() - started, 3),
            "passbands": engine.passbands,
            "paths": engine.paths,
        }
    )
    return Zygote(channel, engine).run()


def channel_from_stdin() -> Channel:
    """The channel, which the daemon gave as standard input, moved; /dev/null takes its place."""
    channel = Channel(os.dup(0))
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return channel


def main() -> int:
    """The zygote's whole life. Returns its exit status."""
    started = time.monotonic()
    # A terminal's interrupt goes to the whole process group; the daemon decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Whole lines at once, and nothing left in a buffer for every fork to write again.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    channel = channel_from_stdin()
    try:
        from .engine import PhoebeEngine

        engine = PhoebeEngine()
    except BaseException as error:
        text = "".join(traceback.format_exception(error))
        print(text, file=sys.stderr)
        reason = fit(f"{type(error).__name__}: {error}")
        with contextlib.suppress(Closed):
            channel.send({"event": "failed", "error": reason, "traceback": fit(text)})
        return 1
    try:
        return serve(channel, engine, started)
    except Closed:
        return 0
