"""Forks that Python does not offer: a child of this process's parent, a child with its pidfd.

`clone(CLONE_PARENT)` makes the worker a child of the daemon, which can then wait for it and whose
death it follows, at the cost of one fork (a double fork with a subreaper costs two, and each
copies the page tables of PHOEBE). CPython offers no such fork, so the system call goes in
directly, between the hooks that `os.fork` itself calls.

Zygote and workers have one thread. glibc's own fork has work to do only for other threads (locks,
buffers) and for the thread id it caches; the kernel renews that one for us where it tells its
address.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal

_CLONE_PIDFD = 0x00001000
_CLONE_PARENT = 0x00008000
_CLONE_CHILD_CLEARTID = 0x00200000
_CLONE_CHILD_SETTID = 0x01000000
_PR_GET_TID_ADDRESS = 40
_SYS_CLONE = {"x86_64": 56, "aarch64": 220}

# PyDLL keeps the interpreter lock during the call: the child must be born holding it.
_python = ctypes.PyDLL(None, use_errno=True)
_python.syscall.restype = ctypes.c_long


def fork_for_parent() -> int:
    """Forks; the child's parent is this process's parent. Returns 0 in the child, else its pid.

    Raises `OSError` when the kernel refuses, in which case there is no child.
    """
    return _clone(_CLONE_PARENT, None)


def fork_with_pidfd() -> tuple[int, int]:
    """Forks. Returns the child's pid and a descriptor of it; in the child twice 0.

    A worker may open a descriptor of no process (its sandbox refuses `pidfd_open`), so the one of
    its own child comes with the fork. Raises `OSError` as `fork_for_parent` does.
    """
    descriptor = ctypes.c_int(0)
    pid = _clone(_CLONE_PIDFD, descriptor)
    return pid, descriptor.value if pid else 0


def _clone(flags: int, pidfd: ctypes.c_int | None) -> int:
    flags, thread_id = flags | signal.SIGCHLD, _thread_id_address()
    if thread_id:
        flags |= _CLONE_CHILD_SETTID | _CLONE_CHILD_CLEARTID
    machine = platform.machine()
    if machine not in _SYS_CLONE:
        raise OSError(f"no clone on a machine of kind {machine}")
    numbers = [ctypes.c_long(value) for value in (_SYS_CLONE[machine], flags, 0)]
    parent = ctypes.c_void_p(None) if pidfd is None else ctypes.byref(pidfd)
    # The last two are (child thread id, TLS) on x86_64 and the other way round on aarch64.
    last = (thread_id, 0) if machine == "x86_64" else (0, thread_id)
    _python.PyOS_BeforeFork()
    pid = int(_python.syscall(*numbers, parent, *(ctypes.c_long(value) for value in last)))
    if pid == 0:
        _python.PyOS_AfterFork_Child()
        return 0
    error = ctypes.get_errno()
    _python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(error, f"clone: {os.strerror(error)}")
    return pid


def _thread_id_address() -> int:
    """Where glibc keeps this thread's id, as the kernel knows it; 0 when it does not tell."""
    address = ctypes.c_void_p(0)
    if _python.prctl(_PR_GET_TID_ADDRESS, ctypes.byref(address), 0, 0, 0) != 0:
        return 0
    return address.value or 0
