"""Whether the worker is there."""

from __future__ import annotations

from ..session import Arguments, Session
from .arguments import exactly


def ping(session: Session, arguments: Arguments) -> dict[str, str]:
    """`{"status": "ready"}`; an argument is an error."""
    exactly("ping", arguments)
    return {"status": "ready"}
