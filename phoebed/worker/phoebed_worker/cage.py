"""Puts the daemon's policy for a worker into force: limits, Landlock, seccomp, in that order.

The policy itself is the daemon's (`phoebed/src/workers/sandbox/`); nothing here decides. What is in
force cannot be taken off again and is inherited by every child.
"""

from __future__ import annotations

import ctypes
import os
import resource
from dataclasses import dataclass
from typing import Any

_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_PR_SET_NO_NEW_PRIVS = 38
_SYS_LANDLOCK_RESTRICT_SELF = 446  # the same on every architecture
_INSTRUCTION = 8  # bytes of a struct sock_filter

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


@dataclass(frozen=True)
class Cage:
    """The policy: limits by name (0 is none), seccomp programs, a Landlock ruleset's descriptor."""

    limits: dict[str, int]
    filters: list[bytes]
    ruleset: int | None

    @classmethod
    def parse(cls, limits: Any, filters: Any, ruleset: int | None) -> Cage:
        """From the members of an order. Raises `ValueError` saying what is wrong."""
        if not isinstance(limits, dict) or not all(type(value) is int for value in limits.values()):
            raise ValueError("a fork needs limits as whole numbers")
        if not isinstance(filters, list) or not all(isinstance(text, str) for text in filters):
            raise ValueError("a fork needs filters as a list of texts")
        return cls(limits, [bytes.fromhex(text) for text in filters], ruleset)

    def enclose(self) -> None:
        """Encloses this process for good. Raises `OSError` when the kernel refuses."""
        self._limit()
        if self.ruleset is None and not self.filters:
            return
        _check("no_new_privs", _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        if self.ruleset is not None:
            restricted = _libc.syscall(_SYS_LANDLOCK_RESTRICT_SELF, self.ruleset, 0)
            _check("landlock_restrict_self", restricted)
            os.close(self.ruleset)
        for program in self.filters:
            loaded = _Program(len(program) // _INSTRUCTION, program)
            done = _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(loaded), 0, 0)
            _check("seccomp", done)

    def _limit(self) -> None:
        os.nice(self.limits.get("nice", 0))
        for name, kind in (
            ("memory_bytes", resource.RLIMIT_AS),
            ("open_files", resource.RLIMIT_NOFILE),
            ("file_bytes", resource.RLIMIT_FSIZE),
        ):
            value = self.limits.get(name, 0)
            if value > 0:
                _, hard = resource.getrlimit(kind)
                most = value if hard == resource.RLIM_INFINITY else min(value, hard)
                resource.setrlimit(kind, (most, most))


def _check(what: str, result: int) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
