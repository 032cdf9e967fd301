"""Clients that never stop: each notes what was acknowledged, and what should not happen."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from functools import partial

from phoebed_boot.api import Api
from phoebed_boot.machine import eventually


class Load:
    """Changes sessions and asks for health, over a new connection for each request."""

    def __init__(self, api: Api, changers: int = 2, askers: int = 2) -> None:
        self.api = api
        self.refused: list[str] = []
        self.broken: list[str] = []
        self.answered = 0
        self.sessions = [Changes(api.start(f"load {number}")) for number in range(changers)]
        self._over = threading.Event()
        self._lock = threading.Lock()
        steps: list[Callable[[], None]] = [partial(self._change, one) for one in self.sessions]
        steps += [self._look] * askers
        self._threads = [threading.Thread(target=self._repeat, args=(step,)) for step in steps]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def goes_on(self) -> None:
        """Waits until every session has been changed since now."""
        before = [changes.acknowledged for changes in self.sessions]

        def further() -> bool:
            now = [changes.acknowledged for changes in self.sessions]
            return all(new > old for new, old in zip(now, before, strict=True))

        eventually("every session is changed again", further, within=60)

    def _repeat(self, step: Callable[[], None]) -> None:
        while not self._over.is_set():
            try:
                step()
                with self._lock:
                    self.answered += 1
            except ConnectionRefusedError as error:
                with self._lock:
                    self.refused.append(repr(error))
            except Exception as error:  # a thread has nobody who catches it
                with self._lock:
                    self.broken.append(repr(error))

    def _change(self, changes: Changes) -> None:
        changes.attempt()
        where = {"qualifier": "period", "component": "binary", "context": "component"}
        body = {"command": "set_value", "value": changes.last_tried, **where}
        answer = self.api.ask("POST", f"/send/{changes.session}", body)
        if answer.status == 200 and answer.body["success"]:
            changes.acknowledged = changes.last_tried
        elif answer.status != 503 or "retry-after" not in answer.headers:
            raise http.client.HTTPException(f"answered {answer}")

    def _look(self) -> None:
        answer = self.api.ask("GET", "/health")
        if answer.status != 200:
            raise http.client.HTTPException(f"answered {answer}")

    def assert_nothing_lost(self) -> None:
        """Each session is at what was acknowledged last, or at something tried after that."""
        for changes in self.sessions:
            found = self.api.period(changes.session)
            assert changes.acknowledged <= found <= changes.last_tried, (found, changes)


class Changes:
    """What one session was set to: ever larger values."""

    def __init__(self, session: str) -> None:
        self.session = session
        self.acknowledged = 1.0
        self.last_tried = 1.0

    def attempt(self) -> None:
        """The next value."""
        self.last_tried = round(self.last_tried + 0.001, 3)

    def __repr__(self) -> str:
        return f"acknowledged {self.acknowledged}, tried {self.last_tried}"
