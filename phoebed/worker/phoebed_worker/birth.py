"""From a fresh fork of the zygote to a worker that serves: the order here is the sandbox's order.

The descriptors go first (the zygote channel above all), then the process becomes its own, then it
is put into its cage, and only then does anything that a client sends get in.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from .answers import Answer
from .cage import Cage
from .channel import Message
from .link import Closed, Link
from .process import close_descriptors_except, die_with_parent, log, reseed
from .state import Shipping
from .worker import Executor, Worker

MakeExecutor = Callable[[str, Shipping, int], Executor]

# An answer with this id says that the worker cannot start.
_CANNOT_START = 0


@dataclass(frozen=True)
class Order:
    """The daemon's order for one worker; the descriptors belong to whoever holds it."""

    worker: int
    scratch: str
    max_answer_bytes: int
    compute_processes: int
    cage: Cage
    shipping: Shipping
    link: int
    output: int

    @classmethod
    def parse(cls, message: Message, fds: list[int]) -> Order:
        """Raises `ValueError` saying what is wrong; the descriptors stay the caller's."""
        kinds = {
            "worker": int,
            "scratch": str,
            "max_answer_bytes": int,
            "compute_processes": int,
        }
        message = {"compute_processes": 1, **message}
        for key, kind in kinds.items():
            if not isinstance(message.get(key), kind) or isinstance(message.get(key), bool):
                raise ValueError(f"a fork needs {key} as {kind.__name__}")
        if len(fds) not in (2, 3):
            raise ValueError(f"a fork needs two or three descriptors, got {len(fds)}")
        ruleset = fds[2] if len(fds) == 3 else None
        cage = Cage.parse(message.get("limits", {}), message.get("filters", []), ruleset)
        shipping = Shipping.parse(message)
        values = {key: message[key] for key in kinds}
        return cls(**values, cage=cage, shipping=shipping, link=fds[0], output=fds[1])


def live(order: Order, parent: int, make_executor: MakeExecutor) -> int:
    """The whole life of a worker. Returns its exit status; never raises.

    `parent` is the daemon's pid as the zygote knew it before the fork, `make_executor` is given the
    scratch directory, what the daemon wants of the session's state, and how many processes a
    command has at most.
    """
    try:
        link = _take_descriptors(order)
    except BaseException:
        traceback.print_exc()
        return 1
    try:
        _become_own_process(parent, order.scratch)
        executor = make_executor(order.scratch, order.shipping, order.compute_processes)
        order.cage.enclose()
        Worker(link, executor, order.max_answer_bytes).run()
    except BaseException as error:
        return _failed(link, error)
    return 0


def _take_descriptors(order: Order) -> Link:
    """Keeps the worker's own descriptors and none of the zygote's."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(order.output, 1)
    os.dup2(order.output, 2)
    ruleset = order.cage.ruleset
    close_descriptors_except({0, 1, 2, order.link} | ({ruleset} if ruleset is not None else set()))
    return Link(order.link)


def _become_own_process(parent: int, scratch: str) -> None:
    os.setsid()
    die_with_parent(parent)
    reseed()
    os.environ["HOME"] = os.environ["TMPDIR"] = scratch
    tempfile.tempdir = None  # it remembers the zygote's
    os.chdir(scratch)


def _failed(link: Link, error: BaseException) -> int:
    text = "".join(traceback.format_exception(error))
    log(text)
    answer = Answer.failure(f"{type(error).__name__}: {error}", text)
    with contextlib.suppress(Closed, OSError):
        link.send(_CANNOT_START, answer.header(0.0), answer.body)
    return 1
