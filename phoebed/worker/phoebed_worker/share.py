"""How many processes a command may keep busy now: the daemon's word, which changes while it runs.

The worker passes it on through a pipe; whoever hands out work looks before each piece.
"""

from __future__ import annotations

import os
import struct

_COUNT = struct.Struct(">I")


class Share:
    """Of this process; one where nobody says otherwise."""

    def __init__(self) -> None:
        self._pipe: int | None = None
        self._count = 1
        self.most = 1

    def of(self, pipe: int | None, most: int) -> None:
        """From now on by this pipe, which must not block; never more than `most`."""
        self._pipe, self._count, self.most = pipe, 1, max(1, most)

    def fileno(self) -> int | None:
        """What becomes readable when it changes."""
        return self._pipe

    def count(self) -> int:
        """At least one: a process that may have none is stopped by the worker."""
        while self._pipe is not None:
            try:
                word = os.read(self._pipe, _COUNT.size)
            except BlockingIOError:
                break
            if len(word) < _COUNT.size:
                self._pipe = None  # the worker is gone, and this process soon
                break
            (self._count,) = _COUNT.unpack(word)
        return min(max(1, self._count), self.most)


def word(count: int) -> bytes:
    """What goes through the pipe."""
    return _COUNT.pack(count)


SHARE = Share()
"""That of this process."""
