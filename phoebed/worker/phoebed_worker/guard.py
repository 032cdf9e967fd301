"""The zygote's watch over its workers' process groups, for the day on which the daemon is killed.

The kernel kills each worker with the daemon (parent-death signal), but not what a user's code has
forked from a worker. Such a process cannot leave its group (the sandbox refuses `setsid` and
`setpgid`), so ending the groups ends everything. The daemon says when a worker was waited for:
its number may be another process's after that.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time

from .channel import Message
from .process import live_on_without_parent

# How long a process that the kernel ends may take to be gone, in seconds.
_DYING = 5.0


class Guard:
    """The groups to end, by the number of their leader."""

    def __init__(self) -> None:
        self._daemon = os.getppid()
        self._groups: set[int] = set()
        # Else the zygote would be gone before it could do anything.
        live_on_without_parent()

    def add(self, pid: int) -> None:
        self._groups.add(pid)

    def hear(self, message: Message) -> bool:
        """Takes a message of the daemon that is for the guard; false for any other."""
        match message:
            case {"op": "ended", "pid": int(pid)}:
                self._groups.discard(pid)
            case {"op": "guard", "pids": [*pids]}:
                self._groups.update(pid for pid in pids if type(pid) is int and pid > 1)
            case _:
                return False
        return True

    def daemon_gone(self) -> None:
        """Ends the groups if the daemon is dead; one that goes in order has ended them itself."""
        if not self._groups or not self._parent_ends():
            return
        for leader in self._groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(leader, signal.SIGKILL)

    def _parent_ends(self) -> bool:
        """Whether the daemon dies now: its descriptors close some time before its children are
        another's. One that lives on ends its zygote soon.
        """
        end = time.monotonic() + _DYING
        while os.getppid() == self._daemon:
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True
