"""One session: its bundle, and the executor that carries out commands on it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import phoebe

from .answers import Answer
from .compute_child import ComputeChild, Outcome
from .errors import PathShortener, failure
from .graft import dump, graft
from .json_values import encode

Arguments = dict[str, Any]


class Session:
    """The state that commands work on: the bundle, and the start bundles it can go back to."""

    def __init__(self, bundle: Any, start_bundles: Mapping[str, bytes]) -> None:
        """`start_bundles` are pickles by the name of the morphology."""
        self.bundle = bundle
        self.start_bundles = start_bundles

    def start_over(self, morphology: str) -> None:
        """Back to the start bundle of a morphology."""
        self.bundle = pickle.loads(self.start_bundles[morphology])


class Command(NamedTuple):
    """What a command does: the result of `run` becomes its JSON result.

    One that runs `in_child` works on a copy of the session, whose bundle is taken over after it.
    """

    run: Callable[[Session, Arguments], Any]
    in_child: bool = False


class SessionExecutor:
    """A `worker.Executor` over one session."""

    def __init__(
        self, session: Session, commands: Mapping[str, Command], paths: PathShortener
    ) -> None:
        self._session = session
        self._commands = commands
        self._paths = paths

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
            return self._run(command, request)
        except BaseException as error:
            return failure(error, self._paths)

    def _run(self, command: Command, arguments: Arguments) -> Answer:
        settings = dict(phoebe.conf.__dict__)
        try:
            result = command.run(self._session, arguments)
            return Answer(True, b'{"success":true,"result":' + encode(result) + b"}")
        except BaseException as error:
            return failure(error, self._paths)
        finally:
            # PHOEBE switches its checks and constraints off for a while in some calls, and leaves
            # them off when those fail.
            phoebe.conf.__dict__.update(settings)

    def _in_child(self, name: str, command: Command, arguments: Arguments) -> ComputeChild:
        def work() -> Outcome:
            answer = self._run(command, arguments)
            if not answer.success:
                return answer, None
            try:
                return answer, dump(self._session.bundle)
            except BaseException as error:
                return failure(error, self._paths), None

        def take_over(state: bytes) -> Answer | None:
            try:
                graft(self._session.bundle, state)
            except BaseException as error:
                return failure(error, self._paths)
            return None

        return ComputeChild(name, work, take_over)
