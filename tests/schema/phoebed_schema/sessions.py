"""A live session for requests that name one."""

import os
import zlib
from typing import Any

from schemathesis import Case
from schemathesis.generation.meta import TestPhase

from phoebed_demo.client import Client

URL = "PHOEBED_SCHEMA_API"  # host:port of the public API


class LiveSession:
    """One session at a time; a new one is started when the last was ended."""

    def __init__(self, parameter: str) -> None:
        """`parameter` is the name of the id in paths."""
        host, _, port = os.environ[URL].rpartition(":")
        self._client = Client(host, int(port))
        self._parameter = parameter
        self._lived: dict[str, bool] = {}
        self.id: str | None = None

    def put_into(self, case: Case[Any]) -> None:
        """Half of the requests for a session are for one that lives, and so are all examples.

        Which half depends on the request alone, not on those before it.
        """
        if self._parameter in case.path_parameters and "session" in case.path:
            is_example = case.meta is not None and case.meta.phase.name == TestPhase.EXAMPLES
            if is_example or zlib.crc32(repr(case).encode()) % 2 == 0:
                case.path_parameters[self._parameter] = self._take()
            self._lived[case.id] = case.path_parameters[self._parameter] == self.id

    def lived(self, case: Case[Any]) -> bool | None:
        """Whether the session that the request is for lived when it was sent; none without one."""
        return self._lived.get(case.id)

    def adopt(self, session: str) -> None:
        """Takes a session that a request has started; the one before is ended."""
        before, self.id = self.id, session
        if before is not None:
            self._client.end_session(before)

    def ended(self, session: str) -> None:
        """That session is no more."""
        if self.id == session:
            self.id = None

    def _take(self) -> str:
        if self.id is None:
            self.id = self._client.start_session("schema")
        return self.id
