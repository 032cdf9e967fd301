"""One phoebed of the demo's own: its config, its start, its end, and that nothing is left.

The daemon writes to a log file. Whatever happens, leaving the `with` block stops it by its
process id; if the demo itself is killed, the kernel stops it.
"""

import contextlib
import ctypes
import http.client
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from phoebed_demo import ports, processes
from phoebed_demo.client import Client
from phoebed_demo.errors import DemoError

HOST = "127.0.0.1"
POOL_SIZE = 10
READY_SECONDS = 120  # the engine takes about 5 s to import; a machine may be busy
STOP_SECONDS = 30
LOG_LINES = 25
MAX_SOCKET_PATH = 100  # the kernel takes 107 bytes
PR_SET_PDEATHSIG = 1


def _end_with_the_demo() -> None:
    """Runs in the child before exec: SIGTERM when the demo dies, even by SIGKILL."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Daemon:
    """A running phoebed."""

    def __init__(self, binary: Path, directory: Path) -> None:
        """`directory` is where config, log, state and database go."""
        self.binary, self.directory = binary, directory
        self.log = directory / "phoebed.log"
        self.database = directory / "sessions.db"
        self.socket = directory / "admin.sock"
        if len(bytes(self.socket)) > MAX_SOCKET_PATH:
            # The checkout lies deep; the name of a temporary directory is short.
            self._short = tempfile.TemporaryDirectory(prefix="phoebed-demo-")
            self.socket = Path(self._short.name) / "admin.sock"
        first = ports.free_block(HOST, POOL_SIZE + 1)
        self.port, self.pool = first, range(first + 1, first + 1 + POOL_SIZE)
        self.client = Client(HOST, self.port)
        self.process: subprocess.Popen[bytes] | None = None
        self.seen: set[processes.Process] = set()

    def __enter__(self) -> Self:
        config = self.directory / "phoebed.toml"
        config.write_text(self._config(), encoding="utf-8")
        try:
            with self.log.open("wb") as log:
                self.process = subprocess.Popen(
                    [self.binary, "--config", config],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self.directory,
                    # Ctrl-C is for the demo, which then stops the daemon in order.
                    start_new_session=True,
                    preexec_fn=_end_with_the_demo,
                )
        except OSError as error:
            raise DemoError(f"cannot start {self.binary}: {error.strerror}") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stops the daemon if it still runs, by force if it must be."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _config(self) -> str:
        def text(path: Path) -> str:
            return json.dumps(str(path), ensure_ascii=False)  # also a basic string of TOML

        return f"""# Made by the demo for one run.
[server]
host = "{HOST}"
port = {self.port}

[state]
directory = {text(self.directory / "state")}

[database]
path = {text(self.database)}

[engine]
python = {text(Path(sys.executable))}

[port_pool]
start = {self.pool.start}
end = {self.pool.stop}

[admin]
socket = {text(self.socket)}
"""

    def wait_ready(self) -> None:
        """Returns when /ready answers 200, which is when the engine is imported."""
        assert self.process is not None
        deadline = time.monotonic() + READY_SECONDS
        last = "no answer"
        while time.monotonic() < deadline:
            if (status := self.process.poll()) is not None:
                raise DemoError(f"phoebed ended with status {status} before it was ready")
            with contextlib.suppress(OSError, http.client.HTTPException):
                code, answer = self.client.request("GET", "/ready")
                if code == 200:
                    return
                last = f"HTTP {code} {answer}"
            time.sleep(0.05)
        raise DemoError(f"phoebed was not ready after {READY_SECONDS} s; /ready: {last}")

    def look(self) -> int:
        """Remembers the processes below the daemon, for `stop`; says how many there are now."""
        assert self.process is not None
        now = processes.descendants(self.process.pid)
        self.seen |= now
        return len(now)

    def stop(self) -> float:
        """SIGTERM, then everything must be gone and the status 0. The seconds that it took."""
        assert self.process is not None
        self.look()
        before = time.monotonic()
        self.process.terminate()
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise DemoError(f"phoebed still runs {STOP_SECONDS} s after SIGTERM") from None
        seconds = time.monotonic() - before
        if status != 0:
            raise DemoError(f"phoebed ended with status {status} after SIGTERM, expected 0")
        self._nothing_left()
        return seconds

    def _nothing_left(self) -> None:
        # Those seen before, and any that was started since and names our directory.
        named = processes.mentioning(f"{self.directory}/state")
        if left := processes.still_there(self.seen | named):
            raise DemoError(f"processes are left: {', '.join(map(str, left))}")
        if self.socket.exists():
            raise DemoError(f"the admin socket is left: {self.socket}")
        taken = [port for port in (self.port, *self.pool) if not ports.is_free(HOST, port)]
        if taken:
            raise DemoError(f"ports are left in use: {taken}")

    def last_lines(self) -> str:
        """The end of the log, for the person who has to find out what went wrong."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
            return "\n".join(f"  {line}" for line in lines) or "  (empty)"
        return "  (none)"
