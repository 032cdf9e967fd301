"""Processes forked from this one that share its work.

        coordinator ── task ──▶ helper ── result ──▶ coordinator
                     (one at a time to each, in order; results in the order of the tasks)

The coordinator hands out work and computes nothing, so it can give processes back, or take more,
between any two tasks. It needs neither semaphores nor shared memory, which the sandbox refuses.
Helpers are forked when first needed, have what this process has, and die with it.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import socket
import struct
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

from .clone import fork_with_pidfd
from .process import close_descriptors_except, die_with_parent, reseed
from .progress import REPORTS
from .share import SHARE
from .sideways import ListProxy, Sent, deliver, take_sent

Call = Callable[[Any], Any]

_LENGTH = struct.Struct(">Q")
_CHUNK = 1 << 20


class HelperDied(RuntimeError):
    """A helper was killed, or ended without a result."""


class HelperFailed(RuntimeError):
    """What a task raised, where the exception itself cannot be sent."""


class _Outcome(NamedTuple):
    """Of one task: its result or what it raised, what it sent sideways, the best probability."""

    succeeded: bool
    result: Any
    sent: Sent
    best: float


class Helpers:
    """As many helpers as may be; all call one function, which they were forked with."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._helpers: list[_Helper] = []

    def map(self, tasks: list[bytes], done: Callable[[int, Any], None]) -> list[Any]:
        """What the function returns for each of the pickled tasks, in their order.

        `done` is told of each when it is there, with its number. Raises what the first failing
        task raised, and `HelperDied`.
        """
        outcomes: dict[int, _Outcome] = {}
        given = 0
        try:
            while len(outcomes) < len(tasks):
                while given < len(tasks) and (helper := self._free()) is not None:
                    helper.give(given, tasks[given])
                    given += 1
                for helper in self._ready():
                    number, outcome = helper.take()
                    outcomes[number] = outcome
                    REPORTS.better(outcome.best)
                    if outcome.succeeded:
                        done(number, outcome.result)
        except BaseException:
            # Those that still compute have tasks of this call.
            self.end()
            raise
        in_order = [outcomes[number] for number in range(len(tasks))]
        for outcome in in_order:
            deliver(outcome.sent)
        for outcome in in_order:
            if not outcome.succeeded:
                raise outcome.result
        return [outcome.result for outcome in in_order]

    def end(self) -> None:
        """Ends them at once; they leave nothing."""
        helpers, self._helpers = self._helpers, []
        for helper in helpers:
            helper.end()

    def _free(self) -> _Helper | None:
        """One that may take a task now."""
        idle = [helper for helper in self._helpers if helper.task is None]
        if len(self._helpers) - len(idle) >= SHARE.count():
            return None
        if not idle:
            idle.append(_Helper(self._call))
            self._helpers.append(idle[0])
        return idle[0]

    def _ready(self) -> list[_Helper]:
        """Those with results; none when only the share has changed."""
        poller = select.poll()
        busy = {helper.fileno(): helper for helper in self._helpers if helper.task is not None}
        share = SHARE.fileno()
        for fd in [*busy] if share is None else [*busy, share]:
            poller.register(fd, select.POLLIN)
        ready = [fd for fd, _ in poller.poll()]
        if share in ready:
            SHARE.count()
        return [busy[fd] for fd in ready if fd in busy]


class _Helper:
    """One forked process; the coordinator's side of it."""

    def __init__(self, call: Call) -> None:
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        try:
            self._pid, self._pidfd = fork_with_pidfd()
        except BaseException:
            ours.close()
            theirs.close()
            raise
        if self._pid == 0:
            _serve(parent, theirs, call)
        theirs.close()
        self._socket = ours
        self.task: int | None = None

    def fileno(self) -> int:
        return self._socket.fileno()

    def give(self, number: int, task: bytes) -> None:
        self.task = number
        try:
            self._socket.sendall(_LENGTH.pack(len(task)) + task)
        except OSError:
            raise self._died() from None

    def take(self) -> tuple[int, _Outcome]:
        """The number of its task and what came of it."""
        try:
            data = _receive(self._socket)
        except OSError:
            raise self._died() from None
        number, self.task = self.task, None
        assert number is not None
        return number, _Outcome(*pickle.loads(data))

    def end(self) -> None:
        self._socket.close()
        if self._pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            self._reap()

    def _died(self) -> HelperDied:
        code = self._reap()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        return HelperDied(f"a process of the computation {how}")

    def _reap(self) -> int:
        _, status = os.waitpid(self._pid, 0)
        os.close(self._pidfd)
        self._pidfd = -1
        return os.waitstatus_to_exitcode(status)


def _serve(parent: int, link: socket.socket, call: Call) -> None:
    """A helper's whole life."""
    status = 1
    try:
        die_with_parent(parent)
        close_descriptors_except({0, 1, 2, link.fileno()})
        # Else all helpers would draw the same samples.
        reseed()
        REPORTS.to(None)
        # Within a helper everything is serial: all processes of the command are counted.
        SHARE.of(None, 1)
        ListProxy.is_here = False
        while True:
            outcome = _outcome(call, pickle.loads(_receive(link)))
            link.sendall(_LENGTH.pack(len(outcome)) + outcome)
    except OSError:
        status = 0
    finally:
        os._exit(status)


def _outcome(call: Call, task: Any) -> bytes:
    try:
        outcome = _Outcome(True, call(task), take_sent(), REPORTS.best)
        return pickle.dumps(tuple(outcome), pickle.HIGHEST_PROTOCOL)
    except BaseException as error:
        sent, best = take_sent(), REPORTS.best
        with contextlib.suppress(BaseException):
            data = pickle.dumps((False, error, sent, best), pickle.HIGHEST_PROTOCOL)
            pickle.loads(data)  # some exceptions can be pickled and not read again
            return data
        text = "".join(traceback.format_exception_only(error)).strip()
        return pickle.dumps((False, HelperFailed(text), [], best), pickle.HIGHEST_PROTOCOL)


def _receive(link: socket.socket) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(link, _LENGTH.size))
    return _exactly(link, length)


def _exactly(link: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        chunk = link.recv(min(length - len(data), _CHUNK))
        if not chunk:
            raise ConnectionResetError("the other end is gone")
        data += chunk
    return bytes(data)
