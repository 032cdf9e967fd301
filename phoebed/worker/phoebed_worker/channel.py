"""The zygote channel: JSON objects as packets on a SOCK_SEQPACKET socket, with descriptors along.

It knows nothing of what the messages mean.
"""

from __future__ import annotations

import array
import json
import os
import select
import socket
from collections.abc import Sequence
from typing import Any

Message = dict[str, Any]

# The kernel takes at most about 208 KiB in one packet with default limits.
MAX_PACKET = 1 << 18
# Texts in a `failed` message are cut to this length (and say so): two of them fit a packet even
# when every character is escaped.
MAX_TEXT = 15_000
# More descriptors than any message has, so that surplus ones arrive and can be closed.
MAX_DESCRIPTORS = 16


class Closed(Exception):
    """The other side has closed the channel."""


class BadMessage(Exception):
    """A packet that is not a JSON object, or was cut; its descriptors are closed already."""


class Channel:
    """One end of the channel. Owns the descriptor it is made from."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(True)

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def send(self, message: Message, fds: Sequence[int] = ()) -> None:
        """Sends one message. Raises `Closed` when nobody is left to read it."""
        packet = json.dumps(message).encode("utf-8", "backslashreplace")
        ancillary = []
        if fds:
            ancillary.append((socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds)))
        try:
            self._socket.sendmsg([packet], ancillary)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed from error

    def receive(self) -> tuple[Message, list[int]]:
        """Waits for one message; the caller owns the descriptors that came along.

        Raises `Closed` at end of file and `BadMessage` for a packet that cannot be used.
        """
        try:
            packet, ancillary, flags, _ = self._socket.recvmsg(
                MAX_PACKET,
                socket.CMSG_SPACE(MAX_DESCRIPTORS * array.array("i").itemsize),
                socket.MSG_CMSG_CLOEXEC,
            )
        except ConnectionResetError as error:
            raise Closed from error
        fds = _descriptors(ancillary)
        try:
            return self._parse(packet, flags), fds
        except BaseException:
            close_all(fds)
            raise

    def _parse(self, packet: bytes, flags: int) -> Message:
        if not packet and self._hung_up():
            raise Closed
        if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            raise BadMessage("a packet was cut: too long, or too many descriptors")
        try:
            message = json.loads(packet)
        except (ValueError, RecursionError) as error:
            raise BadMessage(f"not JSON: {error}") from error
        if not isinstance(message, dict):
            raise BadMessage("not a JSON object")
        return message

    def _hung_up(self) -> bool:
        """An empty packet and the end of file both read as nothing; only one hangs up."""
        poller = select.poll()
        poller.register(self._socket, select.POLLRDHUP)
        return any(event & (select.POLLHUP | select.POLLRDHUP) for _, event in poller.poll(0))


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    fds = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return list(fds)


def close_all(fds: Sequence[int]) -> None:
    """Closes descriptors, each once."""
    for fd in fds:
        os.close(fd)


def fit(text: str) -> str:
    """Shortens a text so that a message with it fits a packet, and says that it did."""
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[:MAX_TEXT]}\n[cut here: {len(text)} characters in all]"
