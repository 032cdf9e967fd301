"""Carries TCP connections on loopback to a Unix socket, for clients that speak only TCP."""

import contextlib
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
BLOCK = 65536
ACCEPT_SECONDS = 0.1  # how soon the end is noticed


class Forwarder:
    """Has a port of loopback from its making on; forwards within the `with` block."""

    def __init__(self, path: Path) -> None:
        """`path` is the Unix socket."""
        self._path = path
        self._listener = socket.create_server((HOST, 0))
        self._listener.settimeout(ACCEPT_SECONDS)
        self.port: int = self._listener.getsockname()[1]
        self._ended = threading.Event()
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._accepting.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            client.settimeout(None)
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(bytes(self._path))
            except OSError:
                # The client sees a connection that ends, as without a daemon.
                client.close()
                server.close()
                continue
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=_copy, args=(source, sink), daemon=True).start()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    """Until either side ends; the end is passed on."""
    with contextlib.suppress(OSError):
        while block := source.recv(BLOCK):
            sink.sendall(block)
    for end, how in ((source, socket.SHUT_RD), (sink, socket.SHUT_WR)):
        with contextlib.suppress(OSError):
            end.shutdown(how)
