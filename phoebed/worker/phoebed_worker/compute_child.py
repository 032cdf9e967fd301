"""A command that runs in a forked child of the worker, and what becomes of it.

    fork ──▶ running ──▶ result on the pipe, exit 0 ──▶ state taken over, answer
              │  ▲ └───▶ killed, or exit without a result ──▶ error answer, nothing changed
              ▼  │
            stopped (while it may have no process)

The child's changes come back as one piece or not at all. It knows nothing of PHOEBE: the work, and
how to take over the new state, are given to it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pickle
import signal
from collections.abc import Callable
from typing import NamedTuple

from .answers import Answer
from .clone import fork_with_pidfd
from .process import close_descriptors_except, die_with_parent, reseed
from .share import word

# The answer of a command and the state after it; no state when the command failed.
Outcome = tuple[Answer, bytes | None]

_CHUNK = 1 << 20
# A longer report is none of ours.
_LONGEST_REPORT = 4096


class Ends(NamedTuple):
    """The child's ends of two pipes, neither of which blocks: what it says, and what it is told."""

    progress: int
    share: int


class ComputeChild:
    """One child under way: a `worker.Task`."""

    def __init__(
        self,
        name: str,
        work: Callable[[Ends], Outcome],
        take_over: Callable[[Answer, bytes], Answer],
        gives_way: bool = False,
    ) -> None:
        """Forks. `work` runs in the child and must not raise.

        `take_over` gets the child's answer and the state that it ended with, and returns the answer
        to give.
        """
        self.gives_way = gives_way
        self._name = name
        self._take_over = take_over
        self._received = bytearray()
        self._reports = b""
        self._is_stopped = False
        pipes: list[tuple[int, int]] = []
        parent = os.getpid()
        try:
            for flags in (0, os.O_NONBLOCK, os.O_NONBLOCK):
                pipes.append(os.pipe2(os.O_CLOEXEC | flags))
            self.pid, self._pidfd = fork_with_pidfd()
        except BaseException:
            for pipe in pipes:
                os.close(pipe[0])
                os.close(pipe[1])
            raise
        (self._pipe, write), (self._progress, says), (told, self._share) = pipes
        if self.pid == 0:
            _run(parent, write, Ends(says, told), work)
        for fd in (write, says, told):
            os.close(fd)
        os.set_blocking(self._pipe, False)
        _widen(self._pipe)

    def descriptors(self) -> list[int]:
        return [self._pipe, self._pidfd, self._progress]

    def report(self) -> bytes | None:
        """The last line that it said since the last call."""
        while True:
            try:
                chunk = os.read(self._progress, _CHUNK)
            except BlockingIOError:
                break
            if not chunk:
                break
            self._reports = (self._reports + chunk)[-2 * _LONGEST_REPORT :]
        *lines, self._reports = self._reports.split(b"\n")
        return lines[-1] if lines and len(lines[-1]) <= _LONGEST_REPORT else None

    def allow(self, processes: int) -> None:
        """How many processes it may keep busy; with none it stops until it may again."""
        if (processes == 0) != self._is_stopped:
            self._is_stopped = processes == 0
            # Its helpers finish what they were given and have nothing to do then.
            signum = signal.SIGSTOP if self._is_stopped else signal.SIGCONT
            signal.pidfd_send_signal(self._pidfd, signum)
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            os.write(self._share, word(processes))

    def advance(self) -> Answer | None:
        # Asked before the pipe is read: what was written before the end is then in the pipe.
        status = self._ended()
        self._drain()
        if status is None:
            return None
        self._close()
        try:
            answer, state = pickle.loads(bytes(self._received))
        except Exception:
            return Answer.failure(f"{self._name} ended: {_cause(status)}; the bundle is unchanged")
        assert isinstance(answer, Answer)
        return answer if state is None else self._take_over(answer, state)

    def kill(self) -> None:
        signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self._close()

    def _ended(self) -> int | None:
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def _drain(self) -> None:
        while True:
            try:
                chunk = os.read(self._pipe, _CHUNK)
            except BlockingIOError:
                return
            if not chunk:
                return
            self._received += chunk

    def _close(self) -> None:
        for fd in (self._pipe, self._pidfd, self._progress, self._share):
            os.close(fd)


def _run(parent: int, pipe: int, ends: Ends, work: Callable[[Ends], Outcome]) -> None:
    """The child's whole life. Of the worker's descriptors it keeps the standard streams."""
    status = 1
    try:
        die_with_parent(parent)
        close_descriptors_except({0, 1, 2, pipe, *ends})
        # Else every child of a session would draw the same samples.
        reseed()
        data = memoryview(pickle.dumps(work(ends), pickle.HIGHEST_PROTOCOL))
        while data:
            data = data[os.write(pipe, data) :]
        status = 0
    finally:
        os._exit(status)


def _widen(pipe: int) -> None:
    """A pipe that holds a whole bundle spares wake-ups; the kernel may refuse."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _CHUNK)


def _cause(code: int) -> str:
    if code >= 0:
        return f"exit status {code} without a result"
    try:
        return f"killed by signal {-code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"killed by signal {-code}"
