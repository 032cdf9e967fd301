"""The public API as clients use it, from inside the machine's network."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

from phoebed_boot.machine import Machine

PORT = 8001


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Api:
    """Asks over a connection of its own for each request, so that each one could be refused."""

    machine: Machine
    timeout: float = 60.0

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """One request; errors of the connection are the caller's to see."""
        with self.machine.network():
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=self.timeout)
            connection.connect()
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            raw = answer.read()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, headers, json.loads(raw) if raw else None)
        finally:
            connection.close()

    def start(self, name: str) -> str:
        """Starts a session; its id."""
        answer = self.ask("POST", "/dash/start-session", {"project_name": name})
        assert answer.status == 200, answer
        return str(answer.body["session_id"])

    def send(self, session: str, command: str, **arguments: Any) -> Any:
        """The result of a command that must succeed."""
        answer = self.ask("POST", f"/send/{session}", {"command": command, **arguments})
        assert answer.status == 200, answer
        assert answer.body["success"], answer.body
        return answer.body["result"]

    def set_period(self, session: str, value: float) -> None:
        """Changes something that can be read back."""
        where = {"qualifier": "period", "component": "binary", "context": "component"}
        self.send(session, "set_value", value=value, **where)

    def period(self, session: str) -> float:
        """What `set_period` set last."""
        where = {"qualifier": "period", "component": "binary", "context": "component"}
        return float(self.send(session, "get_value", **where))
