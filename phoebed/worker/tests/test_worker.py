"""A worker as a process: its birth, its descriptors, who may speak to it, how it ends."""

from __future__ import annotations

import functools
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import zmq
from zmq.utils.monitor import recv_monitor_message

from fake_daemon import (
    WORKER_DIRECTORY,
    FakeDaemon,
    FakeWorker,
    children,
    descriptors,
    eventually,
    free_port,
    is_gone,
    receive,
)


def test_a_worker_keeps_only_its_own_descriptors(daemon: FakeDaemon, worker: FakeWorker) -> None:
    worker.result("ping")
    own = descriptors(worker.pid)
    assert own[0] == "/dev/null"
    assert own[1] == own[2]
    assert own[1].startswith("pipe:")
    zygote_sockets = {t for t in descriptors(daemon.process.pid).values() if "socket" in t}
    assert not zygote_sockets & set(own.values())
    # Its channel, the listening socket and the daemon's connection.
    assert sum(target.startswith("socket:") for target in own.values()) == 3
    assert not [t for n, t in own.items() if n > 2 and not t.startswith(("socket:", "anon_inode:"))]


def test_a_worker_is_a_session_of_its_own_in_its_scratch_directory(worker: FakeWorker) -> None:
    assert os.getsid(worker.pid) == worker.pid
    assert os.getpgid(worker.pid) == worker.pid
    assert Path(os.readlink(f"/proc/{worker.pid}/cwd")).name.startswith("worker-")


def test_a_taken_port_is_reported_and_another_one_used(daemon: FakeDaemon) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        worker = daemon.worker(port=taken)
        message = receive(worker.channel)
        assert (message["event"], message["port"]) == ("port_taken", taken)
        assert "in use" in message["error"]
        worker.channel.send({"op": "bind", "port": taken})
        assert receive(worker.channel)["event"] == "port_taken"
        other = free_port()
        worker.channel.send({"op": "bind", "port": other})
        worker.wait_ready()
        assert worker.port == other
        assert worker.result("ping") == {"status": "ready"}
        worker.close()
        daemon.workers.remove(worker)


def test_a_worker_that_waits_for_a_port_ends_with_its_channel(daemon: FakeDaemon) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        worker = daemon.worker(port=holder.getsockname()[1])
        assert receive(worker.channel)["event"] == "port_taken"
        worker.close()
        daemon.workers.remove(worker)


def test_a_worker_that_cannot_start_says_why(daemon: FakeDaemon) -> None:
    for change in ({"host": "no host"}, {"daemon_key": "short"}, {"scratch": "/no/such/place"}):
        worker = daemon.worker(**change)
        message = receive(worker.channel)
        assert message["event"] == "failed", message
        assert message["error"]
        assert "Traceback" in message["traceback"]
        assert worker.wait_end() == 1
        worker.channel.close()
        os.close(worker.output)
        daemon.workers.remove(worker)


def test_only_the_daemons_key_is_admitted(worker: FakeWorker) -> None:
    stranger = worker.connect(zmq.curve_keypair())
    assert _refusal(stranger) == (zmq.EVENT_HANDSHAKE_FAILED_AUTH, 400)
    stranger.close()


def test_a_client_without_encryption_is_refused(worker: FakeWorker) -> None:
    with zmq.Context() as context, context.socket(zmq.DEALER) as bare:
        bare.linger = 0
        bare.connect(f"tcp://127.0.0.1:{worker.port}")
        event, _ = _refusal(bare)
        assert event != zmq.EVENT_HANDSHAKE_SUCCEEDED
    assert worker.result("ping") == {"status": "ready"}


def _refusal(client: zmq.Socket[bytes]) -> tuple[int, int]:
    """How the handshake of a client that has begun to connect fails: event and value.

    A handshake that succeeds is reported too, so that a test does not wait for nothing.
    """
    events = (
        zmq.EVENT_HANDSHAKE_FAILED_AUTH
        | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
        | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
        | zmq.EVENT_HANDSHAKE_SUCCEEDED
    )
    monitor = client.get_monitor_socket(events)
    # A client tries again after a failure, so none is missed by listening late.
    assert monitor.poll(30_000), "the handshake neither failed nor succeeded"
    message = recv_monitor_message(monitor)
    client.disable_monitor()
    return message["event"], message["value"]


def test_the_key_pair_of_each_worker_is_its_own(daemon: FakeDaemon, worker: FakeWorker) -> None:
    other = daemon.ready_worker()
    assert other.server_key != worker.server_key
    other.close()
    daemon.workers.remove(other)


def test_requests_not_understood_are_dropped_with_a_line(worker: FakeWorker) -> None:
    worker.socket.send_multipart([b"short", b"{}", b"{}"])
    worker.socket.send_multipart([bytes(8)])
    worker.socket.send_multipart([bytes(8), b"{}", b"{}", b"{}"])
    assert worker.result("ping") == {"status": "ready"}
    assert worker.read_output().count("not understood") == 3


def test_answers_come_in_the_order_of_requests(worker: FakeWorker) -> None:
    ids = [worker.post({"command": "ping"}) for _ in range(500)]
    assert [worker.take()[0] for _ in ids] == ids


def test_a_message_unknown_on_the_channel_is_ignored(worker: FakeWorker) -> None:
    worker.channel.send({"op": "dance"})
    assert worker.result("ping") == {"status": "ready"}


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


def test_a_worker_whose_channel_closes_ends_with_its_compute_child(daemon: FakeDaemon) -> None:
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
