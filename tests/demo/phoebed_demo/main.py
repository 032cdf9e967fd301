"""The story that the demo tells, from an empty directory to a stopped daemon."""

import argparse
import fcntl
import io
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TypeVar

from phoebed_demo import checks, curves, system, textplot
from phoebed_demo.client import Client
from phoebed_demo.daemon import Daemon
from phoebed_demo.errors import DemoError

CHECKOUT = Path(__file__).resolve().parents[3]
BINARY = CHECKOUT / "target" / "release" / "phoebed"
DIRECTORY = CHECKOUT / ".demo"
PICTURE = "ww-aurigae.png"
MATPLOTLIB = "matplotlib"
KEPT = {".lock", MATPLOTLIB}  # the font cache of matplotlib takes seconds to make
PLOT_ROWS = 12
Result = TypeVar("Result")


def main(arguments: list[str] | None = None) -> int:
    """Runs the demo; the exit status is 0 when everything was as it must be."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--binary", type=Path, default=BINARY, help="the phoebed to run")
    parser.add_argument("--directory", type=Path, default=DIRECTORY, help="emptied, then used")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _on_sigterm)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a sign that a terminal lacks is no failure
    began = time.monotonic()
    try:
        directory = _own_directory(options.directory.resolve())
        _run(options.binary.resolve(), directory)
    except DemoError as error:
        print(f"\nerror: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the daemon is stopped too.", file=sys.stderr)
        return 130
    print(f"\nDone in {time.monotonic() - began:.1f} s.")
    return 0


def _on_sigterm(number: int, _frame: FrameType | None) -> NoReturn:
    """Leaves by an exception, so that the daemon is stopped on the way."""
    sys.exit(128 + number)


def _own_directory(directory: Path) -> Path:
    """Empties the directory of an earlier run; refuses while another demo uses it."""
    directory.mkdir(parents=True, exist_ok=True)
    # Held as long as this process lives.
    lock = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DemoError(f"another demo is running in {directory}") from None
    for entry in directory.iterdir():
        if entry.name in KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return directory


def _run(binary: Path, directory: Path) -> None:
    if not binary.exists():
        raise DemoError(f"there is no {binary}; run `make build`")
    with Daemon(binary, directory) as daemon:
        try:
            computed, engine = _compute(daemon)
            print(f"Stopping phoebed: {daemon.stop():.1f} s, status 0, no process or socket left")
        except DemoError as error:
            raise DemoError(
                f"{error}\n\nThe last lines of {daemon.log}:\n{daemon.last_lines()}"
            ) from error
    _show(computed)
    _compare(computed)
    picture = directory / PICTURE
    # Only now: importing matplotlib takes a second that is not the daemon's.
    os.environ.setdefault("MPLCONFIGDIR", str(directory / MATPLOTLIB))
    from phoebed_demo.picture import save

    save(computed, engine, picture)
    print(f"\nPicture: {picture}\nThe log database: {daemon.database}")


def _timed(label: str, action: Callable[[], Result]) -> Result:
    before = time.monotonic()
    result = action()
    print(f"{label}: {time.monotonic() - before:.3f} s", flush=True)
    return result


def _compute(daemon: Daemon) -> tuple[curves.Curves, str]:
    client = daemon.client
    print(f"phoebed on http://{client.host}:{client.port}")
    _timed("Start of the daemon until the engine is ready", daemon.wait_ready)
    version = client.call("GET", "/")["version"]
    session = _timed("Start of a session", lambda: client.start_session(system.NAME))
    daemon.look()
    _enter_parameters(client, session)
    phases = system.phases()
    _add_datasets(client, session, phases)
    answer = _timed(
        f"run_compute, light and velocities at {len(phases)} phases",
        lambda: client.send(session, "run_compute"),
    )
    computed = curves.from_answer(answer, phases)
    print(f"Processes of the daemon: {daemon.look()}")
    _timed("End of the session", lambda: client.end_session(session))
    if session in client.call("GET", "/dash/sessions"):
        raise DemoError(f"session {session} is still listed after its end")
    return computed, f"PHOEBE in a session of phoebed {version}"


def _enter_parameters(client: Client, session: str) -> None:
    print(f"\n{system.NAME}, parameters of\n  {system.PAPER}\nperiod of\n  {system.CATALOGUE}")
    for item in system.settings():
        target = {
            "qualifier": item.qualifier,
            "component": item.component,
            "context": "component",
        }
        client.send(session, "set_value", value=item.value, **target)
        stored: Any = client.send(session, "get_value", **target)
        if stored != item.value:
            raise DemoError(f"{item.label}: set to {item.value}, but the engine has {stored}")
        print(f"  {item.label:<32} {item.value:.10g} {item.unit}".rstrip())
    axis = client.send(
        session, "get_value", qualifier="sma", component="binary", context="component"
    )
    print(f"  {'so the semi-major axis is':<32} {axis:.3f} R☉\n")


def _add_datasets(client: Client, session: str, phases: list[float]) -> None:
    for kind, dataset in (("lc", system.LIGHT_CURVE), ("rv", system.VELOCITIES)):
        client.send(
            session,
            "add_dataset",
            kind=kind,
            dataset=dataset,
            passband=system.PASSBAND,
            compute_phases=phases,
        )
    known = client.send(session, "get_datasets")["datasets"]
    expected = {system.LIGHT_CURVE: {"kind": "lc"}, system.VELOCITIES: {"kind": "rv"}}
    if known != expected:
        raise DemoError(f"the engine lists the datasets {known}, expected {expected}")


def _show(computed: curves.Curves) -> None:
    print(f"\nRelative flux of {system.NAME} in {system.PASSBAND} over the orbital phase\n")
    print(
        textplot.draw(
            computed.phases,
            computed.fluxes,
            min(shutil.get_terminal_size((80, 24)).columns, 160),
            PLOT_ROWS,
            dots=textplot.can_draw_dots(sys.stdout.encoding),
        )
    )


def _compare(computed: curves.Curves) -> None:
    print(f"\n{'':<28} {'computed':>8} {'observed':>8}")
    results = checks.compare(computed)
    for check in results:
        print(check)
    if failed := [check.name for check in results if not check.passed]:
        raise DemoError(f"not as observed: {', '.join(failed)}")
