"""The commands but for computing and solving, as section 2 of the wire contract has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_daemon import FakeWorker

TEFF = {"qualifier": "teff", "component": "primary", "context": "component"}


def test_ping(worker: FakeWorker) -> None:
    assert worker.result("ping") == {"status": "ready"}
    assert "unexpected keyword argument 'x'" in worker.error("ping", x=1)


def test_a_new_session_has_the_default_detached_system(worker: FakeWorker) -> None:
    assert worker.result("get_value", **TEFF) == 6000.0
    for twig, constrained in (
        ("q@binary@component", True),
        ("sma@binary@component", True),
        ("mass@primary@component", False),
        ("mass@secondary@component", False),
    ):
        assert worker.result("is_parameter_constrained", twig=twig) is constrained
    solver = worker.result("get_parameter", qualifier="fit_parameters", solver="dc")
    assert solver["kind"] == "differential_corrections"
    assert worker.result("get_datasets") == {"datasets": {}}


@pytest.mark.parametrize("command", ["set_morphology", "change_morphology"])
def test_the_morphologies_in_any_case(worker: FakeWorker, command: str) -> None:
    envelope = {"twig": "pot@contact_envelope@component"}
    semidetached = {"qualifier": "requiv", "component": "secondary", "context": "component"}
    assert worker.result(command, morphology="Contact") == {}
    assert worker.result("get_uniqueid", **envelope)
    assert worker.result(command, morphology="SEMI-detached") == {}
    assert worker.result("get_uniqueid", **envelope) is None
    constrained = worker.result("get_parameter", **semidetached)["uniqueid"]
    assert worker.result("is_parameter_constrained", uniqueid=constrained) is True
    assert worker.result(command, morphology="detached") == {}
    free = worker.result("get_parameter", **semidetached)["uniqueid"]
    assert worker.result("is_parameter_constrained", uniqueid=free) is False
    unknown: list[Any] = ["triple", 3, None, []]
    for wrong in unknown:
        assert "detached, semi-detached, contact" in worker.error(command, morphology=wrong)
    assert "missing" in worker.error(command)


def test_new_bundle_goes_back_to_the_start(worker: FakeWorker) -> None:
    worker.result("set_morphology", morphology="contact")
    worker.result("set_value", value=6500, **TEFF)
    assert worker.result("new_bundle") == {}
    assert worker.result("get_value", **TEFF) == 6000.0
    assert worker.result("get_uniqueid", twig="pot@contact_envelope@component") is None


def test_get_parameter_is_the_dictionary_and_the_class(worker: FakeWorker) -> None:
    teff = worker.result("get_parameter", **TEFF)
    assert teff["Class"] == "FloatParameter"
    assert teff["value"] == 6000.0
    assert teff["quantity"] == {"value": 6000.0, "unit": "K"}
    assert teff["default_unit"] == "K"
    assert teff["limits"] == [{"value": 300.0, "unit": "K"}, None]
    assert teff["twig"] == "teff@primary@star@component"
    assert worker.result("get_parameter", uniqueid=teff["uniqueid"]) == teff
    assert worker.result("get_parameter", twig="teff@primary@component") == teff
    assert worker.result("get_parameter", qualifier="hierarchy")["Class"] == "HierarchyParameter"
    assert "results found" in worker.error("get_parameter", qualifier="teff")
    assert worker.error("get_parameter", qualifier="nothing").startswith("0 results found")


def test_values_can_be_set_and_read_by_tags_twig_and_uniqueid(worker: FakeWorker) -> None:
    uniqueid = worker.result("get_uniqueid", twig="teff@primary@component")
    assert worker.result("set_value", uniqueid=uniqueid, value=5900) == {}
    assert worker.result("get_value", **TEFF) == 5900.0
    assert worker.result("set_value", twig="teff@primary@component", value=0.1 + 0.2 + 5e3) == {}
    assert worker.result("get_value", uniqueid=uniqueid) == 0.1 + 0.2 + 5e3
    worker.result("set_value", twig="period@binary@component", value=1440, unit="min")
    assert worker.result("get_value", twig="period@binary@component") == 1.0
    assert worker.result("get_value", twig="period@binary@component", unit="h") == 24.0
    assert worker.result("get_value", twig="nothing@here", default=[None, 1.5]) == [None, 1.5]


def test_a_value_that_does_not_fit_is_refused(worker: FakeWorker) -> None:
    assert "missing 1 required argument: 'value'" in worker.error("set_value", **TEFF)
    for wrong in ("hot", [1, 2], {"a": 1}, -1):
        assert worker.error("set_value", value=wrong, **TEFF)
    assert worker.error("set_value", value=None, twig="nothing").startswith("0 results found")
    assert worker.result("get_value", **TEFF) == 6000.0


def test_steps_may_be_a_list_in_the_order_of_fit_parameters(worker: FakeWorker) -> None:
    fitted = ["teff@secondary@star@component", "incl@binary@orbit@component"]
    worker.result("set_value", twig="fit_parameters@dc", value=fitted)
    assert worker.result("set_value", twig="steps@dc", value=[50.0, 1]) == {}
    assert worker.result("get_value", twig="steps@dc") == dict(zip(fitted, [50.0, 1], strict=True))
    mapping = {"teff@secondary": 40.0}
    assert worker.result("set_value", qualifier="steps", solver="dc", value=mapping) == {}
    assert worker.result("get_value", qualifier="steps", solver="dc") == mapping
    message = worker.error("set_value", twig="steps@dc", value=[1.0])
    assert message == "1 steps for the 2 fit_parameters of solver 'dc'"


def test_uniqueids_or_null(worker: FakeWorker) -> None:
    for command in ("get_uniqueid", "update_uniqueid"):
        found = worker.result(command, twig="teff@primary@component")
        assert worker.result("get_parameter", uniqueid=found)["qualifier"] == "teff"
        assert worker.result(command, twig="teff") is None
        assert worker.result(command, twig="nothing@here") is None
        assert worker.error(command, twig=7)
        assert worker.error(command)


def test_whether_a_parameter_is_constrained_needs_to_know_which(worker: FakeWorker) -> None:
    assert "twig or a uniqueid" in worker.error("is_parameter_constrained")
    assert worker.error("is_parameter_constrained", twig="nothing")


def test_datasets(worker: FakeWorker) -> None:
    light = {"kind": "lc", "dataset": "lc01", "passband": "Johnson:V"}
    assert worker.result("add_dataset", compute_phases=[-0.25, 0.25], **light) == {}
    assert worker.result("add_dataset", kind="rv", dataset="rv01", component="primary") == {}
    listed = {"lc01": {"kind": "lc"}, "rv01": {"kind": "rv"}}
    assert worker.result("get_datasets", anything=1) == {"datasets": listed}
    assert "already in use" in worker.error("add_dataset", **light)
    assert "kind" in worker.error("add_dataset")
    assert worker.error("add_dataset", kind="nonsense")
    assert "No:Such" in worker.error("add_dataset", kind="lc", passband="No:Such")
    assert worker.result("get_datasets") == {"datasets": listed}
    for unknown in ("nothing", "_default", "*"):
        assert worker.result("remove_dataset", dataset=unknown, other=1) == {}
    assert worker.result("get_datasets") == {"datasets": listed}
    assert worker.result("remove_dataset", dataset="lc01") == {}
    assert worker.result("get_datasets") == {"datasets": {"rv01": {"kind": "rv"}}}
    assert "missing" in worker.error("remove_dataset")
    assert worker.error("remove_dataset", dataset=None)
    assert worker.result("add_dataset", **light) == {}


def test_custom_parameters_of_all_kinds(worker: FakeWorker) -> None:
    kinds: list[tuple[dict[str, Any], str]] = [
        ({"ptype": "choice", "value": "b", "choices": ["a", "b"]}, "ChoiceParameter"),
        ({"ptype": "int", "value": 3, "limits": [0, 9]}, "IntParameter"),
        ({"ptype": "float", "value": 1.5, "default_unit": "d"}, "FloatParameter"),
        ({"ptype": "bool", "value": True}, "BoolParameter"),
        ({"ptype": "string", "value": "text", "context": "setting"}, "StringParameter"),
    ]
    parameters = [
        {"qualifier": f"custom{i}", "description": f"number {i}", **kind}
        for i, (kind, _) in enumerate(kinds)
    ]
    ids = worker.result("attach_parameters", parameters=parameters)["unique_ids"]
    for uniqueid, parameter, (_, name) in zip(ids, parameters, kinds, strict=True):
        found = worker.result("get_parameter", uniqueid=uniqueid)
        assert found["Class"] == name
        assert found["context"] == parameter.get("context", "ui")
        for key in ("qualifier", "value", "description"):
            assert found[key] == parameter[key]
    assert worker.result("get_parameter", uniqueid=ids[2])["default_unit"] == "d"


def test_attaching_again_replaces_what_has_the_same_tags(worker: FakeWorker) -> None:
    backend = {"ptype": "choice", "qualifier": "backend", "choices": ["a", "b"]}
    first = worker.result("attach_parameters", parameters=[{**backend, "value": "a"}])
    elsewhere = {**backend, "value": "a", "component": "primary"}
    worker.result("attach_parameters", parameters=[elsewhere])
    worker.result("remove_dataset", dataset="nothing")
    second = worker.result("attach_parameters", parameters=[{**backend, "value": "b"}] * 2)
    assert second["unique_ids"][0] == second["unique_ids"][1] != first["unique_ids"][0]
    (uniqueid, _) = second["unique_ids"]
    assert worker.result("get_value", uniqueid=uniqueid) == "b"
    assert worker.result("get_value", qualifier="backend", component="primary") == "a"
    assert "0 results" in worker.error("get_value", uniqueid=first["unique_ids"][0])


def test_copies_appear_for_each_dataset_and_go_with_it(worker: FakeWorker) -> None:
    phase_min = {
        "ptype": "float",
        "qualifier": "phase_min",
        "value": -0.5,
        "dataset": "_default",
        "copy_for": {"kind": ["lc"], "dataset": "*"},
    }
    worker.result("add_dataset", kind="lc", dataset="before")
    worker.result("attach_parameters", parameters=[phase_min])
    worker.result("add_dataset", kind="lc", dataset="after")
    worker.result("add_dataset", kind="rv", dataset="rv01")
    for dataset in ("before", "after"):
        assert worker.result("get_value", twig=f"phase_min@{dataset}@ui") == -0.5
    assert worker.result("get_uniqueid", twig="phase_min@rv01@ui") is None
    worker.result("set_value", twig="phase_min@after@ui", value=-0.25)
    worker.result("attach_parameters", parameters=[phase_min])
    assert worker.result("get_value", twig="phase_min@after@ui") == -0.25
    worker.result("remove_dataset", dataset="before")
    assert worker.result("get_uniqueid", twig="phase_min@before@ui") is None
    assert worker.result("get_uniqueid", twig="phase_min@after@ui")


def test_a_list_with_a_bad_parameter_attaches_none(worker: FakeWorker) -> None:
    good = {"ptype": "int", "qualifier": "good", "value": 1}
    for bad in (
        {"ptype": "complex", "qualifier": "x", "value": 1},
        {"ptype": ["int"], "qualifier": "x", "value": 1},
        {"ptype": "int", "value": 1},
        {"ptype": "int", "qualifier": "x", "value": "many"},
        {"ptype": "int", "qualifier": "x", "value": 1, "context": "nowhere"},
        {"ptype": "int", "qualifier": "x", "value": 1, "copy_for": {"kind": 3}},
        {
            "ptype": "float",
            "qualifier": "q",
            "value": 1,
            "component": "binary",
            "kind": "orbit",
            "context": "component",
        },
        "not an object",
    ):
        assert worker.error("attach_parameters", parameters=[good, bad])
        assert worker.result("get_uniqueid", twig="good@ui") is None
    assert "missing" in worker.error("attach_parameters")
    assert worker.error("attach_parameters", parameters={})
    worker.result("add_dataset", kind="lc")
    assert worker.result("is_parameter_constrained", twig="q@binary@component") is True


def test_a_bundle_survives_saving_and_loading(worker: FakeWorker) -> None:
    worker.result("set_morphology", morphology="contact")
    worker.result("add_dataset", kind="lc", dataset="lc01", compute_phases=[0.0, 0.1])
    ui = [{"ptype": "string", "qualifier": "note", "value": "mine"}]
    ids = worker.result("attach_parameters", parameters=ui)["unique_ids"]
    worker.result("set_value", value=6123.456789012345, **TEFF)
    teff = worker.result("get_parameter", **TEFF)
    saved = worker.result("save_bundle", anything=1)["bundle"]
    assert json.loads(saved) == json.loads(worker.result("get_bundle")["bundle"])
    assert {"qualifier": "note", "value": "mine"}.items() <= _found(saved, ids[0]).items()
    worker.result("new_bundle")
    assert worker.result("load_bundle", bundle=saved) == {}
    assert worker.result("get_parameter", **TEFF) == teff
    assert worker.result("get_value", uniqueid=ids[0]) == "mine"
    assert worker.result("get_datasets") == {"datasets": {"lc01": {"kind": "lc"}}}
    assert worker.result("get_bundle")["bundle"] == saved


def _found(saved: str, uniqueid: str) -> dict[str, Any]:
    return next(item for item in json.loads(saved) if item["uniqueid"] == uniqueid)


def test_a_bundle_that_cannot_be_loaded_changes_nothing(worker: FakeWorker) -> None:
    worker.result("set_value", value=6543.0, **TEFF)
    saved = json.loads(worker.result("get_bundle")["bundle"])
    newer = json.dumps(
        [{**p, "value": "99.0"} if p["qualifier"] == "phoebe_version" else p for p in saved]
    )
    for bad in (
        "/etc/passwd",
        "http://localhost/bundle",
        "",
        "{}",
        "null",
        "[]",
        "[1]",
        "[{}]",
        '[{"Class":"sys"}]',
        "[" * 100_000,
        newer,
        saved,
        {"a": 1},
        None,
    ):
        assert worker.error("load_bundle", bundle=bad)
    assert worker.error("load_bundle")
    assert worker.result("get_value", **TEFF) == 6543.0
