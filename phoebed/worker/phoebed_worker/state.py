"""What of a session goes to the daemon, which keeps it and never looks into it.

Three forms: the **journal** entry repeats one change, the **fast** form is a whole session for the
same engine, the **portable** form a whole session for any. Pure: bytes and tags only.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

JOURNAL = "journal"
FAST = "fast"
PORTABLE = "portable"

# How large a state may be where the daemon does not say.
_LARGEST = 1 << 30
_LENGTH = 4


class State(NamedTuple):
    """A state on its way to the daemon. `engine` is who can read it; a journal entry has none."""

    form: str
    data: bytes
    engine: str | None = None


class Shipping(NamedTuple):
    """What the daemon wants of a worker: a state with each answer or not, of at most how much.

    `max_repeat_seconds` is how long repeating the journal may take for each MiB begun of the whole
    state before it: then a whole one is shipped again.
    """

    with_answers: bool = False
    max_bytes: int = _LARGEST
    max_repeat_seconds: float = math.inf

    @classmethod
    def parse(cls, message: Mapping[str, Any]) -> Shipping:
        """From the order for a worker. Raises `ValueError` saying what is wrong."""
        with_answers = message.get("ship_state", False)
        max_bytes = message.get("max_state_bytes", _LARGEST)
        if type(with_answers) is not bool:
            raise ValueError("a fork needs ship_state as bool")
        if type(max_bytes) is not int or max_bytes < 0:
            raise ValueError("a fork needs max_state_bytes as int, not negative")
        seconds = message.get("max_repeat_seconds", math.inf)
        if type(seconds) not in (int, float) or not seconds >= 0:
            raise ValueError("a fork needs max_repeat_seconds as number, not negative")
        return cls(with_answers, max_bytes, seconds)


class Stored(NamedTuple):
    """A session as the daemon gives it back: a whole state, and the journal after it, in order."""

    state: State
    journal: list[bytes]

    @classmethod
    def parse(cls, body: bytes) -> Stored:
        """The body of a restore request. Raises `ValueError` saying what is wrong.

        Length of the header u32, big-endian, then the header
        `{"form":"fast","engine":"…","state":186467,"journal":[112,98]}`, then the bytes of the
        state and of the entries, as long as the header says.
        """
        end = _LENGTH + int.from_bytes(body[:_LENGTH], "big")
        header = json.loads(body[_LENGTH:end])
        match header:
            case {"form": str(form), "engine": str(engine), "state": int(size), "journal": list()}:
                lengths = [size, *header["journal"]]
            case _:
                raise ValueError("the header needs form, engine, state and journal")
        if form not in (FAST, PORTABLE):
            raise ValueError(f"'{form}' is not the form of a whole state")
        parts: list[bytes] = []
        for length in lengths:
            if type(length) is not int or length < 0:
                raise ValueError(f"{length!r} is not a length")
            parts.append(body[end : end + length])
            end += length
        if end != len(body):
            raise ValueError(f"{end} bytes announced, {len(body)} came")
        return cls(State(form, parts[0], engine), parts[1:])
