"""Carries out commands on one session, and sends along what they have changed."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from . import parallel
from .answers import Answer
from .compute_child import ComputeChild, Ends, Outcome
from .errors import PathShortener, failure
from .json_values import encode
from .keeping import Keeping
from .pickled import dump, load
from .session import Arguments, Command, Session, phoebe_settings
from .state import Shipping


class _NotUnderstood(Exception):
    """What a client is told of something that is no command."""


class SessionExecutor:
    """A `worker.Executor` over one session."""

    def __init__(
        self,
        session: Session,
        commands: Mapping[str, Command],
        paths: PathShortener,
        shipping: Shipping = Shipping(),  # noqa: B008 - a tuple of constants
        processes: int = 1,
    ) -> None:
        """`processes` is how many a command in a child has at most."""
        self._session = session
        self._commands = commands
        self._paths = paths
        self._processes = processes
        self._keeping = Keeping(session, shipping, paths)
        # Whole bundles that were read while a task runs, by the command's name.
        self._read: dict[str, Answer] = {}

    def execute(self, body: bytes) -> Answer | ComputeChild:
        # BaseException throughout: what a client sends can make PHOEBE evaluate code, and neither
        # its SystemExit nor its KeyboardInterrupt may end the worker.
        try:
            name, command, arguments = self._understood(body)
            if command.in_child:
                return self._in_child(name, command, arguments)
        except _NotUnderstood as refused:
            return Answer.failure(str(refused))
        except BaseException as error:
            return failure(error, self._paths)
        started = time.process_time()
        answer = self._run(command, arguments)
        return self._keeping.with_state(answer, command.looks, time.process_time() - started)

    def execute_beside(self, body: bytes) -> Answer:
        try:
            name, command, arguments = self._understood(body)
        except _NotUnderstood as refused:
            return Answer.failure(str(refused))
        except BaseException as error:
            return failure(error, self._paths)
        if command.in_child or (command.changes and not command.beside):
            return Answer.failure(f"{name} cannot be done while another command computes.")
        # The whole bundle takes a while, and is the same until the task has ended.
        if command.beside and name in self._read:
            return self._read[name]
        found = self._run(command, arguments, may_change=False)
        if command.beside and found.success:
            self._read[name] = found
        return self._keeping.with_state(found, command.looks)

    def ended(self) -> None:
        self._read.clear()

    def serve(self, kind: int, body: bytes) -> Answer | ComputeChild:
        return self._keeping.serve(kind, body)

    def _understood(self, body: bytes) -> tuple[str, Command, Arguments]:
        request = json.loads(body)
        if not isinstance(request, dict):
            raise _NotUnderstood("A command is a JSON object.")
        name = request.pop("command", None)
        command = self._commands.get(name) if isinstance(name, str) else None
        if command is None:
            raise _NotUnderstood(f"API does not recognize command {name}.")
        return name, command, request

    def _run(self, command: Command, arguments: Arguments, may_change: bool = True) -> Answer:
        try:
            self._session.begin(command.changes and may_change)
            with phoebe_settings():
                result = command.run(self._session, arguments)
                return Answer(True, b'{"success":true,"result":' + encode(result) + b"}")
        except BaseException as error:
            return failure(error, self._paths)

    def _in_child(self, name: str, command: Command, arguments: Arguments) -> ComputeChild:
        def work(ends: Ends) -> Outcome:
            parallel.begin(ends.progress, ends.share, self._processes)
            answer = self._run(command, arguments)
            if not answer.success or not command.changes:
                return answer, None
            try:
                return answer, dump(self._session.bundle)
            except BaseException as error:
                return failure(error, self._paths), None

        def take_over(answer: Answer, state: bytes) -> Answer:
            try:
                # Not put into the old object: constraints would go on with the one it came in.
                self._session.bundle = load(state)
            except BaseException as error:
                return failure(error, self._paths)
            return self._keeping.with_dump(answer, state)

        return ComputeChild(name, work, take_over)
