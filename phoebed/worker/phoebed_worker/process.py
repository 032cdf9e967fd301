"""What the kernel is told of a process: who its death follows, which descriptors it keeps."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import resource
import signal
import sys
from collections.abc import Iterable

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int) -> None:
    """Has the kernel kill this process when its parent dies; ends it if that has happened.

    `parent` is the pid read while the parent was certainly alive. The setting is not inherited by
    fork, so every process makes its own.
    """
    if _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"prctl(PR_SET_PDEATHSIG): {os.strerror(error)}")
    if os.getppid() != parent:
        # The parent died before the line above: no signal will come for that any more.
        os._exit(1)


def live_on_without_parent() -> None:
    """Undoes `die_with_parent`, for a process that has something to do after that."""
    _libc.prctl(_PR_SET_PDEATHSIG, 0, 0, 0, 0)


def close_descriptors_except(keep: Iterable[int]) -> None:
    """Closes every descriptor of this process but those."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    top = max(soft, hard) if resource.RLIM_INFINITY not in (soft, hard) else 1 << 30
    low = 0
    for fd in [*sorted(set(keep)), top]:
        if low < fd:
            os.closerange(low, fd)
        low = fd + 1


def reseed() -> None:
    """Gives this fork random numbers of its own; numpy's too where numpy is loaded."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def log(line: str) -> None:
    """Writes one line to the output pipe, which the daemon reads; a closed pipe is no error."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(line.rstrip("\n") + "\n")
        sys.stderr.flush()
