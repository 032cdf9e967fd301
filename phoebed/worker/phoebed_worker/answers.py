"""An answer, as the daemon and the client will get it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from .state import State

# Of an error in the header, in characters: the daemon's log needs no more, and takes no header
# that is much larger. The client's answer has the whole text.
_LONGEST_ERROR = 4096


@dataclass(frozen=True)
class Answer:
    """What one command came to: `body` is the client's JSON, the rest is for the daemon.

    `state` is what it has changed, to be kept; `state_error` is why what it has changed, or may
    have, is not there.
    """

    success: bool
    body: bytes
    error: str | None = None
    state: State | None = None
    state_error: str | None = None

    @classmethod
    def failure(cls, error: str, traceback: str | None = None) -> Answer:
        """An error answer. `traceback` is left out of the body when there is none."""
        body = {"success": False, "error": error}
        if traceback is not None:
            body["traceback"] = traceback
        return cls(False, json.dumps(body).encode("ascii"), error)

    def within(self, limit: int) -> Answer:
        """This answer, or an error in its place when it is larger than `limit` bytes.

        The state goes along in both cases.
        """
        if len(self.body) <= limit:
            return self
        error = Answer.failure(
            f"The answer is larger than this server passes on: {len(self.body)} bytes, "
            f"the limit is {limit} bytes."
            + (" What the command does has been done." if self.success else "")
        )
        return replace(error, state=self.state, state_error=self.state_error)

    def header(self, seconds: float) -> bytes:
        """The header frame: strict UTF-8 JSON, also when the error's text is not proper Unicode."""
        state = self.state
        header = {
            "success": self.success,
            "error": _short(self.error),
            "seconds": round(seconds, 6),
            "state": state.form if state is not None else None,
            "engine": state.engine if state is not None else None,
            "state_error": _short(self.state_error),
        }
        return json.dumps(header).encode("ascii")


def _short(text: str | None) -> str | None:
    """As much as the header takes, in proper Unicode."""
    return text and text[:_LONGEST_ERROR].encode("utf-8", "replace").decode("utf-8")
