"""A worker as a process: its birth, its descriptors, its stream, how it ends."""

from __future__ import annotations

import functools
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

from fake_daemon import (
    WORKER_DIRECTORY,
    FakeDaemon,
    FakeWorker,
    children,
    descriptors,
    eventually,
    is_gone,
)


def test_a_worker_keeps_only_its_own_descriptors(daemon: FakeDaemon, worker: FakeWorker) -> None:
    worker.result("ping")
    own = descriptors(worker.pid)
    assert own[0] == "/dev/null"
    assert own[1] == own[2]
    assert own[1].startswith("pipe:")
    zygote_sockets = {t for t in descriptors(daemon.process.pid).values() if "socket" in t}
    assert not zygote_sockets & set(own.values())
    assert [target.partition(":")[0] for n, target in own.items() if n > 2] == ["socket"]


def test_a_worker_has_one_thread(worker: FakeWorker) -> None:
    assert len(os.listdir(f"/proc/{worker.pid}/task")) == 1


def test_a_worker_is_a_session_of_its_own_in_its_scratch_directory(worker: FakeWorker) -> None:
    assert os.getsid(worker.pid) == worker.pid
    assert os.getpgid(worker.pid) == worker.pid
    assert Path(os.readlink(f"/proc/{worker.pid}/cwd")).name.startswith("worker-")


def test_a_worker_that_cannot_start_says_why(daemon: FakeDaemon) -> None:
    worker = daemon.worker(scratch="/no/such/place")
    request_id, header, body = worker.take()
    assert request_id == 0
    assert header["success"] is False
    assert "/no/such/place" in header["error"]
    assert b"Traceback" in body
    assert worker.wait_end() == 1
    worker.link.close()
    os.close(worker.output)
    daemon.workers.remove(worker)


def test_a_request_in_pieces_is_one_request(worker: FakeWorker) -> None:
    body = b'{"command":"ping"}'
    frame = struct.pack(">QBQ", 7, 0, len(body)) + body
    for byte in frame:
        worker.link.sendall(bytes([byte]))
    assert worker.take()[0] == 7


def test_a_request_larger_than_the_stream_holds_arrives_whole(worker: FakeWorker) -> None:
    text = "x" * (8 << 20)
    assert worker.error("get_parameter", twig=text)
    assert worker.result("ping") == {"status": "ready"}


def test_answers_come_in_the_order_of_requests(worker: FakeWorker) -> None:
    ids = [worker.post({"command": "ping"}) for _ in range(100)]
    assert [worker.take()[0] for _ in ids] == ids


def test_an_answer_larger_than_the_limit_is_an_error_that_says_so(daemon: FakeDaemon) -> None:
    worker = daemon.ready_worker(max_answer_bytes=5000)
    message = worker.error("get_bundle")
    assert "larger" in message
    assert "5000" in message
    assert worker.result("ping") == {"status": "ready"}
    worker.close()
    daemon.workers.remove(worker)


def test_a_killed_worker_is_reaped_by_the_daemon_alone(daemon: FakeDaemon) -> None:
    worker = daemon.ready_worker()
    os.kill(worker.pid, signal.SIGKILL)
    assert worker.wait_end() == -signal.SIGKILL
    worker.close()
    daemon.workers.remove(worker)


def test_an_interrupt_does_not_end_a_worker(worker: FakeWorker) -> None:
    os.kill(worker.pid, signal.SIGINT)
    assert worker.result("ping") == {"status": "ready"}


def test_nothing_outlives_a_killed_daemon() -> None:
    """The daemon here is a process of its own: it prints the pids, then is killed."""
    script = (
        "import sys; sys.path[:0] = [sys.argv[1], sys.argv[1] + '/tests']\n"
        "from fake_daemon import *\n"
        "d = FakeDaemon(); receive(d.channel)\n"
        "idle, busy = d.ready_worker(), d.ready_worker()\n"
        "busy.result('add_dataset', kind='lc', compute_phases=[i / 1000 for i in range(1000)])\n"
        "busy.post({'command': 'run_compute'})\n"
        "child = eventually('a compute child', lambda: children(busy.pid))\n"
        "print(d.process.pid, idle.pid, busy.pid, *child, flush=True)\n"
        "print(d.directory, flush=True)\n"
        "sys.stdin.read()\n"
    )
    daemon = subprocess.Popen(
        [sys.executable, "-c", script, str(WORKER_DIRECTORY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout is not None
    assert daemon.stdin is not None
    pids = [int(word) for word in daemon.stdout.readline().split()]
    directory = daemon.stdout.readline().strip()
    assert len(pids) == 4, pids
    os.kill(daemon.pid, signal.SIGKILL)
    assert daemon.wait(30) == -signal.SIGKILL
    daemon.stdout.close()
    daemon.stdin.close()
    for pid in pids:
        eventually(f"end of process {pid}", functools.partial(_has_ended, pid))
    assert directory.startswith("/tmp/") or "phoebed-worker-test-" in directory
    subprocess.run(["rm", "-r", "--", directory], check=True)


def _has_ended(pid: int) -> bool:
    """Gone, or not reaped because this container's init does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_worker_whose_stream_closes_ends_with_its_compute_child(daemon: FakeDaemon) -> None:
    worker = daemon.ready_worker()
    worker.result("add_dataset", kind="lc", compute_phases=[i / 1000 for i in range(1000)])
    worker.post({"command": "run_compute"})
    (child,) = eventually("a compute child", lambda: children(worker.pid))
    worker.close()
    daemon.workers.remove(worker)
    assert is_gone(child)


def test_a_zygote_without_a_channel_fails_in_its_own_code() -> None:
    """So `-I` has not kept the package's own directory from the path."""
    command = [sys.executable, "-I", "-B", str(WORKER_DIRECTORY)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == 1
    assert b"phoebed_worker/zygote.py" in done.stderr
