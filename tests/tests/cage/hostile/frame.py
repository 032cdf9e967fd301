"""The frame of the hostile code: how an attack is run, and what came of it.

An attack is a function that is given its targets. What it returns says that it succeeded, and how.
What it raises is one of these:

- `OSError` of a refusal (EPERM, EACCES, ENOSYS): blocked;
- `Held`: blocked, by what is not an error of a system call;
- `Absent`: this machine, or this way into the worker, has nothing to attack;
- anything else: broken. An attack that fails by its own fault proves nothing.

Each runs in a fork of its own, so that one that succeeds does not change what the next one can do.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import signal
from collections.abc import Callable
from typing import Any, NamedTuple

Targets = dict[str, Any]
Attack = Callable[[Targets], str]

_REFUSALS = {errno.EPERM, errno.EACCES, errno.ENOSYS}
# No socket of this kind: refused, or not in this kernel. The test knows which of the two it was by
# what happens without a sandbox.
_UNKNOWN = {errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT, errno.EOPNOTSUPP}
_SECONDS = 20

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

# System calls that Python has no function for: numbers on x86_64 and aarch64.
_NUMBERS = {
    "add_key": (248, 217),
    "bpf": (321, 280),
    "capget": (125, 90),
    "capset": (126, 91),
    "chroot": (161, 51),
    "clone": (56, 220),
    "clone3": (435, 435),
    "execveat": (322, 281),
    "fanotify_init": (300, 262),
    "fsopen": (430, 430),
    "get_robust_list": (274, 100),
    "init_module": (175, 105),
    "inotify_add_watch": (254, 27),
    "inotify_init1": (294, 26),
    "io_uring_setup": (425, 425),
    "ioprio_set": (251, 30),
    "kcmp": (312, 272),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "mount": (165, 40),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "msgctl": (71, 187),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "openat2": (437, 437),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pivot_root": (155, 41),
    "prlimit64": (302, 261),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "rt_sigqueueinfo": (129, 138),
    "semctl": (66, 191),
    "semget": (64, 190),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "shmctl": (31, 195),
    "shmget": (29, 194),
    "syslog": (103, 116),
    "tgkill": (234, 131),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
_MACHINE = {"x86_64": 0, "aarch64": 1}


class Held(Exception):
    """Blocked, by what is not an error of a system call."""


class Absent(Exception):
    """There is nothing to attack here."""


class _Entry(NamedTuple):
    run: Attack
    forked: bool
    refusals: frozenset[int]


_ATTACKS: dict[str, _Entry] = {}


def attack(
    name: str, *, forked: bool = True, unknown: bool = False, refusals: tuple[int, ...] = ()
) -> Callable[[Attack], Attack]:
    """Lists a function as an attack.

    `forked`: in a process of its own. `unknown`: that there is no such kind of socket is a
    refusal, too. `refusals`: more errors that are.
    """

    def register(run: Attack) -> Attack:
        if name in _ATTACKS:
            raise ValueError(f"two attacks are called {name}")
        all_refusals = _REFUSALS.union(refusals, _UNKNOWN if unknown else ())
        _ATTACKS[name] = _Entry(run, forked, frozenset(all_refusals))
        return run

    return register


def call(name: str, *arguments: Any, reached: tuple[int, ...] = ()) -> int:
    """A system call. Raises its `OSError`, unless that is one which says that it was let through.

    `reached`: errors that come after the question whether the caller may.
    """
    number = _NUMBERS[name][_MACHINE[platform.machine()]]
    # Numbers go in whole registers: what is left of a C int above 32 bits is anything.
    values = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *values))
    if result < 0:
        number = ctypes.get_errno()
        if number not in reached:
            raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option: int, *arguments: int) -> int:
    """`prctl`, with its `OSError`."""
    values = [ctypes.c_ulong(one) for one in (*arguments, 0, 0, 0, 0)[:4]]
    result = int(libc.prctl(option, *values))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"prctl: {os.strerror(ctypes.get_errno())}")
    return result


def run_all(targets: Targets) -> list[dict[str, str]]:
    """Every attack in its turn: name, outcome, detail."""
    return [{"name": name, **_run(name, entry, targets)} for name, entry in _ATTACKS.items()]


def _run(name: str, entry: _Entry, targets: Targets) -> dict[str, str]:
    if entry.forked:
        try:
            return _in_fork(name, entry, targets)
        except OSError:
            pass  # No fork is to be had: then here.
    return _here(name, entry, targets)


def _here(name: str, entry: _Entry, targets: Targets) -> dict[str, str]:
    try:
        return _outcome("succeeded", entry.run(targets))
    except OSError as error:
        number = error.errno or 0
        code = errno.errorcode.get(number, str(number))
        return _outcome(
            "blocked" if number in entry.refusals else "broken", f"{code} {error.strerror}"
        )
    except Held as held:
        return _outcome("blocked", str(held))
    except Absent as absent:
        return _outcome("absent", str(absent))
    except BaseException as error:
        return _outcome("broken", f"{type(error).__name__}: {error}")


def _outcome(outcome: str, detail: str) -> dict[str, str]:
    return {"outcome": outcome, "detail": detail[:300]}


def _in_fork(name: str, entry: _Entry, targets: Targets) -> dict[str, str]:
    read, write = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(read)
        os.close(write)
        raise
    if pid == 0:
        try:
            os.close(read)
            signal.alarm(_SECONDS)
            os.write(write, json.dumps(_here(name, entry, targets)).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        text = pipe.read()
    _, status = os.waitpid(pid, 0)
    if text:
        outcome: dict[str, str] = json.loads(text)
        return outcome
    code = os.waitstatus_to_exitcode(status)
    return _outcome("blocked" if code == -signal.SIGSYS else "broken", f"ended with {code}")
