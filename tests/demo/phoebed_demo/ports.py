"""Finds loopback ports that nobody uses, so that the demo runs beside anything."""

import contextlib
import socket
from pathlib import Path

from phoebed_demo.errors import DemoError

# The kernel gives ports from here on to any outgoing connection (its default; read below).
DEFAULT_EPHEMERAL_START = 32768
FIRST = 20_000


def ephemeral_start() -> int:
    """Where the range of ports starts that the kernel hands out by itself."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    return DEFAULT_EPHEMERAL_START


def is_free(host: str, port: int, *, lingering_counts: bool = False) -> bool:
    """Whether nobody listens on the port, nor, if they count, connections of late linger on it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, not lingering_counts)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_block(host: str, size: int) -> int:
    """The first of `size` free ports in a row, all below the ephemeral range.

    Another program may still take one before the daemon does: the daemon then skips it (pool) or
    says so (its own port).
    """
    end = ephemeral_start()
    for first in range(min(FIRST, max(1024, end - 10 * size)), end - size, size):
        block = range(first, first + size)
        if all(is_free(host, port, lingering_counts=True) for port in block):
            return first
    raise DemoError(f"no {size} free ports in a row on {host} below {end}")
