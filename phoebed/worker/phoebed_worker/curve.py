"""The worker's ZeroMQ socket: a ROUTER that only the daemon's key may talk to.

A TCP port on loopback is open to every local user, so both sides prove who they are: the worker's
key pair is made here, after the fork (one made in the zygote would be known to every later worker),
and the daemon's public key is checked by ZAP, served from the worker's own poll loop.
"""

from __future__ import annotations

import errno

import zmq
import zmq.utils.z85

_ZAP_ENDPOINT = "inproc://zeromq.zap.01"
_DOMAIN = b"phoebed"


class PortTaken(Exception):
    """Another program holds the port."""


class CurveRouter:
    """A CURVE server socket with its admission. Not bound at first."""

    def __init__(self, daemon_key: str) -> None:
        """`daemon_key` is the daemon's public key, 40 characters of Z85."""
        self._daemon_key: bytes = zmq.utils.z85.decode(daemon_key.encode("ascii"))
        if len(self._daemon_key) != 32:
            raise ValueError("a CURVE key is 40 characters of Z85")
        public, secret = zmq.curve_keypair()
        self.public_key = public.decode("ascii")
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context(io_threads=1)
        # The handler must listen before the first connection: without one libzmq admits anybody.
        self.admission = self._context.socket(zmq.REP)
        self.admission.linger = 0
        self.admission.bind(_ZAP_ENDPOINT)
        self.socket = self._context.socket(zmq.ROUTER)
        self.socket.linger = 0
        # A ROUTER drops messages above its high-water mark without a word; the daemon bounds what
        # is under way, so there is nothing to limit here.
        self.socket.sndhwm = 0
        self.socket.rcvhwm = 0
        self.socket.curve_server = True
        self.socket.curve_secretkey = secret
        self.socket.zap_domain = _DOMAIN
        self.socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)

    def bind(self, host: str, port: int) -> None:
        """Binds `tcp://host:port`. Raises `PortTaken`, or `zmq.ZMQError` for any other cause."""
        try:
            self.socket.bind(f"tcp://{host}:{port}")
        except zmq.ZMQError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(str(error)) from error
            raise

    def admit(self) -> None:
        """Answers the admission requests that wait: yes to the daemon's key, no to all others."""
        while True:
            try:
                frames = self.admission.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self.admission.send_multipart(self._verdict(frames))

    def _verdict(self, frames: list[bytes]) -> list[bytes]:
        request_id = frames[1] if len(frames) > 1 else b""
        # version, request id, domain, address, identity, mechanism, client key
        known = (
            len(frames) == 7
            and frames[0] == b"1.0"
            and frames[5] == b"CURVE"
            and frames[6] == self._daemon_key
        )
        status, text = (b"200", b"OK") if known else (b"400", b"not the daemon's key")
        return [b"1.0", request_id, status, text, b"daemon" if known else b"", b""]

    def close(self) -> None:
        self.socket.close()
        self.admission.close()
        self._context.term()
