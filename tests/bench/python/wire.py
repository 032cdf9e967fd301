"""The other end of a bare ZeroMQ link: a CURVE server that gives back every message.

It says where it listens, as a JSON line, and echoes until it is killed.
"""

from __future__ import annotations

import json
from typing import NoReturn

import zmq


def main() -> NoReturn:
    """Serves on a port of the kernel's choice."""
    socket = zmq.Context().socket(zmq.ROUTER)
    public, secret = zmq.curve_keypair()
    socket.curve_server = True
    socket.curve_secretkey = secret
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    print(json.dumps({"port": port, "public_key": public.decode("ascii")}), flush=True)
    while True:
        socket.send_multipart(socket.recv_multipart())


if __name__ == "__main__":
    main()
