"""Carries out commands on one session, and sends along what they have changed."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .answers import Answer
from .compute_child import ComputeChild, Outcome
from .errors import PathShortener, failure
from .json_values import encode
from .keeping import Keeping
from .pickled import dump, load
from .session import Arguments, Command, Session, phoebe_settings
from .state import Shipping


class SessionExecutor:
    """A `worker.Executor` over one session."""

    def __init__(
        self,
        session: Session,
        commands: Mapping[str, Command],
        paths: PathShortener,
        shipping: Shipping = Shipping(),  # noqa: B008 - a tuple of constants
    ) -> None:
        self._session = session
        self._commands = commands
        self._paths = paths
        self._keeping = Keeping(session, shipping, paths)

    def execute(self, body: bytes) -> Answer | ComputeChild:
        # BaseException throughout: what a client sends can make PHOEBE evaluate code, and neither
        # its SystemExit nor its KeyboardInterrupt may end the worker.
        try:
            request = json.loads(body)
            if not isinstance(request, dict):
                return Answer.failure("A command is a JSON object.")
            name = request.pop("command", None)
            command = self._commands.get(name) if isinstance(name, str) else None
            if command is None:
                return Answer.failure(f"API does not recognize command {name}.")
            if command.in_child:
                return self._in_child(name, command, request)
        except BaseException as error:
            return failure(error, self._paths)
        return self._keeping.with_state(self._run(command, request), command.looks)

    def serve(self, kind: int, body: bytes) -> Answer | ComputeChild:
        return self._keeping.serve(kind, body)

    def _run(self, command: Command, arguments: Arguments) -> Answer:
        try:
            self._session.begin(command.changes)
            with phoebe_settings():
                result = command.run(self._session, arguments)
                return Answer(True, b'{"success":true,"result":' + encode(result) + b"}")
        except BaseException as error:
            return failure(error, self._paths)

    def _in_child(self, name: str, command: Command, arguments: Arguments) -> ComputeChild:
        def work() -> Outcome:
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
