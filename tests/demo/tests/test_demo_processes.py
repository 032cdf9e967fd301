"""A process that is left behind is found, one that ended is not."""

import os
import socket
import subprocess
import sys

from phoebed_demo import ports, processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)", "a-mark-of-this-test"]


def test_a_running_child_is_found_and_an_ended_one_is_not() -> None:
    child = subprocess.Popen(SLEEP)
    try:
        below = {process.pid: process for process in processes.descendants(os.getpid())}
        mine = {below[child.pid]}
        assert processes.still_there(mine, patience=0) == mine
        assert mine <= processes.mentioning("a-mark-of-this-test")
    finally:
        child.kill()
        child.wait()
    assert processes.still_there(mine) == set()


def test_a_bound_port_is_not_free() -> None:
    first = ports.free_block("127.0.0.1", 3)
    assert first + 3 <= ports.ephemeral_start()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first))
        taken.listen()
        assert not ports.is_free("127.0.0.1", first)
