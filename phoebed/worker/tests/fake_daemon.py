"""What the daemon does, for the tests: starts a zygote, orders workers, speaks to them by CURVE."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import zmq

from phoebed_worker.channel import Channel

WORKER_DIRECTORY = Path(__file__).resolve().parent.parent
LIMIT = 60.0  # seconds that anything here may take before the test fails

Json = dict[str, Any]


def eventually(what: str, condition: Callable[[], Any], limit: float = LIMIT) -> Any:
    """Waits until the condition holds and returns its value; fails with `what` after the limit."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {limit} s: {what}")
        select.select([], [], [], 0.005)


def receive(channel: Channel, limit: float = LIMIT) -> Json:
    """The next message of a channel, within the limit."""
    readable, _, _ = select.select([channel.fileno()], [], [], limit)
    assert readable, f"no message within {limit} s"
    message, fds = channel.receive()
    assert fds == []
    return message


def descriptors(pid: int) -> dict[int, str]:
    """What a process has open: number to target."""
    directory = Path(f"/proc/{pid}/fd")
    return {int(entry.name): os.readlink(entry) for entry in directory.iterdir()}


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_gone(pid: int) -> bool:
    """Ended and reaped, whoever's child it was."""
    return not Path(f"/proc/{pid}").exists()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class FakeWorker:
    """The daemon's side of one worker: its pid, its channel, its output, its socket."""

    def __init__(self, pid: int, channel: Channel, output: int, keys: tuple[bytes, bytes]) -> None:
        self.pid = pid
        self.channel = channel
        self.output = output
        self.keys = keys
        self.port = 0
        self.server_key = b""
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket: zmq.Socket[bytes] | None = None
        self._last_id = 0
        self._ended: int | None = None

    def wait_ready(self) -> None:
        message = receive(self.channel)
        assert message["event"] == "ready", message
        self.port, self.server_key = message["port"], message["public_key"].encode()

    def connect(self, keys: tuple[bytes, bytes] | None = None) -> zmq.Socket[bytes]:
        """A new client socket, with the daemon's keys unless others are given."""
        dealer = self._context.socket(zmq.DEALER)
        dealer.linger = 0
        dealer.curve_publickey, dealer.curve_secretkey = keys or self.keys
        dealer.curve_serverkey = self.server_key
        dealer.connect(f"tcp://127.0.0.1:{self.port}")
        return dealer

    @property
    def socket(self) -> zmq.Socket[bytes]:
        if self._socket is None:
            self._socket = self.connect()
        return self._socket

    def post(self, body: bytes | Json) -> int:
        """Sends a request without waiting. Returns its id."""
        self._last_id += 1
        frame = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.socket.send_multipart([self._last_id.to_bytes(8, "big"), b"{}", frame])
        return self._last_id

    def take(self, limit: float = LIMIT) -> tuple[int, Json, bytes]:
        """The next answer: request id, header, body."""
        assert self.socket.poll(int(limit * 1000)), f"no answer within {limit} s"
        request_id, header, body = self.socket.recv_multipart()
        return int.from_bytes(request_id, "big"), json.loads(header), body

    def send_raw(self, body: bytes) -> Json:
        """One request and its answer, whose header must agree with its body."""
        request_id = self.post(body)
        answered, header, text = self.take()
        assert answered == request_id
        answer: Json = json.loads(text, parse_constant=_refuse)
        assert header["success"] == answer["success"]
        error = answer.get("error")
        # The header has no more of it than the daemon's log needs.
        assert header["error"] == (None if error is None else error[:4096])
        assert isinstance(header["seconds"], float)
        return answer

    def send(self, command: str, **arguments: Any) -> Json:
        return self.send_raw(json.dumps({"command": command, **arguments}).encode())

    def result(self, command: str, **arguments: Any) -> Any:
        """The result of a command that must succeed."""
        answer = self.send(command, **arguments)
        assert answer["success"], answer["traceback"]
        assert set(answer) == {"success", "result"}
        return answer["result"]

    def error(self, command: str, **arguments: Any) -> str:
        """The message of a command that must fail."""
        answer = self.send(command, **arguments)
        assert not answer["success"], answer
        return str(answer["error"])

    def wait_end(self) -> int:
        """Waits until the process has ended and reaps it. Returns its exit code or -signal."""
        if self._ended is None:
            self._ended = wait_end(self.pid)
        return self._ended

    def read_output(self) -> str:
        os.set_blocking(self.output, False)
        text = b""
        while True:
            try:
                chunk = os.read(self.output, 65536)
            except BlockingIOError:
                break
            if not chunk:
                break
            text += chunk
        return text.decode()

    def close(self) -> None:
        """Ends the worker by closing its channel, and fails if it does not end well."""
        self.channel.close()
        self._context.destroy(linger=0)
        code = self.wait_end()
        os.close(self.output)
        assert code in (0, -signal.SIGKILL, -signal.SIGTERM), code


def wait_end(pid: int) -> int:
    pidfd = os.pidfd_open(pid)
    try:
        readable, _, _ = select.select([pidfd], [], [], LIMIT)
        assert readable, f"process {pid} did not end"
    finally:
        os.close(pidfd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} in an answer")


class FakeDaemon:
    """A zygote process, and the workers forked from it, which are children of this process."""

    def __init__(self, directory: Path = WORKER_DIRECTORY) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="phoebed-worker-test-")
        self.directory = Path(self._home.name)
        self.keys = zmq.curve_keypair()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel = Channel(ours.detach())
        self.output = (self.directory / "zygote.log").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(directory)],
            stdin=theirs.fileno(),
            stdout=self.output,
            stderr=self.output,
            env={"HOME": self._home.name, "PATH": "/usr/bin:/bin"},
            start_new_session=True,
        )
        theirs.close()
        self.workers: list[FakeWorker] = []
        self.ready: Json = {}
        self._count = 0

    def __enter__(self) -> FakeDaemon:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def order(self, **changes: Any) -> tuple[int, Json, Channel, int]:
        """Orders a fork. Returns worker number, the zygote's reply, the channel and the output."""
        self._count += 1
        scratch = self.directory / f"worker-{self._count}"
        scratch.mkdir()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        read, write = os.pipe()
        order = {
            "op": "fork",
            "worker": self._count,
            "host": "127.0.0.1",
            "port": free_port(),
            "daemon_key": self.keys[0].decode(),
            "scratch": str(scratch),
            "max_answer_bytes": 1 << 28,
            **changes,
        }
        self.channel.send(order, [theirs.fileno(), write])
        theirs.close()
        os.close(write)
        return self._count, receive(self.channel), Channel(ours.detach()), read

    def worker(self, **changes: Any) -> FakeWorker:
        """A worker that has been ordered; it is not waited for."""
        number, reply, channel, output = self.order(**changes)
        assert reply == {"event": "forked", "worker": number, "pid": reply.get("pid")}, reply
        worker = FakeWorker(reply["pid"], channel, output, self.keys)
        self.workers.append(worker)
        return worker

    def ready_worker(self, **changes: Any) -> FakeWorker:
        worker = self.worker(**changes)
        worker.wait_ready()
        return worker

    def log(self) -> str:
        return (self.directory / "zygote.log").read_text()

    def close(self) -> None:
        """Ends everything, and fails if something is left or ended badly."""
        for worker in self.workers:
            if worker.channel.fileno() >= 0:
                worker.close()
        self.channel.close()
        code = self.process.wait(LIMIT)
        self.output.close()
        self._home.cleanup()
        assert code == 0, code
