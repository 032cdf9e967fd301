"""The worker's loop: requests in, answers out, in order, for as long as the daemon lives.

        request ──▶ executor ──▶ answer
                       │  ▲
                       ▼  │ result or death
                     task (a forked child)

While a task runs the loop waits for it and for the end of the stream, so that the end of the daemon
is seen at once. The loop knows nothing of PHOEBE: the executor does.
"""

from __future__ import annotations

import select
import time
from typing import Protocol

from .answers import Answer
from .link import Closed, Kind, Link, Request


class Task(Protocol):
    """A command that runs beside the loop.

    One that gives way is ended, with an error for its answer, as soon as another request comes.
    """

    gives_way: bool

    def descriptors(self) -> list[int]:
        """What to poll for; readable means that `advance` has something to do."""

    def advance(self) -> Answer | None:
        """Takes what is there without waiting; the answer, once there is one."""

    def kill(self) -> None:
        """Ends the task now, without an answer, and leaves nothing of it."""


class Executor(Protocol):
    """Carries out one command of a client, or one request of the daemon's own. Must not raise."""

    def execute(self, body: bytes) -> Answer | Task: ...

    def serve(self, kind: int, body: bytes) -> Answer | Task: ...


class Worker:
    """The loop of one worker, over its stream."""

    def __init__(self, link: Link, executor: Executor, max_answer_bytes: int) -> None:
        self._link = link
        self._executor = executor
        self._limit = max_answer_bytes

    def run(self) -> None:
        """Serves until the daemon closes the stream."""
        try:
            while True:
                self._serve(self._link.receive())
        except Closed:
            return

    def _serve(self, request: Request) -> None:
        started = time.monotonic()
        if request.kind == Kind.COMMAND:
            outcome = self._executor.execute(request.body)
        else:
            outcome = self._executor.serve(request.kind, request.body)
        answer = outcome if isinstance(outcome, Answer) else self._attend(outcome)
        answer = answer.within(self._limit)
        header = answer.header(time.monotonic() - started)
        state = answer.state.data if answer.state is not None else b""
        self._link.send(request.id, header, answer.body, state)

    def _attend(self, task: Task) -> Answer:
        """Waits for the answer of a task. Raises `Closed`, with the task ended, at the daemon's."""
        poller = select.poll()
        poller.register(self._link, select.POLLRDHUP | (select.POLLIN if task.gives_way else 0))
        for fd in task.descriptors():
            poller.register(fd, select.POLLIN)
        try:
            while True:
                waits = task.gives_way and self._link.has_request()
                happened = dict(poller.poll(0 if waits else None)).get(self._link.fileno(), 0)
                if happened & ~select.POLLIN:
                    raise Closed
                if waits or happened:
                    task.kill()
                    return Answer.failure("Not done: another request came meanwhile.")
                answer = task.advance()
                if answer is not None:
                    return answer
        except BaseException:
            task.kill()
            raise
