"""A booted Debian in a container: systemd is its first process, loopback all its network."""

from __future__ import annotations

import ctypes
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
CLONE_NEWNET = 0x40000000
# What a real machine allows, and nspawn does not by itself: workers are caged with it.
ALLOWED_CALLS = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"
BOOTS_WITHIN = 60.0
STOPS_WITHIN = 60.0
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class CommandFailed(AssertionError):
    """A command in the machine failed."""


def eventually(what: str, probe: Callable[[], T | None], within: float = 30.0) -> T:
    """Waits until `probe` gives something; what it raises or lacks at the end is the failure."""
    deadline = time.monotonic() + within
    while True:
        try:
            found = probe()
        except (AssertionError, OSError) as error:
            found, why = None, repr(error)
        else:
            why = repr(found)
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what}; last: {why}")
        time.sleep(0.05)


class Machine:
    """One boot of a root directory."""

    def __init__(self, root: Path, console: Path, binds: dict[Path, str]) -> None:
        command = ["systemd-nspawn", "--quiet", "--boot", f"--directory={root}"]
        command += ["--register=no", "--keep-unit", "--private-network", "--console=pipe"]
        command += [f"--machine=phoebed-boot-{os.getpid()}", "--settings=no"]
        command += [f"--system-call-filter={ALLOWED_CALLS}"]
        command += [f"--bind-ro={source}:{target}" for source, target in binds.items()]
        if Path("/run/systemd/system").exists():
            # Where systemd rules the host, the container gets a part of the tree to itself.
            command = ["systemd-run", "--quiet", "--scope", "--property=Delegate=yes", *command]
        # It ends with this process, however that ends, and its first process with it.
        command = ["setpriv", "--pdeathsig", "KILL", *command]
        with console.open("wb") as output:
            self._nspawn = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        self._console = console
        self._leader = 0
        try:
            self._leader = eventually("its first process", self._first_process, BOOTS_WITHIN)
            eventually("systemd is up", self._is_up, BOOTS_WITHIN)
        except BaseException as error:
            self.stop()
            text = console.read_text(errors="replace")[-3000:]
            raise AssertionError(f"the machine did not boot: {error}\n{text}") from error

    def _first_process(self) -> int | None:
        if self._nspawn.poll() is not None:
            raise RuntimeError(f"systemd-nspawn ended with status {self._nspawn.returncode}")
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text()
        # A stub of nspawn's own may come first: systemd is the one that runs as 1 inside.
        for pid in children.split():
            status = Path(f"/proc/{pid}/status").read_text()
            inner = next(line for line in status.splitlines() if line.startswith("NSpid:"))
            if inner.split()[-1] == "1" and "systemd" in Path(f"/proc/{pid}/comm").read_text():
                return int(pid)
        return None

    def _is_up(self) -> bool:
        state = self.run("systemctl is-system-running", check=False).stdout.strip()
        return state in {"running", "degraded"}

    def run(
        self, command: str, *, check: bool = True, within: float = 120.0
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command line in the machine, as root."""
        whole = ["nsenter", "--target", str(self._leader), "--all", "env", "-i"]
        whole += [f"PATH={PATH}", "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
        done = subprocess.run(
            [*whole, "sh", "-c", command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within,
        )
        if check and done.returncode != 0:
            said = f"{done.stdout}{done.stderr}"
            raise CommandFailed(f"{command}: status {done.returncode}\n{said}")
        return done

    def out(self, command: str, *, within: float = 120.0) -> str:
        """What a command line prints."""
        return self.run(command, within=within).stdout.strip()

    def show(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.out(f"systemctl show --value --property={name} {shlex.quote(unit)}")

    def journal(self, *matches: str, options: str = "") -> str:
        """Messages of the journal."""
        words = " ".join(shlex.quote(match) for match in matches)
        return self.out(f"journalctl --sync && journalctl --quiet --no-pager {options} {words}")

    @contextmanager
    def network(self) -> Iterator[None]:
        """Sockets that this thread makes meanwhile are in the machine's network."""
        with (
            open("/proc/thread-self/ns/net") as ours,
            open(f"/proc/{self._leader}/ns/net") as theirs,
        ):
            _set_namespace(theirs.fileno())
            try:
                yield
            finally:
                _set_namespace(ours.fileno())

    def stop(self) -> None:
        """Powers it off; whatever is left then is killed."""
        try:
            if self._nspawn.poll() is None and self._leader:
                self.run("systemctl poweroff --no-block", check=False)
            self._nspawn.wait(STOPS_WITHIN if self._leader else 0)
        except subprocess.TimeoutExpired:
            for pid in filter(None, [self._leader, self._nspawn.pid]):
                os.kill(pid, signal.SIGKILL)
            self._nspawn.wait()


def _set_namespace(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
