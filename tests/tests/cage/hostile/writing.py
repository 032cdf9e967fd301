"""Changing what is not the session's own: files, their attributes, their names."""

from __future__ import annotations

import errno
import os
import stat

from .frame import Absent, Held, Targets, attack


def _own_path(targets: Targets, name: str) -> str:
    """A file of somebody else that was made for this attack and this way."""
    return os.path.join(targets["others"], name)


def _creating(name: str, directory: str) -> None:
    """Attacks that make a file, which is removed at once."""

    @attack(name)
    def create(targets: Targets) -> str:
        place = directory.format(**targets)
        if not os.path.isdir(place):
            raise Absent(f"no {place}")
        path = os.path.join(place, f"phoebed-cage-{os.getpid()}")
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        os.unlink(path)
        return f"made and removed {path}"


def _opening(name: str, path: str) -> None:
    """Attacks that open a file for writing and write nothing."""

    @attack(name)
    def open_it(targets: Targets) -> str:
        place = path.format(**targets)
        os.close(os.open(place, os.O_WRONLY | os.O_APPEND))
        return f"{place} is open for writing"


for _name, _directory in {
    "create_in_tmp": "/tmp",
    "create_in_var_tmp": "/var/tmp",
    "create_in_dev_shm": "/dev/shm",
    "create_in_root_home": "/root",
    "create_in_etc": "/etc",
    "create_in_run": "/run",
    "create_in_state": "{state}",
    "create_in_scratch_root": "{state}/scratch",
    "create_in_sibling_scratch": "{sibling_scratch}",
    "create_in_package": "{package}",
    "create_in_site_packages": "{site_packages}",
}.items():
    _creating(_name, _directory)

for _name, _path in {
    "open_config_for_writing": "{config}",
    "open_database_for_writing": "{database}",
    "open_log_for_writing": "{home}/log",
    "open_package_for_writing": "{package}/phoebed_worker/worker.py",
    "open_phoebe_for_writing": "{site_packages}/phoebe/__init__.py",
    "open_sibling_file_for_writing": "{sibling_scratch}/private",
}.items():
    _opening(_name, _path)


@attack("chmod_other")
def _chmod(targets: Targets) -> str:
    os.chmod(_own_path(targets, "chmod"), 0o666)
    return "anybody can write it"


@attack("chmod_directory_of_other")
def _chmod_directory(targets: Targets) -> str:
    os.chmod(targets["others"], 0o777)
    return "anybody can write in it"


@attack("chown_other")
def _chown(targets: Targets) -> str:
    os.chown(_own_path(targets, "chown"), 65534, 65534)
    return "it is nobody's"


@attack("utime_other")
def _utime(targets: Targets) -> str:
    os.utime(_own_path(targets, "utime"), (0, 0))
    return "it is of 1970"


@attack("setxattr_other")
def _setxattr(targets: Targets) -> str:
    os.setxattr(_own_path(targets, "setxattr"), "user.phoebed", b"x")
    return "it has an attribute more"


@attack("truncate_other")
def _truncate(targets: Targets) -> str:
    os.truncate(_own_path(targets, "truncate"), 0)
    return "it is empty"


@attack("rename_other")
def _rename(targets: Targets) -> str:
    os.rename(_own_path(targets, "rename"), _own_path(targets, "renamed"))
    return "it has another name"


@attack("move_other_to_own", refusals=(errno.EXDEV,))
def _move(targets: Targets) -> str:
    os.rename(_own_path(targets, "move"), "moved")
    os.unlink("moved")
    return "it was ours"


@attack("unlink_other")
def _unlink(targets: Targets) -> str:
    os.unlink(_own_path(targets, "unlink"))
    return "it is gone"


@attack("link_in_other")
def _link(targets: Targets) -> str:
    path = _own_path(targets, "link")
    os.link(path, path + "ed")
    return "it has two names"


@attack("symlink_in_other")
def _symlink(targets: Targets) -> str:
    os.symlink("anywhere", _own_path(targets, "symlink"))
    return "made"


@attack("mkdir_in_other")
def _mkdir(targets: Targets) -> str:
    os.mkdir(_own_path(targets, "directory"))
    return "made"


@attack("rmdir_of_other")
def _rmdir(targets: Targets) -> str:
    os.rmdir(_own_path(targets, "empty"))
    return "gone"


@attack("mkfifo_in_other")
def _mkfifo(targets: Targets) -> str:
    os.mkfifo(_own_path(targets, "fifo"))
    return "made"


@attack("make_device")
def _mknod(targets: Targets) -> str:
    os.mknod("null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    os.unlink("null")
    return "a device of its own"


@attack("set_user_id_bit")
def _set_uid(targets: Targets) -> str:
    with open("a-program", "w", encoding="ascii") as file:
        file.write("x")
    os.chmod("a-program", 0o4755)
    if not os.stat("a-program").st_mode & stat.S_ISUID:
        raise PermissionError(1, "the bit is not set")
    return "a program that runs as its owner"


@attack("create_set_user_id_file")
def _create_set_uid(targets: Targets) -> str:
    os.close(os.open("another-program", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o4755))
    mode = os.stat("another-program").st_mode
    os.unlink("another-program")
    if not mode & stat.S_ISUID:
        raise Held("made, and the bit is not set")
    return "a program that runs as its owner, for whoever can reach it"


@attack("lock_database")
def _lock(targets: Targets) -> str:
    with open(targets["database"], "rb") as file:
        os.lockf(file.fileno(), os.F_TEST, 0)
    return "asked for a lock of the database"


@attack("allowed_write_in_own_scratch")
def _own_scratch(targets: Targets) -> str:
    with open("own", "w", encoding="ascii") as file:
        file.write("x" * 4096)
    os.rename("own", "own-2")
    os.unlink("own-2")
    return "written, renamed, removed"
