"""The zygote: what it says, what it survives, how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import phoebed_worker
from fake_daemon import (
    WORKER_DIRECTORY,
    FakeDaemon,
    children,
    descriptors,
    eventually,
    receive,
)
from phoebed_worker.channel import Channel, Closed, fit
from phoebed_worker.huge_pages import collapse


def test_ready_names_the_versions_and_the_passbands(daemon: FakeDaemon) -> None:
    ready = daemon.ready
    assert ready["phoebe"] == "2.5.4"
    assert ready["python"].startswith("3.")
    assert isinstance(ready["seconds"], float)
    assert ready["passbands"] == sorted(ready["passbands"])
    assert {"Bolometric:900-40000", "Johnson:V"} <= set(ready["passbands"])


def test_the_zygote_has_one_thread(daemon: FakeDaemon) -> None:
    assert len(os.listdir(f"/proc/{daemon.process.pid}/task")) == 1


def test_bad_messages_are_survived_and_leave_no_descriptor(daemon: FakeDaemon) -> None:
    before = descriptors(daemon.process.pid)
    raw = socket.socket(fileno=os.dup(daemon.channel.fileno()))
    read, write = os.pipe()
    for packet in (b"", b"nonsense", b"[]", b"\xff", b'{"op":"dance"}', b"[" * 100_000):
        socket.send_fds(raw, [packet], [read, write, write])
    socket.send_fds(raw, [b"{}"], [write] * 40)
    raw.close()
    os.close(read)
    os.close(write)
    number, reply, link, output = daemon.order(scratch=7)
    assert reply["event"] == "fork_failed"
    assert reply["worker"] == number
    assert "scratch" in reply["error"]
    link.close()
    os.close(output)
    assert descriptors(daemon.process.pid) == before


def test_an_order_with_the_wrong_number_of_descriptors_is_refused(daemon: FakeDaemon) -> None:
    order = {"op": "fork", "worker": 999}
    daemon.channel.send({**order, "scratch": "/tmp", "max_answer_bytes": 1})
    reply = receive(daemon.channel)
    assert (reply["event"], reply["worker"]) == ("fork_failed", 999)
    assert "descriptors" in reply["error"]


def test_an_interrupt_does_not_end_the_zygote(daemon: FakeDaemon) -> None:
    os.kill(daemon.process.pid, signal.SIGINT)
    daemon.ready_worker().close()
    daemon.workers.pop()


def test_many_workers_in_a_row_are_our_children_and_leave_nothing(daemon: FakeDaemon) -> None:
    before = descriptors(daemon.process.pid)
    ours = set(children(os.getpid()))
    pids = set()
    for _ in range(40):
        worker = daemon.worker()
        pids.add(worker.pid)
    assert pids <= set(children(os.getpid()))
    for worker in daemon.workers[-40:]:
        worker.result("ping")
        worker.close()
    del daemon.workers[-40:]
    assert len(pids) == 40
    assert descriptors(daemon.process.pid) == before
    assert set(children(os.getpid())) == ours


def test_the_end_of_its_channel_ends_the_zygote_but_not_its_workers(tmp_path: Path) -> None:
    fake = fake_engine(tmp_path, "executor = None")
    fake.ready = receive(fake.channel)
    worker = fake.worker()
    fake.channel.close()
    assert fake.process.wait(30) == 0
    assert os.path.exists(f"/proc/{worker.pid}/fd")
    worker.close()
    fake.close()


def test_an_import_that_fails_is_reported(tmp_path: Path) -> None:
    fake = fake_engine(tmp_path, "import no_such_module")
    message = receive(fake.channel)
    assert message["event"] == "failed"
    assert message["error"] == "ModuleNotFoundError: No module named 'no_such_module'"
    assert "Traceback" in message["traceback"]
    assert fake.process.wait(30) == 1
    with pytest.raises(AssertionError):
        fake.close()


def test_a_text_too_long_for_a_packet_is_cut_and_says_so() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sender, receiver = Channel(ours.detach()), Channel(theirs.detach())
    text = fit("\u20ac" * 1_000_000)
    sender.send({"error": text, "traceback": text})
    message, _ = receiver.receive()
    assert message["error"] == text
    assert "1000000 characters" in text
    sender.close()
    with pytest.raises(Closed):
        receiver.receive()
    receiver.close()


def test_huge_pages_are_tried_and_never_fail() -> None:
    assert collapse() >= 0


def test_the_loop_needs_no_phoebe() -> None:
    probe = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "import phoebed_worker.zygote, phoebed_worker.worker, phoebed_worker.link;"
        "sys.exit('phoebe' in sys.modules)"
    )
    subprocess.run(
        [sys.executable, "-I", "-B", "-c", probe, str(WORKER_DIRECTORY)], check=True, timeout=60
    )


def fake_engine(directory: Path, engine: str) -> FakeDaemon:
    """A zygote of the real package, with another engine in the place of PHOEBE."""
    package = directory / "worker" / "phoebed_worker"
    package.parent.mkdir()
    source = Path(phoebed_worker.__file__).parent
    package.mkdir()
    for file in source.glob("*.py"):
        (package / file.name).write_text(file.read_text())
    (package.parent / "__main__.py").write_text((WORKER_DIRECTORY / "__main__.py").read_text())
    (package / "engine.py").write_text(
        f"{engine}\n"
        "class PhoebeEngine:\n"
        "    phoebe_version, tag, passbands, paths = '0', 'fake', [], []\n"
        "    def executor(self, scratch, shipping, processes): return None\n"
    )
    return FakeDaemon(directory=package.parent)


def test_the_zygote_is_one_process(daemon: FakeDaemon) -> None:
    eventually("no child of the zygote", lambda: not children(daemon.process.pid))
