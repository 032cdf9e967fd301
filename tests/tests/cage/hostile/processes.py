"""Other processes: signals to them, their memory, their limits; and becoming another program."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys

from .frame import Held, Targets, attack, call, libc, prctl

# Does nothing to a process that is not stopped.
HARMLESS = signal.SIGCONT
_F_SETSIG = 10
_FIOSETOWN = 0x8901
_TEXT_AT = 48
_PTRACE_SEIZE = 0x4206
_KCMP_FILES = 2


def _open_process(pid: int) -> int:
    return call("pidfd_open", pid, 0)


def signal_by_descriptor(process: int, number: int) -> None:
    """`pidfd_send_signal`."""
    call("pidfd_send_signal", process, int(number), None, 0)


def _to_each(name: str, run: object) -> None:
    """The same attack on daemon, zygote and sibling."""
    for who in ("daemon", "zygote", "sibling"):

        @attack(f"{name}_{who}")
        def one(targets: Targets, who: str = who) -> str:
            run(targets[who])  # type: ignore[operator]
            return f"done to process {targets[who]}"


def _tgkill(pid: int) -> None:
    call("tgkill", pid, pid, int(HARMLESS))


def _queue(pid: int) -> None:
    information = ctypes.create_string_buffer(128)
    struct.pack_into("iii4xii", information, 0, HARMLESS, 0, -1, os.getpid(), os.getuid())
    call("rt_sigqueueinfo", pid, int(HARMLESS), information)


def _ptrace(pid: int) -> None:
    call("ptrace", _PTRACE_SEIZE, pid, 0, 0)


def _read_limit(pid: int) -> None:
    limit = (ctypes.c_uint64 * 2)()
    call("prlimit64", pid, 7, None, limit)


def _set_limit(pid: int) -> None:
    limit = (ctypes.c_uint64 * 2)()
    call("prlimit64", pid, 7, None, limit)
    call("prlimit64", pid, 7, limit, None)


def _steal(pid: int) -> None:
    os.close(call("pidfd_getfd", _open_process(pid), 1, 0))


def _priority(pid: int) -> None:
    os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, pid))


_to_each("kill_0", lambda pid: os.kill(pid, 0))
_to_each("kill", lambda pid: os.kill(pid, HARMLESS))
_to_each("kill_group", lambda pid: os.killpg(os.getpgid(pid), HARMLESS))
_to_each("tgkill", _tgkill)
_to_each("pidfd_signal", lambda pid: signal_by_descriptor(_open_process(pid), HARMLESS))
_to_each("queue_signal", _queue)
_to_each("ptrace", _ptrace)
_to_each("read_limit", _read_limit)
_to_each("set_limit", _set_limit)
_to_each("set_affinity", lambda pid: os.sched_setaffinity(pid, os.sched_getaffinity(pid)))
_to_each("set_priority", _priority)
_to_each("set_policy", lambda pid: os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0)))
_to_each("set_io_priority", lambda pid: call("ioprio_set", 1, pid, 0))
_to_each("steal_descriptor", _steal)
_to_each("compare", lambda pid: call("kcmp", os.getpid(), pid, _KCMP_FILES, 0, 0))
_to_each(
    "robust_list",
    lambda pid: call("get_robust_list", pid, (ctypes.c_uint64 * 1)(), (ctypes.c_uint64 * 1)()),
)


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def _same_place() -> tuple[_Vector, _Vector, ctypes.Array[ctypes.c_char]]:
    """A text of the zygote, which every fork of it has at one address, and room for it here."""
    here = ctypes.create_string_buffer(sys.version[:6].encode(), 6)
    return _Vector(ctypes.addressof(here), 6), _Vector(id(sys.version) + _TEXT_AT, 6), here


@attack("read_memory_sibling")
def _read_memory(targets: Targets) -> str:
    local, remote, _here = _same_place()
    call(
        "process_vm_readv",
        targets["sibling"], ctypes.byref(local), 1, ctypes.byref(remote), 1, 0,
    )  # fmt: skip
    return "read"


@attack("read_memory_daemon")
def _read_daemon_memory(targets: Targets) -> str:
    local, remote, _here = _same_place()
    call(
        "process_vm_readv",
        targets["daemon"], ctypes.byref(local), 1, ctypes.byref(remote), 1, 0,
        reached=(errno.EFAULT,),
    )  # fmt: skip
    return "let through"


@attack("write_memory_sibling")
def _write_memory(targets: Targets) -> str:
    local, remote, _here = _same_place()
    call(
        "process_vm_writev",
        targets["sibling"], ctypes.byref(local), 1, ctypes.byref(remote), 1, 0,
    )  # fmt: skip
    return "written"


@attack("kill_bystander")
def _kill(targets: Targets) -> str:
    os.kill(targets["bystander_kill"], signal.SIGKILL)
    return "sent"


@attack("signal_by_io", forked=False)
def _signal_by_io(targets: Targets) -> str:
    # The kernel sends it when the pipe can be read, without a call that names a signal then.
    read, write = os.pipe()
    try:
        fcntl.fcntl(read, fcntl.F_SETOWN, targets["bystander_io"])
        fcntl.fcntl(read, _F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(read, fcntl.F_GETFL)
        fcntl.fcntl(read, fcntl.F_SETFL, flags | os.O_ASYNC)
        os.write(write, b"x")
    finally:
        os.close(read)
        os.close(write)
    return "asked for"


@attack("owner_of_socket")
def _owner_of_socket(targets: Targets) -> str:
    one, _other = socket.socketpair()
    fcntl.ioctl(one, _FIOSETOWN, struct.pack("i", targets["bystander_io"]))
    return "signals of the kernel go to another process"


@attack("lease")
def _lease(targets: Targets) -> str:
    with open(os.__file__, "rb") as file:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    return "whoever writes the file is held up"


@attack("run_by_execve")
def _execve(targets: Targets) -> str:
    return _told(subprocess.run(["/bin/true"], check=False).returncode)


@attack("run_by_spawn")
def _spawn(targets: Targets) -> str:
    pid = os.posix_spawn("/bin/true", ["true"], {})
    return _told(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


@attack("run_by_shell")
def _shell(targets: Targets) -> str:
    return _told(os.waitstatus_to_exitcode(libc.system(b"exit 0") & 0xFFFF))


@attack("run_by_python")
def _python(targets: Targets) -> str:
    return _told(subprocess.run([sys.executable, "-c", ""], check=False).returncode)


@attack("run_by_loader")
def _loader(targets: Targets) -> str:
    for loader in ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"):
        with contextlib.suppress(FileNotFoundError):
            return _told(subprocess.run([loader, "/bin/true"], check=False).returncode)
    raise Held("no loader under a usual name")


@attack("run_own_script")
def _script(targets: Targets) -> str:
    with open("script", "w", encoding="ascii") as file:
        file.write("#!/bin/sh\nexit 0\n")
    os.chmod("script", 0o700)
    return _told(subprocess.run(["./script"], check=False).returncode)


@attack("run_from_memory")
def _from_memory(targets: Targets) -> str:
    memory = call("memfd_create", ctypes.c_char_p(b"program"), 0)
    with open("/bin/true", "rb") as program:
        os.write(memory, program.read())
    pid = os.fork()
    if pid == 0:
        try:
            arguments = (ctypes.c_char_p * 2)(b"true", None)
            call("execveat", memory, ctypes.c_char_p(b""), arguments, None, 0x1000)
        except OSError as error:
            os._exit(100 + (error.errno or 0))
        finally:
            os._exit(99)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code > 100:
        raise OSError(code - 100, os.strerror(code - 100))
    return _told(code)


def _told(code: int) -> str:
    if code == 0:
        return "it ran"
    if code == 127 or code == -signal.SIGSYS:
        raise Held(f"it did not run: {code}")
    raise RuntimeError(f"it ended with {code}")


@attack("clear_death_signal")
def _clear_death_signal(targets: Targets) -> str:
    prctl(1, 0)
    return "it outlives the daemon"


@attack("become_subreaper")
def _subreaper(targets: Targets) -> str:
    prctl(36, 1)
    return "orphans become its children"


@attack("new_session")
def _new_session(targets: Targets) -> str:
    os.setsid()
    return "out of its session and group"


@attack("new_group")
def _new_group(targets: Targets) -> str:
    os.setpgid(0, 0)
    return "out of its group"


@attack("child_of_parent")
def _child_of_parent(targets: Targets) -> str:
    pid = call("clone", 0x8000 | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return "a process that is its parent's child"


@attack("signal_by_proc_directory", refusals=(errno.EBADF,))
def _proc_directory(targets: Targets) -> str:
    # A directory of /proc stands for its process; one opened as a mere path does not.
    for flags in (os.O_RDONLY | os.O_DIRECTORY, os.O_PATH):
        try:
            signal_by_descriptor(os.open(f"/proc/{targets['sibling']}", flags), HARMLESS)
            return "sent"
        except OSError as error:
            refused = error
    raise refused


@attack("signal_to_own_child", forked=False)
def _own_child(targets: Targets) -> str:
    pid = os.fork()
    if pid == 0:
        signal.alarm(1)
        signal.pause()
        os._exit(0)
    os.kill(pid, signal.SIGKILL)
    return f"ended by {os.WTERMSIG(os.waitpid(pid, 0)[1])}"
