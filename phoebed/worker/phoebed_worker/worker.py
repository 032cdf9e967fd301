"""The worker's loop: requests in, answers out, for as long as the daemon lives.

        request ──▶ executor ──▶ answer
                       │  ▲
                       ▼  │ result or death
                     task (a forked child) ──▶ reports on the way

While a task runs, the loop answers what only reads, from the state before the task, and hears
notices: that the task is cancelled, and how many processes it may have. The loop knows nothing of
PHOEBE: the executor does.
"""

from __future__ import annotations

import select
import struct
import time
from typing import NamedTuple, Protocol

from .answers import Answer
from .link import Closed, Kind, Link, Request

_ABOUT = struct.Struct(">Q")
_ABOUT_AND_COUNT = struct.Struct(">QI")


class Task(Protocol):
    """A command that runs beside the loop.

    One that gives way is ended, with an error for its answer, as soon as another request comes.
    """

    gives_way: bool

    def descriptors(self) -> list[int]:
        """What to poll for; readable means that `advance` or `report` has something to do."""

    def advance(self) -> Answer | None:
        """Takes what is there without waiting; the answer, once there is one."""

    def report(self) -> bytes | None:
        """How far it is, in JSON, where it has said something new."""

    def allow(self, processes: int) -> None:
        """How many processes it may keep busy from now on."""

    def kill(self) -> None:
        """Ends the task now, without an answer, and leaves nothing of it."""


class Executor(Protocol):
    """Carries out one command of a client, or one request of the daemon's own. Must not raise."""

    def execute(self, body: bytes) -> Answer | Task: ...

    def execute_beside(self, body: bytes) -> Answer:
        """A command while a task runs: one that would change anything is refused."""

    def serve(self, kind: int, body: bytes) -> Answer | Task: ...

    def ended(self) -> None:
        """The task has ended, however."""


class _Running(NamedTuple):
    request: int
    task: Task
    started: float


class Worker:
    """The loop of one worker, over its stream."""

    def __init__(self, link: Link, executor: Executor, max_answer_bytes: int) -> None:
        self._link = link
        self._executor = executor
        self._limit = max_answer_bytes
        self._running: _Running | None = None

    def run(self) -> None:
        """Serves until the daemon closes the stream."""
        try:
            while True:
                # Without a task there is nothing else to wait for.
                if self._running is None or self._link.has_request() or self._attend(self._running):
                    self._serve(self._link.receive())
        except Closed:
            return
        finally:
            if self._running is not None:
                self._running.task.kill()

    def _serve(self, request: Request) -> None:
        if request.kind in (Kind.CANCEL, Kind.PROCESSES):
            self._notice(request)
            return
        if self._running is not None and self._running.task.gives_way:
            self._end("Not done: another request came meanwhile.")
        started = time.monotonic()
        outcome = self._outcome(request)
        if isinstance(outcome, Answer):
            self._answer(request.id, outcome, started)
        else:
            self._running = _Running(request.id, outcome, started)

    def _outcome(self, request: Request) -> Answer | Task:
        is_command = request.kind == Kind.COMMAND
        if self._running is None:
            if is_command:
                return self._executor.execute(request.body)
            return self._executor.serve(request.kind, request.body)
        if is_command:
            return self._executor.execute_beside(request.body)
        return Answer.failure("Not done: a command runs.")

    def _notice(self, request: Request) -> None:
        """About the task that runs; about any other it comes too late and means nothing."""
        about = int.from_bytes(request.body[: _ABOUT.size], "big")
        if self._running is None or self._running.request != about:
            return
        if request.kind == Kind.CANCEL:
            self._end("Cancelled.")
        elif len(request.body) == _ABOUT_AND_COUNT.size:
            _, processes = _ABOUT_AND_COUNT.unpack(request.body)
            self._running.task.allow(processes)

    def _attend(self, running: _Running) -> bool:
        """Waits for the task or a request, and attends to the task; whether a request has come.

        Raises `Closed` when the daemon is gone.
        """
        poller = select.poll()
        poller.register(self._link, select.POLLRDHUP | select.POLLIN)
        for fd in running.task.descriptors():
            poller.register(fd, select.POLLIN)
        happened = dict(poller.poll())
        of_link = happened.pop(self._link.fileno(), 0)
        if of_link & ~select.POLLIN:
            raise Closed
        if happened:
            report = running.task.report()
            answer = running.task.advance()
            if answer is not None:
                self._finish(answer)
            elif report is not None:
                self._link.report(running.request, report)
        return bool(of_link)

    def _end(self, why: str) -> None:
        """Ends the task, whose answer is that."""
        if self._running is not None:
            self._running.task.kill()
            self._finish(Answer.failure(why))

    def _finish(self, answer: Answer) -> None:
        running, self._running = self._running, None
        assert running is not None
        self._executor.ended()
        self._answer(running.request, answer, running.started)

    def _answer(self, request_id: int, answer: Answer, started: float) -> None:
        answer = answer.within(self._limit)
        header = answer.header(time.monotonic() - started)
        state = answer.state.data if answer.state is not None else b""
        self._link.send(request_id, header, answer.body, state)
