"""The worker's poll loop: requests in, answers out, in order, for as long as the daemon lives.

        request ──▶ waiting ──▶ executor ──▶ answer
                                   │  ▲
                                   ▼  │ result or death
                                 task (a forked child)

It polls four things: the control channel (whose end ends the worker), admission to the socket, the
requests, and the task under way, if any. While a task runs nothing else starts, but the loop goes
on, so the end of the daemon is seen at once. The loop knows nothing of PHOEBE: the executor does.
"""

from __future__ import annotations

import time
from collections import deque
from typing import NamedTuple, Protocol

import zmq

from .answers import Answer
from .channel import BadMessage, Channel, Closed, close_all
from .curve import CurveRouter
from .process import log

# Requests taken from the socket before the other things polled get a look.
_BATCH = 100


class Task(Protocol):
    """A command that runs beside the loop."""

    def descriptors(self) -> list[int]:
        """What to poll for; readable means that `advance` has something to do."""

    def advance(self) -> Answer | None:
        """Takes what is there without waiting; the answer, once there is one."""

    def kill(self) -> None:
        """Ends the task now, without an answer, and leaves nothing of it."""


class Executor(Protocol):
    """Carries out one command. Must not raise."""

    def execute(self, body: bytes) -> Answer | Task: ...


class Request(NamedTuple):
    peer: bytes
    id: bytes
    body: bytes


class Worker:
    """The loop of one worker, over a bound router."""

    def __init__(
        self, channel: Channel, router: CurveRouter, executor: Executor, max_answer_bytes: int
    ) -> None:
        self._channel = channel
        self._router = router
        self._executor = executor
        self._limit = max_answer_bytes
        # Not bounded here: the daemon bounds how many requests of a session are under way.
        self._waiting: deque[Request] = deque()
        self._task: Task | None = None
        self._current: Request | None = None
        self._started = 0.0
        self._poller = zmq.Poller()

    def run(self) -> None:
        """Serves until the daemon closes the channel."""
        self._poller.register(self._channel.fileno(), zmq.POLLIN)
        self._poller.register(self._router.admission, zmq.POLLIN)
        self._poller.register(self._router.socket, zmq.POLLIN)
        try:
            while self._turn():
                pass
        finally:
            if self._task is not None:
                self._task.kill()

    def _turn(self) -> bool:
        """Waits for something and handles it; false when the daemon is gone."""
        ready = dict(self._poller.poll())
        if self._channel.fileno() in ready and not self._hear():
            return False
        if self._router.admission in ready:
            self._router.admit()
        if self._task is not None and any(fd in ready for fd in self._task.descriptors()):
            self._advance(self._task)
        if self._router.socket in ready:
            self._take_requests()
        while self._task is None and self._waiting:
            self._start(self._waiting.popleft())
            if self._waiting and self._poller.poll(0):
                break  # let the channel and admission have their turn between long commands
        return True

    def _hear(self) -> bool:
        """Reads the channel; false at its end. The daemon has nothing to say here yet."""
        try:
            message, fds = self._channel.receive()
        except Closed:
            return False
        except BadMessage as error:
            log(f"a bad message on the worker's channel: {error}")
            return True
        close_all(fds)
        log(f"a message that the worker does not know: {message.get('op')!r}")
        return True

    def _take_requests(self) -> None:
        for _ in range(_BATCH):
            try:
                frames = self._router.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            if len(frames) != 4 or len(frames[1]) != 8:
                log(f"dropped a request that is not understood: frames of {list(map(len, frames))}")
                continue
            self._waiting.append(Request(frames[0], frames[1], frames[3]))

    def _start(self, request: Request) -> None:
        self._current, self._started = request, time.monotonic()
        outcome = self._executor.execute(request.body)
        if isinstance(outcome, Answer):
            self._answer(outcome)
            return
        self._task = outcome
        for fd in outcome.descriptors():
            self._poller.register(fd, zmq.POLLIN)

    def _advance(self, task: Task) -> None:
        watched = task.descriptors()
        answer = task.advance()
        if answer is None:
            return
        for fd in watched:
            self._poller.unregister(fd)
        self._task = None
        self._answer(answer)

    def _answer(self, answer: Answer) -> None:
        request, self._current = self._current, None
        if request is None:
            return
        answer = answer.within(self._limit)
        header = answer.header(time.monotonic() - self._started)
        self._router.socket.send_multipart([request.peer, request.id, header, answer.body])
