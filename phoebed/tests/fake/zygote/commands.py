"""What a fake worker does with a request: `command` says it, other members how."""

from __future__ import annotations

import itertools
import json
import os
import signal
import struct
import threading
import time
from typing import Any

import script
from kept import Closing, Total

from phoebed_worker.link import Kind, Request
from phoebed_worker.worker import Worker


class ScriptedWorker(Worker):
    """The real loop; what it does with a request is scripted. Each command blocks the loop."""

    def __init__(self, act: script.Act, number: int, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._act = act
        self._number = number
        self._stays = act["do"] == "ignore_term"
        self._total = Total()

    def run(self) -> None:
        super().run()
        if self._stays:
            script.wait_for(None)

    def _serve(self, request: Request) -> None:
        match self._act["do"]:
            case "die_at_first_request":
                script.end(self._act)
            case "silent":
                return
            case "garbage_at_first_request":
                self.send([b"garbage" * 10])
        if request.kind != Kind.COMMAND:
            self._serve_daemon(request)
            return
        order = json.loads(request.body)
        name = order["command"]
        script.note("command", worker=self._number, command=name, n=order.get("n"))
        if "say" in order:
            os.write(2, order["say"].encode("utf-8"))
        getattr(self, f"do_{name}")(request, order)

    def _serve_daemon(self, request: Request) -> None:
        if request.kind in (Kind.PROCESSES, Kind.CANCEL):
            # Notices: what is scripted heeds neither.
            script.note("notice", kind=Kind(request.kind).name.lower())
            return
        try:
            match request.kind:
                case Kind.PORTABLE:
                    answer = self._total.portable()
                case Kind.RESTORE:
                    answer = self._total.restore(request.body)
        except Closing:
            self._link.close()
            script.wait_for(None)
        self.send([request_id(request) + answer])

    def answer(self, request: Request, result: bytes) -> None:
        self.send([request_id(request), b'{"success":true,"error":null}', success(result)])

    def send(self, parts: list[bytes]) -> None:
        """Sends id, header and body as an answer, and anything else as it is."""
        match parts:
            case [number, header, body] if len(number) == 8:
                lengths = struct.pack(">IQQ", len(header), len(body), 0)
                self._link._socket.sendall(number + lengths + header + body)
            case _:
                self._link._socket.sendall(b"".join(parts))

    def do_ping(self, request: Request, order: script.Act) -> None:
        self.answer(request, b'{"status":"ready"}')

    def do_add(self, request: Request, order: script.Act) -> None:
        """Adds `by` to the session's number, and ships what that changes."""
        self.send([request_id(request) + self._total.add(order)])

    def do_total(self, request: Request, order: script.Act) -> None:
        self.send([request_id(request) + self._total.told()])

    def do_echo(self, request: Request, order: script.Act) -> None:
        """The result is the request, byte for byte."""
        self.answer(request, request.body)

    def do_wait(self, request: Request, order: script.Act) -> None:
        """Answers once the test says so; never without `until`."""
        script.wait_for(order.get("until"))
        self.answer(request, request.body)

    def do_end(self, request: Request, order: script.Act) -> None:
        """The process ends, after an answer when that is wanted."""
        if order.get("answer"):
            self.answer(request, b"null")
        script.end({key: order[key] for key in ("status", "signal") if key in order})

    def do_fail(self, request: Request, order: script.Act) -> None:
        body = json.dumps({"success": False, "error": order["error"]}).encode()
        header = json.dumps({"success": False, "error": order["error"]}).encode()
        self.send([request_id(request), header, body])

    def do_raw(self, request: Request, order: script.Act) -> None:
        """Sends these messages, whose parts `part_of` describes."""
        for message in order["messages"]:
            parts = [part_of(part, request) for part in message["parts"]]
            for _ in range(message.get("times", 1)):
                self.send(parts)
            if "then_wait" in message:
                script.wait_for(message["then_wait"])

    def do_flood(self, request: Request, order: script.Act) -> None:
        """Sends what nobody asked for until it is ended, or `until`."""
        parts = [part_of(part, request) for part in order["parts"]]
        while not ("until" in order and (script.DIRECTORY / order["until"]).exists()):
            for _ in range(1000):
                self.send(parts)
        self.answer(request, b"null")

    def do_shout(self, request: Request, order: script.Act) -> None:
        """Writes lines without end, in the background; answers once there were many."""
        line = (order["line"] + "\n").encode("utf-8")
        many = threading.Event()

        def shout() -> None:
            for turn in itertools.count():
                os.write(2, line * 100)
                if turn == 100:
                    many.set()

        threading.Thread(target=shout, daemon=True).start()
        many.wait()
        self.answer(request, b"null")

    def do_huge(self, request: Request, order: script.Act) -> None:
        body = success(b'"' + b"x" * order["bytes"] + b'"')
        self.send([request_id(request), b'{"success":true}', body])

    def do_ignore_term(self, request: Request, order: script.Act) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._stays = True
        self.answer(request, b"null")

    def do_leave_child(self, request: Request, order: script.Act) -> None:
        """Forks a process that stays in the worker's group and ends by SIGKILL only."""
        read, write = os.pipe()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            script.note("child")
            os.write(write, b"!")
            while True:
                time.sleep(1000)
        os.read(read, 1)
        self.answer(request, b"null")


def success(result: bytes) -> bytes:
    return b'{"success":true,"result":' + result + b"}"


def request_id(request: Request, offset: int = 0) -> bytes:
    return ((request.id + offset) % (1 << 64)).to_bytes(8, "big")


def part_of(part: Any, request: Request) -> bytes:
    """Text, `{"id": offset from the request's}` or `{"hex": …}`."""
    if isinstance(part, str):
        return part.encode("utf-8")
    if "id" in part:
        return request_id(request, part["id"])
    return bytes.fromhex(part["hex"])
