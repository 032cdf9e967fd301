"""Taking without end, each up to a bound so that a limit that does not hold harms nobody."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import struct
import time

from .frame import Targets
from .network import own_stream

_MIB = 1 << 20


def _wait_for_the_end(targets: Targets) -> None:
    """Gives whoever watches the time to look, with all that was taken still held."""
    time.sleep(targets["patience"])


def _stay() -> None:
    """Does nothing for longer than any test waits, and not for ever."""
    signal.alarm(600)
    while True:
        signal.pause()


def fork(targets: Targets) -> str:
    """Children that do nothing and are left behind, though not for ever."""
    made = 0
    while made < targets["bound"]:
        try:
            pid = os.fork()
        except OSError as error:
            return f"{error.strerror} after {made}"
        if pid == 0:
            _stay()
        made += 1
    _wait_for_the_end(targets)
    return f"no end after {made}"


def allocate(targets: Targets) -> str:
    """Memory that is written to, in MiB."""
    held: list[bytearray] = []
    while len(held) < targets["bound"]:
        try:
            held.append(bytearray(b"x") * _MIB)
        except MemoryError:
            taken = len(held)
            held.clear()
            return f"MemoryError after {taken}"
    return f"no end after {len(held)}"


def open_files(targets: Targets) -> str:
    """Descriptors."""
    opened: list[int] = []
    try:
        while len(opened) < targets["bound"]:
            opened.append(os.dup(0))
    except OSError as error:
        return f"{error.strerror} after {len(opened)}"
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return f"no end after {len(opened)}"


def large_file(targets: Targets) -> str:
    """One file, in MiB."""
    written = 0
    with open("large", "wb", buffering=0) as file:
        while written < targets["bound"] * _MIB:
            try:
                written += file.write(b"x" * _MIB)
            except OSError as error:
                return f"{error.strerror} after {written}"
    return f"no end after {written}"


def many_files(targets: Targets) -> str:
    """Files of 1 MiB."""
    for number in range(targets["bound"]):
        try:
            with open(f"file-{number}", "wb", buffering=0) as file:
                file.write(b"x" * _MIB)
        except OSError as error:
            return f"{error.strerror} after {number}"
    _wait_for_the_end(targets)
    return f"no end after {targets['bound']}"


def unlinked_files(targets: Targets) -> str:
    """Files of 8 MiB that are open and have no name any more."""
    for number in range(targets["bound"] // 8):
        try:
            file = os.open(f"unlinked-{number}", os.O_WRONLY | os.O_CREAT)
            os.unlink(f"unlinked-{number}")
            for _ in range(8):
                os.write(file, b"x" * _MIB)
        except OSError as error:
            return f"{error.strerror} after {number}"
    _wait_for_the_end(targets)
    return f"no end after {targets['bound'] // 8}"


def burn(targets: Targets) -> str:
    """The processor, for as long as it is left alone."""
    while True:
        pass


def flood_output(targets: Targets) -> str:
    """Standard output, in MiB."""
    line = b"flood " * 100 + b"\n"
    written = 0
    while written < targets["bound"] * _MIB:
        written += os.write(1, line * 100)
    return f"no end after {written}"


def flood_stream(targets: Targets) -> str:
    """Answers that nobody asked for."""
    header = b'{"success":true,"error":null,"seconds":0.0}'
    frame = struct.pack(">QIQQ", 1 << 40, len(header), 2, 0) + header + b"{}"
    stream = own_stream()
    while True:
        os.write(stream, frame * 100)


def garbage_on_stream(targets: Targets) -> str:
    """What is no answer."""
    stream = own_stream()
    while True:
        os.write(stream, b"\xff" * 65536)


def close_stream(targets: Targets) -> str:
    """Nobody can be answered any more, and the process goes on."""
    os.close(own_stream())
    while True:
        time.sleep(1000)


def kill_itself(targets: Targets) -> str:
    """The end, by a fault that needs no signal to be sent."""
    ctypes.string_at(0)
    return "still there"


def orphan(targets: Targets) -> str:
    """A process that nobody waits for and that is in no group of ours."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(OSError):
            os.setsid()
        if os.fork() == 0:
            _stay()
        os._exit(0)
    os.waitpid(pid, 0)
    return "left behind"
