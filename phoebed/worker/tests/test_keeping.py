"""What is shipped with the answers, and that a session put back from it is the same session."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from fake_daemon import FakeDaemon, FakeWorker, Json, Shipped, receive
from phoebed_worker.link import Kind
from same_bundle import differences

TEFF = {"twig": "teff@primary@component"}
COPIED = {
    "ptype": "choice",
    "qualifier": "colour",
    "choices": ["red", "blue"],
    "value": "blue",
    "copy_for": {"kind": "lc", "dataset": "*"},
    "dataset": "_default",
    "kind": "lc",
}
ZOOM = {"ptype": "float", "qualifier": "zoom", "value": 1.5, "limits": [0, 3]}
ATTACHED = {"parameters": [COPIED, ZOOM]}
LC = {"kind": "lc", "dataset": "lc01", "compute_phases": [0.0, 0.1, 0.25], "passband": "Johnson:V"}


class Keeper:
    """A worker, and what the daemon would have of its session: a whole state and the journal."""

    def __init__(self, worker: FakeWorker) -> None:
        self.worker = worker
        self.base: Shipped | None = None
        self.journal: list[bytes] = []

    def send(self, command: str, **arguments: Any) -> str | None:
        """One command, whose answer is kept in `answer`. Returns the form of its state."""
        self.answer = self.worker.send(command, **arguments)
        shipped = self.worker.shipped
        if shipped.form == "journal":
            assert shipped.engine is None
            self.journal.append(shipped.data)
        elif shipped.form is not None:
            self.base, self.journal = shipped, []
        return shipped.form

    def done(self, command: str, **arguments: Any) -> str | None:
        form = self.send(command, **arguments)
        assert self.answer["success"], self.answer
        return form

    def stored(self) -> tuple[Shipped, list[bytes]]:
        assert self.base is not None
        return self.base, self.journal


@pytest.fixture(scope="module")
def later() -> Iterator[FakeDaemon]:
    """Another zygote, as after a restart: other start bundles, another seed of Python's hashes."""
    with FakeDaemon() as started:
        started.ready = receive(started.channel)
        yield started


@pytest.fixture
def keeper(daemon: FakeDaemon) -> Iterator[Keeper]:
    worker = daemon.ready_worker(ship_state=True)
    assert worker.shipped.form is None
    yield Keeper(worker)
    end(daemon, worker)


def end(daemon: FakeDaemon, worker: FakeWorker) -> None:
    worker.close()
    daemon.workers.remove(worker)


def restored(later: FakeDaemon, base: Shipped, journal: list[bytes]) -> FakeWorker:
    worker = later.ready_worker(ship_state=True)
    answer = worker.restore(base, journal)
    assert answer == {"success": True, "result": {}}, answer
    assert worker.shipped.form is None
    return worker


def check(later: FakeDaemon, keeper: Keeper) -> None:
    """What the daemon has puts back the session as it is, and so does the portable form."""
    now = keeper.worker.state(Kind.SNAPSHOT)
    portable = keeper.worker.state(Kind.PORTABLE)
    for base, journal in (keeper.stored(), (now, []), (portable, [])):
        worker = restored(later, base, journal)
        assert differences(now.data, worker.state(Kind.SNAPSHOT).data) == []
        end(later, worker)


# Commands in an order in which each works, and the form that comes with each.
COMMANDS: list[tuple[str, Json, str | None]] = [
    ("ping", {}, None),
    # The first that tells of the bundle brings the base of the journal.
    ("get_bundle", {}, "fast"),
    ("set_value", {**TEFF, "value": 6100.3}, "journal"),
    ("set_value", {**TEFF, "value": 6100.7}, "journal"),
    ("get_value", TEFF, None),
    ("get_parameter", TEFF, None),
    ("get_uniqueid", TEFF, None),
    ("is_parameter_constrained", TEFF, None),
    ("get_datasets", {}, None),
    ("attach_parameters", ATTACHED, "fast"),
    ("set_value", {"qualifier": "zoom", "context": "ui", "value": 2.25}, "journal"),
    ("add_dataset", LC, "fast"),
    ("add_dataset", {"kind": "rv", "dataset": "rv01", "compute_times": [0.0, 0.3]}, "fast"),
    ("set_value", {"twig": "colour@lc01", "value": "red"}, "journal"),
    ("set_value", {"twig": "period@binary@component", "value": 1e5, "unit": "s"}, "journal"),
    ("set_value", {"twig": "compute_phases@lc01@dataset", "value": [0.1, 0.2, 0.3]}, "journal"),
    ("set_value", {"twig": "enabled@lc01@phoebe01@compute", "value": True}, "journal"),
    ("set_value", {"twig": "ntriangles@primary@compute", "value": 500}, "journal"),
    ("set_value", {"twig": "pblum_mode@lc01", "value": "dataset-scaled"}, "journal"),
    ("set_value", {"twig": "pblum_mode@lc01", "value": "component-coupled"}, "journal"),
    ("set_value", {"twig": "fit_parameters@dc", "value": ["teff@primary@component"]}, "journal"),
    ("set_value", {"twig": "steps@dc", "value": [60.0]}, "journal"),
    ("run_compute", {}, "fast"),
    ("run_compute", {"model": "second"}, "fast"),
    ("set_value", {"twig": "times@lc01@dataset", "value": [0.0, 0.1, 0.2, 0.3]}, "journal"),
    ("set_value", {"twig": "fluxes@lc01@dataset", "value": [2.0, 1.9, 1.8, 1.9]}, "journal"),
    ("set_value", {"twig": "sigmas@lc01@dataset", "value": [0.01] * 4}, "journal"),
    # One element of an array: not in the journal's language.
    ("set_value", {"twig": "fluxes@lc01@dataset", "value": 1.95, "index": 1}, "fast"),
    ("run_solver", {"solver": "dc"}, "fast"),
    ("remove_dataset", {"dataset": "no such"}, None),
    ("remove_dataset", {"dataset": "rv01"}, "fast"),
    ("save_bundle", {}, None),
]


def test_after_each_command_the_daemon_has_the_session(later: FakeDaemon, keeper: Keeper) -> None:
    for command, arguments, form in COMMANDS:
        assert (command, keeper.done(command, **arguments)) == (command, form)
        if form is not None:
            check(later, keeper)
    text = keeper.worker.result("get_bundle")["bundle"]
    for morphology in ("contact", "semi-detached"):
        assert keeper.done("set_morphology", morphology=morphology) == "fast"
        assert keeper.done("set_value", twig="teff@secondary@component", value=5000) == "journal"
        check(later, keeper)
    assert keeper.done("change_morphology", morphology="detached") == "fast"
    assert keeper.done("load_bundle", bundle=text) == "fast"
    check(later, keeper)
    assert keeper.done("new_bundle") == "fast"
    check(later, keeper)


def test_what_goes_on_in_a_session_put_back_is_the_same_to_the_last_bit(
    later: FakeDaemon, keeper: Keeper
) -> None:
    keeper.done("attach_parameters", **ATTACHED)
    keeper.done("add_dataset", **LC)
    keeper.done("set_value", twig="period@binary@component", value=100000.3, unit="s")
    keeper.done("run_compute", model="before")
    keeper.done("set_value", twig="incl@binary@component", value=1.5, unit="rad")
    portable = keeper.worker.state(Kind.PORTABLE)
    now = keeper.worker.state(Kind.SNAPSHOT)
    others = [
        restored(later, base, journal)
        for base, journal in (keeper.stored(), (now, []), (portable, []))
    ]
    seen = []
    for worker in (keeper.worker, *others):
        # The uniqueid is the client's handle on the parameter.
        uniqueid = keeper.worker.result("get_uniqueid", **TEFF)
        worker.result("set_value", uniqueid=uniqueid, value=6543.21)
        # A base is there in all of them.
        assert worker.shipped.form == "journal"
        worker.result("set_value", twig="mass@primary@component", value=2.2e30, unit="kg")
        model = worker.result("run_compute")
        distance = worker.result("get_value", twig="sma@binary@component")
        # New labels and styles go on where they were.
        worker.result("add_dataset", kind="lc", compute_phases=[0.5])
        seen.append((model, distance, worker.result("get_datasets")))
    assert [other == seen[0] for other in seen[1:]] == [True] * 3
    for worker in others:
        end(later, worker)


def test_a_command_refused_before_it_touches_the_bundle_ships_nothing(keeper: Keeper) -> None:
    for body in (b"", b"[]", b'{"command":"dance"}', b'{"command":7}'):
        assert not keeper.worker.send_raw(body)["success"]
        assert keeper.worker.shipped.form is None
    refused: list[tuple[str, Json]] = [
        ("set_value", {}),
        ("set_value", {"twig": "nothing", "value": 1}),
        ("set_value", {"value": 1}),
        ("set_morphology", {"morphology": "triple"}),
        ("attach_parameters", {"parameters": 3}),
        ("attach_parameters", {"parameters": [{"ptype": "tensor"}]}),
        ("remove_dataset", {}),
        ("load_bundle", {"bundle": "no bundle"}),
        # The child's bundle is not taken over, so nothing has changed.
        ("run_compute", {"model": "not allowed!"}),
        ("run_compute", {"detach": True}),
        ("run_solver", {"solver": "dc"}),
    ]
    before = keeper.worker.state(Kind.SNAPSHOT)
    for command, arguments in refused:
        assert keeper.send(command, **arguments) is None, command
        assert not keeper.answer["success"]
    assert differences(before.data, keeper.worker.state(Kind.SNAPSHOT).data) == []


def test_a_command_that_fails_on_the_way_ships_what_it_has_left(
    later: FakeDaemon, keeper: Keeper
) -> None:
    # Parameters of a dataset are there before its arrays are refused.
    wrong: list[tuple[str, Json]] = [
        ("add_dataset", {"kind": "lc", "dataset": "half", "times": "no times"}),
        ("add_dataset", {"kind": "nonsense"}),
        ("set_value", {**TEFF, "value": -1}),
        ("set_value", {"twig": "requiv@primary@component", "value": "wide"}),
    ]
    for command, arguments in wrong:
        assert keeper.send(command, **arguments) == "fast"
        assert not keeper.answer["success"]
        check(later, keeper)


@pytest.mark.parametrize("uniqueids", [("twin", "twin"), ("z*", "zo"), ("a[b", "c[0]")])
def test_a_uniqueid_that_does_not_find_one_parameter_is_not_for_the_journal(
    later: FakeDaemon, keeper: Keeper, uniqueids: tuple[str, str]
) -> None:
    names = ("zoom", "pan")
    custom = [
        {**ZOOM, "qualifier": name, "uniqueid": uniqueid}
        for name, uniqueid in zip(names, uniqueids, strict=True)
    ]
    keeper.done("attach_parameters", parameters=custom)
    for name in names:
        keeper.done("set_value", qualifier=name, context="ui", value=2.5)
    worker = restored(later, *keeper.stored())
    for name in names:
        assert worker.result("get_value", qualifier=name, context="ui") == 2.5
    end(later, worker)


def test_the_journal_ends_before_repeating_it_takes_long(
    daemon: FakeDaemon, later: FakeDaemon
) -> None:
    hurried = daemon.ready_worker(ship_state=True, max_repeat_seconds=0)
    keeper = Keeper(hurried)
    keeper.done("get_value", **TEFF)
    forms = [keeper.done("set_value", value=6000 + turn, **TEFF) for turn in range(3)]
    assert forms == ["fast"] * 3
    # What a session was put back with counts as well.
    period = {"twig": "period@binary"}
    other = daemon.ready_worker(ship_state=True)
    keeper = Keeper(other)
    keeper.done("get_value", **period)
    assert [keeper.done("set_value", value=1.5 + n, **period) for n in range(3)] == ["journal"] * 3
    for seconds, form in ((0.001, "fast"), (1000, "journal")):
        again = later.ready_worker(ship_state=True, max_repeat_seconds=seconds)
        assert again.restore(*keeper.stored())["success"]
        again.result("set_value", twig="period@binary", value=3.5)
        assert again.shipped.form == form
        end(later, again)
    end(daemon, hurried)
    end(daemon, other)


def test_the_journal_ends_before_it_is_long(later: FakeDaemon, keeper: Keeper) -> None:
    keeper.done("get_value", **TEFF)
    forms = [keeper.done("set_value", value=6000 + turn, **TEFF) for turn in range(120)]
    assert forms.count("fast") == 2
    assert forms[:50] == ["journal"] * 50
    worker = restored(later, *keeper.stored())
    entries = len(keeper.journal)
    assert 0 < entries < 50
    # What it was put back from counts.
    later_forms = []
    for turn in range(50):
        worker.result("set_value", value=6500 + turn, **TEFF)
        later_forms.append(worker.shipped.form)
    assert later_forms.index("fast") == 50 - entries
    end(later, worker)
    # Nor is one of long entries.
    keeper.done("add_dataset", **LC)
    long = {"twig": "compute_phases@lc01@dataset", "value": [turn / 7 for turn in range(30_000)]}
    assert "fast" in [keeper.done("set_value", **long) for _ in range(3)]


def test_nothing_is_shipped_where_nothing_is_kept(worker: FakeWorker) -> None:
    worker.result("set_value", value=6001, **TEFF)
    worker.result("add_dataset", **LC)
    worker.result("run_compute")
    assert worker.shipped == Shipped(None, None, b"", None)
    assert worker.state(Kind.SNAPSHOT).form == "fast"


def test_a_state_beyond_the_limit_is_said_to_be_missing(daemon: FakeDaemon) -> None:
    worker = daemon.ready_worker(ship_state=True, max_state_bytes=1000)
    for _ in range(2):  # a journal without a base would be worth nothing
        assert worker.result("set_value", value=6001, **TEFF) == {}
        assert worker.shipped.form is None
        assert "the limit is 1000 bytes" in str(worker.shipped.error)
    for kind in (Kind.SNAPSHOT, Kind.PORTABLE):
        answer = worker.internal(kind)
        assert not answer["success"]
        assert "the limit is 1000 bytes" in answer["error"]
    end(daemon, worker)


def test_an_answer_too_large_to_pass_on_still_brings_its_state(
    daemon: FakeDaemon, later: FakeDaemon
) -> None:
    worker = daemon.ready_worker(ship_state=True, max_answer_bytes=1000)
    worker.result("add_dataset", kind="lc", compute_phases=[i / 100 for i in range(100)])
    assert "larger" in worker.error("run_compute")
    base = worker.shipped
    again = restored(later, base, [])
    assert again.result("get_value", qualifier="fluxes", context="model")
    end(later, again)
    end(daemon, worker)


def test_what_cannot_be_put_back_leaves_the_session(later: FakeDaemon, keeper: Keeper) -> None:
    keeper.done("new_bundle")
    base, _ = keeper.stored()
    keeper.done("set_value", value=6001, **TEFF)
    (good,) = keeper.journal
    missing = good.replace(json.loads(good)["uniqueid"].encode(), b"x" * 30)
    portable = keeper.worker.state(Kind.PORTABLE)
    wrong: list[tuple[Shipped, list[bytes], str]] = [
        (base._replace(engine="phoebe-1.0"), [], "the state is for 'phoebe-1.0'"),
        (base._replace(data=base.data[:-5]), [], "the fast state cannot be read"),
        (base._replace(data=b""), [], "the fast state cannot be read"),
        (base._replace(data=b"N."), [], "it holds no bundle"),
        (portable._replace(data=portable.data[:-5]), [], "the portable state cannot be read"),
        (portable._replace(data=b"[]"), [], "the portable state cannot be read"),
        (base._replace(form="journal"), [], "not the form of a whole state"),
        (base, [good, missing, good], "entry 2 of 3 of the journal"),
        (base, [b"not JSON"], "entry 1 of 1 of the journal"),
    ]
    worker = later.ready_worker(ship_state=True)
    before = worker.state(Kind.SNAPSHOT)
    for stored, journal, why in wrong:
        answer = worker.restore(stored, journal)
        assert not answer["success"]
        assert why in answer["error"]
    for body in (b"", b"\0\0\0\2{}", b"\xff\xff\xff\xff{}"):
        assert not worker.internal(Kind.RESTORE, body)["success"]
    assert differences(before.data, worker.state(Kind.SNAPSHOT).data) == []
    # And the right thing can still be put back.
    assert worker.restore(base, [good])["success"]
    assert worker.result("get_value", **TEFF) == 6001
    end(later, worker)


def test_a_client_cannot_make_a_request_of_the_daemons(keeper: Keeper) -> None:
    for name in ("snapshot", "portable", "restore"):
        for request in ({"command": name}, {"command": "ping", "kind": 1}):
            answer = keeper.worker.send_raw(json.dumps(request).encode())
            assert not answer["success"]
            assert keeper.worker.shipped.form is None
    answer = keeper.worker.internal(Kind(0), b"\1\0\0\0\0\0\0\0\0")
    assert not answer["success"]
    assert "does not know" in json.dumps(answer_of_kind(keeper.worker, 77))


def answer_of_kind(worker: FakeWorker, kind: int) -> Json:
    worker.post(b"", kind)
    answer: Json = json.loads(worker.take()[2])
    return answer


def test_the_portable_form_gives_way_to_a_command(keeper: Keeper) -> None:
    keeper.worker.post(b"", Kind.PORTABLE)
    keeper.worker.post({"command": "ping"})
    _, header, body = keeper.worker.take()
    assert not header["success"]
    assert b"another request came" in body
    assert keeper.worker.shipped.form is None
    assert keeper.worker.take()[1]["success"]
    assert keeper.worker.state(Kind.PORTABLE).form == "portable"


def test_the_end_of_the_stream_ends_the_portable_form(daemon: FakeDaemon) -> None:
    worker = daemon.ready_worker()
    worker.post(b"", Kind.PORTABLE)
    worker.link.close()
    assert worker.wait_end() == 0
    worker.close()
    daemon.workers.remove(worker)


def test_both_zygotes_name_their_engine(daemon: FakeDaemon, later: FakeDaemon) -> None:
    assert daemon.ready["engine"] == later.ready["engine"]
    for name in ("phoebe-", "python-", "numpy-", "astropy-", "state-"):
        assert name in daemon.ready["engine"]


def test_what_it_costs(daemon: FakeDaemon, later: FakeDaemon, worker: FakeWorker) -> None:
    """Prints only (pytest -s)."""
    shipping = daemon.ready_worker(ship_state=True)

    def median(run: Any, turns: int = 15) -> float:
        taken = []
        for turn in range(turns):
            begun = time.perf_counter()
            run(turn)
            taken.append(time.perf_counter() - begun)
        return sorted(taken)[turns // 2] * 1e3

    for name, one in (("durability none", worker), ("shipping", shipping)):
        one.result("add_dataset", **LC)
        one.result("run_compute")
        value = median(lambda n, one=one: one.result("set_value", value=6000 + n, **TEFF))
        size = len(one.shipped.data)
        print(f"\n{name}: set_value {value:.1f} ms, {size} bytes", end="; ")
        added = median(
            lambda n, one=one: one.result("add_dataset", **{**LC, "dataset": f"a{n}"}), 5
        )
        print(f"add_dataset {added:.1f} ms, {len(one.shipped.data)} bytes")
    snapshot, portable = (shipping.state(kind) for kind in (Kind.SNAPSHOT, Kind.PORTABLE))
    for kind, base in ((Kind.SNAPSHOT, snapshot), (Kind.PORTABLE, portable)):
        made = median(lambda _, kind=kind: shipping.state(kind), 5)
        spare = later.ready_worker()
        put = median(lambda _, spare=spare, base=base: spare.restore(base, []), 5)
        print(f"{base.form}: {len(base.data)} bytes, made {made:.1f} ms, restored {put:.1f} ms")
        end(later, spare)
    end(daemon, shipping)
