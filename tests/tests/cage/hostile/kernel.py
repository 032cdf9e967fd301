"""The kernel itself: namespaces, mounts, and doors that few programs need."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import socket

from .frame import Absent, Targets, attack, call

_NAMESPACES = {
    "user": 0x10000000,
    "mount": 0x00020000,
    "process": 0x20000000,
    "network": 0x40000000,
    "ipc": 0x08000000,
    "host": 0x04000000,
    "cgroup": 0x02000000,
}
_SIGCHLD = 17
_MS_PRIVATE_ALL = 0x4000 | 0x40000


def _unsharing(kind: str, flag: int) -> None:
    @attack(f"namespace_{kind}")
    def unshare(targets: Targets) -> str:
        try:
            call("unshare", flag)
        except OSError as error:
            if error.errno == errno.EINVAL:
                raise Absent("this kernel has no such namespace") from None
            raise
        return "a namespace of its own"


for _kind, _flag in _NAMESPACES.items():
    _unsharing(_kind, _flag)


@attack("namespace_by_clone")
def _clone(targets: Targets) -> str:
    pid = call("clone", _NAMESPACES["mount"] | _SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "a child in a namespace of its own"


@attack("namespace_by_clone3")
def _clone3(targets: Targets) -> str:
    arguments = (ctypes.c_uint64 * 11)()
    arguments[0], arguments[4] = _NAMESPACES["mount"], _SIGCHLD
    pid = call("clone3", arguments, ctypes.sizeof(arguments))
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "a child in a namespace of its own"


@attack("enter_namespace")
def _setns(targets: Targets) -> str:
    call("setns", -1, 0, reached=(errno.EBADF, errno.EINVAL))
    return "let through"


def _in_own_mounts() -> None:
    """Where it is allowed, mounts are made where the machine does not see them."""
    try:
        call("unshare", _NAMESPACES["mount"])
        call("mount", None, ctypes.c_char_p(b"/"), None, _MS_PRIVATE_ALL, None)
    except OSError:
        return


@attack("mount")
def _mount(targets: Targets) -> str:
    _in_own_mounts()
    os.makedirs("a-mount", exist_ok=True)
    kind, place = ctypes.c_char_p(b"tmpfs"), ctypes.c_char_p(b"a-mount")
    call("mount", kind, place, kind, 0, None)
    call("umount2", place, 2)
    return "mounted"


@attack("unmount")
def _unmount(targets: Targets) -> str:
    _in_own_mounts()
    call("umount2", ctypes.c_char_p(b"."), 0, reached=(errno.EINVAL,))
    return "let through"


@attack("mount_by_descriptor")
def _fsopen(targets: Targets) -> str:
    os.close(call("fsopen", ctypes.c_char_p(b"tmpfs"), 0))
    return "a file system to be mounted"


@attack("clone_mount_tree")
def _open_tree(targets: Targets) -> str:
    os.close(call("open_tree", -100, ctypes.c_char_p(b"/"), 1))
    return "a copy of the root"


@attack("chroot")
def _chroot(targets: Targets) -> str:
    call("chroot", ctypes.c_char_p(b"."))
    return "another root"


@attack("pivot_root")
def _pivot_root(targets: Targets) -> str:
    here = ctypes.c_char_p(b".")
    call("pivot_root", here, here, reached=(errno.EINVAL, errno.EBUSY))
    return "let through"


@attack("add_key")
def _add_key(targets: Targets) -> str:
    kind, name = ctypes.c_char_p(b"user"), ctypes.c_char_p(b"phoebed-cage")
    call("add_key", kind, name, ctypes.c_char_p(b"x"), 1, -2)
    return "a key of the kernel"


@attack("keyctl")
def _keyctl(targets: Targets) -> str:
    call("keyctl", 0, -4, 1)
    return "the keys of the user"


@attack("bpf")
def _bpf(targets: Targets) -> str:
    call("bpf", 0, None, 0, reached=(errno.EINVAL, errno.EFAULT))
    return "let through"


@attack("perf")
def _perf(targets: Targets) -> str:
    call("perf_event_open", None, 0, -1, -1, 0, reached=(errno.EFAULT, errno.EINVAL))
    return "let through"


@attack("io_uring")
def _io_uring(targets: Targets) -> str:
    os.close(call("io_uring_setup", 1, (ctypes.c_uint8 * 120)()))
    return "a ring"


@attack("memory_file")
def _memory_file(targets: Targets) -> str:
    os.close(call("memfd_create", ctypes.c_char_p(b"x"), 0))
    return "a file without a name"


@attack("userfaultfd")
def _userfaultfd(targets: Targets) -> str:
    os.close(call("userfaultfd", os.O_CLOEXEC))
    return "page faults of the kernel can be held up"


@attack("personality")
def _personality(targets: Targets) -> str:
    call("personality", 0x0040000)
    return "addresses are not random any more"


@attack("load_module")
def _module(targets: Targets) -> str:
    call("init_module", None, 0, ctypes.c_char_p(b""), reached=(errno.ENOEXEC, errno.EFAULT))
    return "let through"


@attack("kernel_log")
def _syslog(targets: Targets) -> str:
    return f"{call('syslog', 10, None, 0)} bytes"


@attack("host_name")
def _host_name(targets: Targets) -> str:
    name = socket.gethostname().encode()
    call("sethostname", ctypes.c_char_p(name), len(name))
    return "set to what it was"


@attack("shared_memory")
def _shared_memory(targets: Targets) -> str:
    call("shmctl", call("shmget", 0, 4096, 0o600), 0, None)
    return "memory that outlives it"


@attack("semaphore")
def _semaphore(targets: Targets) -> str:
    call("semctl", call("semget", 0, 1, 0o600), 0, 0, None)
    return "a thing of the kernel that outlives it"


@attack("message_queue")
def _message_queue(targets: Targets) -> str:
    call("msgctl", call("msgget", 0, 0o600), 0, None)
    return "a queue that outlives it"


@attack("posix_queue")
def _posix_queue(targets: Targets) -> str:
    name = ctypes.c_char_p(f"phoebed-cage-{os.getpid()}".encode())
    os.close(call("mq_open", name, os.O_CREAT | os.O_RDWR, 0o600, None))
    call("mq_unlink", name)
    return "a queue that outlives it"


@attack("call_of_32_bits")
def _call_of_32_bits(targets: Targets) -> str:
    if platform.machine() != "x86_64":
        raise Absent("no such calls on this machine")
    # mov eax, 20 (getpid); int 0x80; ret
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    place = ctypes.addressof(ctypes.c_char.from_buffer(code))
    result = ctypes.CFUNCTYPE(ctypes.c_int)(place)()
    if result != os.getpid():
        raise PermissionError(errno.EPERM, f"it gave {result}")
    return "a second set of system calls"


@attack("allowed_random_numbers")
def _random(targets: Targets) -> str:
    with open("/dev/urandom", "rb") as file:
        return f"{len(file.read(8))} bytes of a device, {len(os.getrandom(8))} of the kernel"
