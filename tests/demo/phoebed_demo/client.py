"""A REST client of phoebed in a few lines of the standard library.

http.client, not urllib: it looks at no proxy settings, and the daemon is on loopback.
"""

import http.client
import json
from typing import Any

from phoebed_demo.errors import DemoError


class Client:
    """Speaks to one daemon. A connection for each request: nothing to keep alive or to close."""

    def __init__(self, host: str, port: int, timeout: float = 300.0) -> None:
        """`timeout` is in seconds and covers the longest `run_compute`."""
        self.host, self.port, self.timeout = host, port, timeout

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and answer, which is parsed when it is JSON. Raises OSError when unreachable."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            if body is None:
                connection.request(method, path)
            else:
                connection.request(
                    method, path, json.dumps(body), {"Content-Type": "application/json"}
                )
            response = connection.getresponse()
            text = response.read().decode()
            try:
                return response.status, json.loads(text)
            except json.JSONDecodeError:
                return response.status, text
        finally:
            connection.close()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer of a request that must succeed."""
        try:
            status, answer = self.request(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            raise DemoError(f"{method} {path}: no answer: {error!r}") from error
        if status != 200:
            detail = answer.get("detail") if isinstance(answer, dict) else answer
            raise DemoError(f"{method} {path}: HTTP {status}: {detail}")
        return answer

    def start_session(self, project_name: str) -> str:
        """The id of a new session."""
        session = self.call("POST", "/dash/start-session", {"project_name": project_name})
        return str(session["session_id"])

    def end_session(self, session_id: str) -> None:
        """Ends a session; its worker is gone when this returns."""
        self.call("POST", f"/dash/end-session/{session_id}")

    def send(self, session_id: str, command: str, **arguments: Any) -> Any:
        """The result of a worker command that must succeed."""
        answer = self.call("POST", f"/send/{session_id}", {"command": command, **arguments})
        if not answer.get("success"):
            raise DemoError(f"{command} failed: {answer.get('error')}\n{answer.get('traceback')}")
        return answer["result"]
