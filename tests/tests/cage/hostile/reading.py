"""Reading what is not the session's own: secrets, files, processes."""

from __future__ import annotations

import ctypes
import errno
import glob
import os
import sys

from .frame import Absent, Held, Targets, attack, call

_SELF = "/proc/self"
# The characters of a string follow its header. Forks of one process have it at one address.
_TEXT_AT = 48


def look_in(path: str, until: int = 64) -> str:
    """Opens a file and reads its beginning, of which nothing is told."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        return f"{len(os.read(descriptor, until))} bytes of {path}"
    finally:
        os.close(descriptor)


def _searched(path: str, secret: str) -> str:
    with open(path, "rb") as file:
        if secret.encode() in file.read():
            return f"the secret is in {path}"
    raise Held("read, but the secret is not there")


def _reading(name: str, path: str) -> None:
    """Attacks that read one file or list one directory; names in braces are targets."""

    @attack(name)
    def read(targets: Targets) -> str:
        place = path.format(**targets)
        if os.path.isdir(place):
            return f"{len(os.listdir(place))} entries of {place}"
        return look_in(place)


for _name, _path in {
    "read_config": "{config}",
    "read_database": "{database}",
    "read_state_lock": "{state}/lock",
    "list_state": "{state}",
    "list_daemon_directory": "{home}",
    "read_passwd": "/etc/passwd",
    "list_root": "/",
    "list_etc": "/etc",
    "list_root_home": "/root",
    "list_home": "/home",
    "list_tmp": "/tmp",
    "list_sys": "/sys",
    "list_proc": "/proc",
    "list_proc_net": "/proc/net/",
    "read_proc_1": "/proc/1/stat",
    "read_proc_stat": "/proc/stat",
    "read_daemon_cmdline": "/proc/{daemon}/cmdline",
    "read_daemon_maps": "/proc/{daemon}/maps",
    "list_daemon_descriptors": "/proc/{daemon}/fd",
    "read_daemon_auxv": "/proc/{daemon}/auxv",
    "read_zygote_cmdline": "/proc/{zygote}/cmdline",
    "read_zygote_environ": "/proc/{zygote}/environ",
    "read_zygote_maps": "/proc/{zygote}/maps",
    "list_zygote_descriptors": "/proc/{zygote}/fd",
    "read_sibling_cmdline": "/proc/{sibling}/cmdline",
    "read_sibling_environ": "/proc/{sibling}/environ",
    "read_sibling_maps": "/proc/{sibling}/maps",
    "list_sibling_descriptors": "/proc/{sibling}/fd",
    "list_sibling_scratch": "{sibling_scratch}",
    "read_sibling_file": "{sibling_scratch}/private",
    "read_by_proc_root": "/proc/self/root{config}",
    "read_by_proc_cwd": "/proc/self/cwd/../../../phoebed.toml",
    "read_by_parents": "../../../phoebed.toml",
}.items():
    _reading(_name, _path)


@attack("read_link_of_daemon")
def _link_of_daemon(targets: Targets) -> str:
    return os.readlink(f"/proc/{targets['daemon']}/cwd")


@attack("secret_in_own_environment", forked=False)
def _own_environment(targets: Targets) -> str:
    found = [name for name, value in os.environ.items() if targets["secret"] in value]
    if found:
        return f"in the variable {found[0]}"
    raise Held("not among the variables")


@attack("secret_in_daemon_environment")
def _daemon_environment(targets: Targets) -> str:
    return _searched(f"/proc/{targets['daemon']}/environ", targets["secret"])


@attack("secret_in_config")
def _config(targets: Targets) -> str:
    return _searched(targets["config"], targets["secret"])


@attack("read_kernel_log")
def _kernel_log(targets: Targets) -> str:
    return look_in("/dev/kmsg", 8192)


@attack("open_disk")
def _disk(targets: Targets) -> str:
    for path in glob.glob("/dev/vd?") + glob.glob("/dev/sd?") + glob.glob("/dev/nvme?n?"):
        os.close(os.open(path, os.O_RDONLY))
        return f"{path} is open"
    for path in ("/dev/vda", "/dev/sda", "/dev/nvme0n1"):
        if os.path.exists(path):
            os.close(os.open(path, os.O_RDONLY))
            return f"{path} is open"
    raise Absent("no disk under a usual name")


@attack("read_sibling_memory")
def _sibling_memory(targets: Targets) -> str:
    descriptor = os.open(f"/proc/{targets['sibling']}/mem", os.O_RDONLY)
    text = os.pread(descriptor, 6, id(sys.version) + _TEXT_AT)
    return f"it says {text.decode('ascii', 'replace')!r}"


@attack("open_daemon_memory")
def _daemon_memory(targets: Targets) -> str:
    os.close(os.open(f"/proc/{targets['daemon']}/mem", os.O_RDWR))
    return "open for reading and writing"


@attack("open_zygote_memory")
def _zygote_memory(targets: Targets) -> str:
    os.close(os.open(f"/proc/{targets['zygote']}/mem", os.O_RDWR))
    return "open for reading and writing"


@attack("read_by_symlink")
def _by_symlink(targets: Targets) -> str:
    os.symlink(targets["config"], "a-link")
    try:
        return look_in("a-link")
    finally:
        os.unlink("a-link")


# Landlock answers with EXDEV where one directory lies in its rules and the other does not.
@attack("read_by_hard_link", refusals=(errno.EXDEV,))
def _by_hard_link(targets: Targets) -> str:
    os.link(targets["config"], "a-hard-link")
    try:
        return look_in("a-hard-link")
    finally:
        os.unlink("a-hard-link")


@attack("read_by_directory_descriptor")
def _by_directory(targets: Targets) -> str:
    directory = os.open(targets["home"], os.O_PATH)
    os.close(os.open("phoebed.toml", os.O_RDONLY, dir_fd=directory))
    return "the configuration is open"


@attack("read_by_openat2")
def _by_openat2(targets: Targets) -> str:
    how = (ctypes.c_uint64 * 3)(os.O_RDONLY, 0, 0)
    path = ctypes.c_char_p(targets["config"].encode())
    os.close(call("openat2", -100, path, how, ctypes.sizeof(how)))
    return "the configuration is open"


@attack("read_by_chdir")
def _by_chdir(targets: Targets) -> str:
    os.chdir(targets["home"])
    return look_in("phoebed.toml")


@attack("open_by_handle")
def _by_handle(targets: Targets) -> str:
    handle = (ctypes.c_uint32 * 34)(128)
    mount = ctypes.c_int(0)
    path = ctypes.c_char_p(targets["config"].encode())
    call("name_to_handle_at", -100, path, handle, ctypes.byref(mount), 0)
    directory = os.open(".", os.O_RDONLY)
    os.close(call("open_by_handle_at", directory, handle, os.O_RDONLY))
    return "the configuration is open"


@attack("watch_state")
def _watch(targets: Targets) -> str:
    descriptor = call("inotify_init1", os.O_CLOEXEC)
    call("inotify_add_watch", descriptor, ctypes.c_char_p(targets["state"].encode()), 0x100)
    return "every new file of the state directory is told"


@attack("watch_machine")
def _fanotify(targets: Targets) -> str:
    os.close(call("fanotify_init", 0, os.O_RDONLY))
    return "fanotify is open"


@attack("list_own_descriptors")
def _own_descriptors(targets: Targets) -> str:
    return f"{len(os.listdir(_SELF + '/fd'))} entries"


@attack("know_that_a_file_exists")
def _stat(targets: Targets) -> str:
    return f"{os.stat(targets['config']).st_size} bytes in the configuration"


@attack("inherited_descriptors", forked=False)
def _inherited(targets: Targets) -> str:
    kinds = {0o140000: "socket", 0o010000: "pipe", 0o020000: "device", 0: "anonymous"}
    found = []
    for descriptor in range(4096):
        try:
            mode = os.fstat(descriptor).st_mode
        except OSError:
            continue
        found.append((descriptor, kinds.get(mode & 0o170000, oct(mode))))
    told = ", ".join(f"{descriptor} {kind}" for descriptor, kind in found)
    standard = [(0, "device"), (1, "pipe"), (2, "pipe")]
    # A compute child has a pipe for its result, one to tell how far it is, one to be told by.
    own = ["pipe"] * 3 if targets["way"] == "feature" else ["socket"]
    if found[:3] == standard and [kind for _, kind in found[3:]] == own:
        raise Held(told)
    return told
