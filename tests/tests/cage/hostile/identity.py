"""Who the process is: user, capabilities, limits, its place among others."""

from __future__ import annotations

import ctypes
import os
import resource

from .frame import Absent, Held, Targets, attack, call, prctl


@attack("set_uid")
def _set_uid(targets: Targets) -> str:
    os.setresuid(65534, 65534, 65534)
    return "another user"


@attack("set_gid")
def _set_gid(targets: Targets) -> str:
    os.setresgid(65534, 65534, 65534)
    return "another group"


@attack("set_groups")
def _set_groups(targets: Targets) -> str:
    os.setgroups([0])
    return "other groups"


@attack("set_capabilities")
def _capset(targets: Targets) -> str:
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    call("capget", header, sets)
    sets[0] |= 1
    sets[1] |= 1
    call("capset", header, sets)
    return "it may change the owner of any file"


@attack("has_capabilities", forked=False)
def _capabilities(targets: Targets) -> str:
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    call("capget", header, sets)
    bounding = 0
    for number in range(64):
        try:
            bounding += prctl(23, number)
        except OSError:
            break
    told = f"sets {[hex(one) for one in sets]}, {bounding} in the bounding set"
    if any(sets):
        return told
    raise Held(told)


@attack("gains_privileges", forked=False)
def _no_new_privileges(targets: Targets) -> str:
    if prctl(39) == 1:
        raise Held("no_new_privs is 1")
    return "no_new_privs is 0"


def _raising(name: str, which: int) -> None:
    @attack(name)
    def raise_limit(targets: Targets) -> str:
        hard = resource.getrlimit(which)[1]
        if hard == resource.RLIM_INFINITY:
            raise Absent("there is no limit to raise")
        more = (ctypes.c_uint64 * 2)(2**64 - 1, 2**64 - 1)
        if which == resource.RLIMIT_NOFILE:
            more = (ctypes.c_uint64 * 2)(hard + 1, hard + 1)
        call("prlimit64", 0, which, more, None)
        return f"the limit was {hard}"


_raising("raise_core_size", resource.RLIMIT_CORE)
_raising("raise_open_files", resource.RLIMIT_NOFILE)
_raising("raise_file_size", resource.RLIMIT_FSIZE)
_raising("raise_processes", resource.RLIMIT_NPROC)


@attack("dumpable")
def _dumpable(targets: Targets) -> str:
    prctl(4, 1)
    if prctl(3) != 1:
        raise Held("it stays as it was")
    return "core dumps, and others may look into it"


@attack("real_time")
def _real_time(targets: Targets) -> str:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    return "before all others"


@attack("more_priority")
def _nice(targets: Targets) -> str:
    os.setpriority(os.PRIO_PROCESS, 0, -1)
    return "before others"


@attack("spared_by_oom_killer")
def _oom(targets: Targets) -> str:
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("-1000")
    return "others die first"
