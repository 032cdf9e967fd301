"""The worker's end of the stream that joins it to the daemon: requests in, answers out.

        request   id u64, kind u8, length of the body u64, body
        answer    id u64, lengths of the header u32, the body u64 and the state u64,
                  then header, body and state; one whose header has `progress` is no answer yet

Numbers are big-endian. Nobody else has an end of this stream, so nothing on it needs proof. A
client gives no more than the body of a command: the kind stands before it and is the daemon's.
"""

from __future__ import annotations

import enum
import socket
import struct
from typing import NamedTuple

_REQUEST = struct.Struct(">QBQ")
_ANSWER = struct.Struct(">QIQQ")
_SMALL = 1 << 14
_LARGE = 1 << 20


class Closed(Exception):
    """The daemon has closed the stream, or is gone."""


class Kind(enum.IntEnum):
    """What a request is; a byte that is none of these is passed on as it came."""

    COMMAND = 0
    SNAPSHOT = 1
    PORTABLE = 2
    RESTORE = 3
    # Notices: about the request whose id the body begins with, and without an answer of their own.
    CANCEL = 4
    PROCESSES = 5


class Request(NamedTuple):
    id: int
    kind: int
    body: bytes


class Link:
    """One end of the stream. Owns the descriptor it is made from."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(True)
        self._received = bytearray()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def receive(self) -> Request:
        """Waits for the next request. Raises `Closed` when none will come."""
        while True:
            missing = self._missing()
            if missing == 0:
                return self._take()
            try:
                chunk = self._socket.recv(min(max(missing, _SMALL), _LARGE))
            except ConnectionResetError as error:
                raise Closed from error
            if not chunk:
                raise Closed
            self._received += chunk

    def has_request(self) -> bool:
        """Whether some of the next request has been received already."""
        return bool(self._received)

    def send(self, request_id: int, header: bytes, body: bytes, state: bytes = b"") -> None:
        """Sends one answer, waiting for room. Raises `Closed` when nobody is left to read it."""
        prefix = _ANSWER.pack(request_id, len(header), len(body), len(state)) + header
        self._send([prefix, body, state])

    def report(self, request_id: int, progress: bytes) -> None:
        """Says how far a request is, in JSON of some hundred bytes. Raises `Closed` as `send`."""
        header = b'{"success":true,"progress":' + progress + b"}"
        self._send([_ANSWER.pack(request_id, len(header), 0, 0) + header])

    def _send(self, parts: list[bytes]) -> None:
        try:
            sent = self._socket.sendmsg(parts)
            for part in parts:
                if sent < len(part):
                    self._socket.sendall(memoryview(part)[sent:])
                sent = max(0, sent - len(part))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed from error

    def _missing(self) -> int:
        """How many bytes must come before a request is whole, as far as is known."""
        if len(self._received) < _REQUEST.size:
            return _REQUEST.size - len(self._received)
        _, _, length = _REQUEST.unpack_from(self._received)
        return max(0, _REQUEST.size + length - len(self._received))

    def _take(self) -> Request:
        request_id, kind, length = _REQUEST.unpack_from(self._received)
        end = _REQUEST.size + length
        body = bytes(memoryview(self._received)[_REQUEST.size : end])
        # A fresh buffer, so that a large request's memory is not kept.
        self._received = self._received[end:]
        return Request(request_id, kind, body)
