"""What the daemon does, for the tests: starts a zygote, orders workers, speaks to them."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from phoebed_worker.channel import Channel
from phoebed_worker.link import Kind

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


class Shipped(NamedTuple):
    """What came with an answer to be kept, if anything."""

    form: str | None
    engine: str | None
    data: bytes
    error: str | None


class FakeWorker:
    """The daemon's side of one worker: its pid, its stream, its output."""

    def __init__(self, pid: int, link: socket.socket, output: int) -> None:
        self.pid = pid
        self.link = link
        self.output = output
        # What is said of each command that is sent; none says nothing.
        self.processes: int | None = None
        # How far requests said that they were, by their ids.
        self.reports: dict[int, list[Json]] = {}
        self._last_id = 0
        self._ended: int | None = None
        self.shipped = Shipped(None, None, b"", None)
        self.link.settimeout(LIMIT)

    def post(self, body: bytes | Json, kind: int = 0) -> int:
        """Sends a request without waiting. Returns its id."""
        self._last_id += 1
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.link.sendall(struct.pack(">QBQ", self._last_id, kind, len(data)) + data)
        about = self._last_id
        if kind == 0 and self.processes is not None:
            self.allow(about, self.processes)
        return about

    def allow(self, about: int, processes: int) -> None:
        """Says how many processes a request may keep busy."""
        self.notice(Kind.PROCESSES, struct.pack(">QI", about, processes))

    def cancel(self, about: int) -> None:
        self.notice(Kind.CANCEL, struct.pack(">Q", about))

    def notice(self, kind: Kind, body: bytes) -> None:
        self._last_id += 1
        self.link.sendall(struct.pack(">QBQ", self._last_id, kind, len(body)) + body)

    def take(self) -> tuple[int, Json, bytes]:
        """The next answer: request id, header, body. Its state is in `shipped`."""
        request_id, header_length, body_length, state = struct.unpack(">QIQQ", self._read(28))
        header: Json = json.loads(self._read(header_length))
        if "progress" in header:
            self.reports.setdefault(request_id, []).append(header["progress"])
            return self.take()
        body = self._read(body_length)
        self.shipped = Shipped(
            header["state"], header["engine"], self._read(state), header["state_error"]
        )
        assert (header["state"] is None) == (state == 0)
        return request_id, header, body

    def internal(self, kind: Kind, body: bytes = b"") -> Json:
        """A request of the daemon's own, and its answer."""
        request_id = self.post(body, kind)
        answered, header, text = self.take()
        assert answered == request_id
        answer: Json = json.loads(text)
        assert header["success"] == answer["success"]
        return answer

    def state(self, kind: Kind) -> Shipped:
        """A whole state, by a request that must succeed."""
        answer = self.internal(kind)
        assert answer == {"success": True, "result": {}}, answer
        return self.shipped

    def restore(self, base: Shipped, journal: list[bytes]) -> Json:
        """Puts a session back. Returns the answer."""
        header = json.dumps(
            {
                "form": base.form,
                "engine": base.engine,
                "state": len(base.data),
                "journal": [len(entry) for entry in journal],
            }
        ).encode()
        parts = [len(header).to_bytes(4, "big"), header, base.data, *journal]
        return self.internal(Kind.RESTORE, b"".join(parts))

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            chunk = self.link.recv(length - len(data))
            assert chunk, f"the stream ended after {len(data)} of {length} bytes"
            data += chunk
        return data

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

    def values(self) -> Json:
        """All values of the bundle by PHOEBE's twigs, as they are saved."""
        order = "time qualifier feature component dataset constraint distribution compute model"
        tags = [*order.split(), "solver", "solution", "figure", "server", "kind", "context"]
        bundle = json.loads(self.result("get_bundle")["bundle"])
        return {"@".join(p[tag] for tag in tags if tag in p): p.get("value") for p in bundle}

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
        """Ends the worker by closing its stream, and fails if it does not end well."""
        self.link.close()
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

    def order(self, **changes: Any) -> tuple[int, Json, socket.socket, int]:
        """Orders a fork. Returns worker number, the zygote's reply, the stream and the output."""
        self._count += 1
        scratch = self.directory / f"worker-{self._count}"
        scratch.mkdir()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        read, write = os.pipe()
        order = {
            "op": "fork",
            "worker": self._count,
            "scratch": str(scratch),
            "max_answer_bytes": 1 << 28,
            **changes,
        }
        self.channel.send(order, [theirs.fileno(), write])
        theirs.close()
        os.close(write)
        return self._count, receive(self.channel), ours, read

    def worker(self, **changes: Any) -> FakeWorker:
        """A worker that has been ordered; it is not waited for."""
        number, reply, link, output = self.order(**changes)
        assert reply == {"event": "forked", "worker": number, "pid": reply.get("pid")}, reply
        worker = FakeWorker(reply["pid"], link, output)
        self.workers.append(worker)
        return worker

    def ready_worker(self, **changes: Any) -> FakeWorker:
        worker = self.worker(**changes)
        assert worker.result("ping") == {"status": "ready"}
        return worker

    def log(self) -> str:
        return (self.directory / "zygote.log").read_text()

    def close(self) -> None:
        """Ends everything, and fails if something is left or ended badly."""
        for worker in self.workers:
            if worker.link.fileno() >= 0:
                worker.close()
        self.channel.close()
        code = self.process.wait(LIMIT)
        self.output.close()
        self._home.cleanup()
        assert code == 0, code
