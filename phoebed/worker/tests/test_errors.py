"""What clients send by mistake or malice: an error answer each time, and the worker goes on."""

from __future__ import annotations

import json

import pytest

from fake_daemon import WORKER_DIRECTORY, FakeWorker, Json


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({}, "None"),
        ({"command": None}, "None"),
        ({"command": "dance"}, "dance"),
        ({"command": "__class__"}, "__class__"),
        ({"command": 7}, "7"),
        ({"command": True}, "True"),
        ({"command": ["ping"]}, "['ping']"),
        ({"command": {"a": 1}}, "{'a': 1}"),
        ({"command": "\u00e9\ud800"}, "\u00e9\ud800"),
    ],
)
def test_an_unknown_command_has_its_own_text(worker: FakeWorker, body: Json, shown: str) -> None:
    worker.post(json.dumps(body).encode())
    _, header, text = worker.take()
    answer = json.loads(text)
    assert answer == {"success": False, "error": f"API does not recognize command {shown}."}
    assert header["success"] is False
    header["error"].encode()  # proper Unicode, for the daemon's parser


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"command":"ping"',
        b'{"command":"ping","x":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"command":"get_value","twig":' + b"9" * 10_000 + b"}",
        b'{"command":"get_value","qualifier":' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"command":"get_value","self":1}',
        b'{"command":"get_value","params":1,"bundle":2,"session":3,"arguments":4,"a b":5,"":6}',
        b'{"command":"set_value","value":1,"self":2,"twig":"teff"}',
        b'{"command":"run_compute","self":1}',
        b'{"command":"get_value","twig":"teff@primary@component","unit":"no unit"}',
        b'{"command":"get_value","twig":["teff@primary@component","teff@secondary@component"]}',
        b'{"command":"get_value","time":"teff"}',
        b'{"command":"get_value","qualifier":"teff[","component":"primary"}',
    ],
)
def test_no_request_ends_the_worker_or_loses_the_order(worker: FakeWorker, body: bytes) -> None:
    answer = worker.send_raw(body)
    assert answer["success"] is False
    assert answer["error"]
    assert worker.result("ping") == {"status": "ready"}


def test_unknown_filters_are_left_to_phoebe(worker: FakeWorker) -> None:
    odd = {"bundle": 1, "session": 2, "arguments": 3, "a b": 4, "": 5, "\u00e9": 6}
    assert worker.result("get_value", twig="teff@primary@component", **odd) == 6000.0


def test_a_huge_integer_is_no_answer_but_an_error(worker: FakeWorker) -> None:
    huge = json.dumps({"command": "get_value", "twig": "none@here", "default": 10**4000})
    assert worker.send_raw(huge.encode())["result"] == 10**4000


def test_errors_have_message_and_traceback_without_install_paths(worker: FakeWorker) -> None:
    for answer in (
        worker.send("get_value", twig="nothing"),
        worker.send("add_dataset", kind="nonsense"),
        worker.send("run_compute", model="not allowed!"),
        worker.send("load_bundle", bundle="[{}]"),
    ):
        assert set(answer) == {"success", "error", "traceback"}
        assert answer["traceback"].startswith("Traceback (most recent call last)")
        assert '"phoebed_worker/executor.py"' in answer["traceback"]
        text = answer["error"] + answer["traceback"]
        for leak in ("site-packages", str(WORKER_DIRECTORY), "/work/", "/usr/", "/home/", ".venv"):
            assert leak not in text
    assert '"phoebe/parameters/parameters.py"' in worker.send("get_value", twig="x")["traceback"]


def test_an_error_without_a_message_is_named_by_its_class(worker: FakeWorker) -> None:
    # PHOEBE raises a bare TypeError for a time that finds nothing and a parameter of no array.
    answer = worker.send("set_value", twig="teff@primary@component", time=1.0, value=1)
    assert answer["error"] == "TypeError"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("raise SystemExit", "SystemExit"),
        ("raise SystemExit(3)", "3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise BaseExceptionGroup('several', [SystemExit()])", "several (1 sub-exception)"),
    ],
)
def test_what_evaluated_code_raises_is_an_error_answer(
    worker: FakeWorker, code: str, name: str
) -> None:
    """A bundle may carry code, which PHOEBE runs while it loads it."""
    saved = json.loads(worker.result("get_bundle")["bundle"])
    tags = {"qualifier": "custom_code", "context": "setting", "uniqueid": "x" * 30}
    saved.append({"Class": "CodeParameter", "value": f"    {code}\n", **tags})
    answer = worker.send("load_bundle", bundle=json.dumps(saved))
    assert answer["error"] == name
    assert worker.result("ping") == {"status": "ready"}
