"""The Python parts with PHOEBE in this very process: values, pickles, the faster search."""

from __future__ import annotations

import datetime
import json
import pickle
from typing import Any

import numpy as np
import pytest

phoebe = pytest.importorskip("phoebe")

from phoebe.parameters.parameters import ParameterSet  # noqa: E402

from phoebed_worker import fast_filter  # noqa: E402
from phoebed_worker.json_values import encode  # noqa: E402
from phoebed_worker.pickled import dump, load  # noqa: E402
from phoebed_worker.start_bundles import build  # noqa: E402
from same_bundle import differences  # noqa: E402


@pytest.fixture(scope="module")
def bundle() -> Any:
    fast_filter.install()
    fast_filter.install()
    one = build("detached")
    one.add_dataset("lc", dataset="lc01", times=[0.0, 0.5])
    one.add_dataset("rv", dataset="rv01", compute_times=[0.0, 0.5])
    return one


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (np.bool_(False), "false"),
        (np.int64(7), "7"),
        (0.1 + 0.2, "0.30000000000000004"),
        (np.float64(0.1 + 0.2), "0.30000000000000004"),
        (np.float32(0.5), "0.5"),
        (np.longdouble(0.5), "0.5"),
        (float("nan"), "null"),
        (-np.inf, "null"),
        (np.array([1.5, np.nan, np.inf]), "[1.5,null,null]"),
        (np.array([[1, 2], [3, 4]]), "[[1,2],[3,4]]"),
        (np.array(2.5), "2.5"),
        (np.array(np.nan), "null"),
        (np.array([]), "[]"),
        (np.array(["a", "b"]), '["a","b"]'),
        (np.array([1, None, "x", np.float64("nan")], dtype=object), '[1,null,"x",null]'),
        (np.str_("text"), '"text"'),
        (1 + 2j, '{"real":1.0,"imag":2.0}'),
        (np.complex128(1j), '{"real":0.0,"imag":1.0}'),
        (b"bytes", '"bytes"'),
        ((1, [2.0, {"a": np.nan}]), '[1,[2.0,{"a":null}]]'),
        ({1: "a", None: "b"}, '{"1":"a","None":"b"}'),
        ({3, 1, 2}, "[1,2,3]"),
        (datetime.datetime(2026, 1, 2, 3, 4, 5), '"2026-01-02T03:04:05"'),
        (np.datetime64("2026-01-02"), '"2026-01-02"'),
        (phoebe.u.solRad, '"solRad"'),
        (phoebe.u.dimensionless_unscaled, '""'),
        (3.5 * phoebe.u.K, '{"value":3.5,"unit":"K"}'),
        (np.array([1.0, np.nan]) * phoebe.u.d, '{"value":[1.0,null],"unit":"d"}'),
        (phoebe.linspace(0, 1, 3), "[0.0,0.5,1.0]"),
        ("é\ud800", '"\\u00e9\\ud800"'),
    ],
)
def test_a_value_as_json(value: object, text: str) -> None:
    assert encode(value) == text.encode()


def test_random_numbers_keep_every_digit() -> None:
    bits = np.random.default_rng(1).integers(0, 2**64, 20_000, dtype=np.uint64)
    numbers = bits.view(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    back = np.array(json.loads(encode(numbers)))
    assert (back.view(np.uint64) == numbers.view(np.uint64)).all()


def test_what_cannot_be_answered_raises() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(RecursionError):
        encode(endless)
    with pytest.raises(ValueError, match="digits"):
        encode(10**5000)


def test_parameters_and_parameter_sets_as_json(bundle: Any) -> None:
    (teff,) = json.loads(encode(bundle.filter(qualifier="teff", component="primary")))
    assert teff["Class"] == "FloatParameter"
    assert json.loads(encode(bundle.get_parameter(qualifier="teff", component="primary"))) == teff


def test_a_bundle_comes_back_whole_and_points_to_itself(bundle: Any) -> None:
    new = load(dump(bundle))
    assert differences(dump(bundle), dump(new)) == []
    assert json.dumps(new.to_json(incl_uniqueid=True)) == json.dumps(
        bundle.to_json(incl_uniqueid=True)
    )
    new.set_value("period@binary@component", 2.0)
    assert new.get_value("freq@binary@component") == pytest.approx(np.pi)
    assert bundle.get_value("period@binary@component") == 1.0


def test_what_is_no_bundle_is_refused() -> None:
    with pytest.raises(pickle.UnpicklingError):
        load(b"nonsense")
    with pytest.raises(ValueError, match="no bundle but list"):
        load(pickle.dumps([]))


def searches(bundle: Any) -> list[dict[str, Any]]:
    """Searches of many shapes: each parameter by all its tags, by pieces, and odd ones."""
    made: list[dict[str, Any]] = []
    for number, parameter in enumerate(bundle.to_list()):
        meta = {k: v for k, v in parameter.tags.items() if v is not None}
        made += [meta, {"twig": parameter.twig}, {"uniqueid": parameter.uniqueid}]
        if number % 9:
            continue  # PHOEBE's own search by twig takes 12 ms and more
        qualifier = {"qualifier": parameter.qualifier}
        made += [qualifier, {**meta, "check_visible": False, "check_default": False}]
        made += [{"twig": f"{parameter.qualifier}@{parameter.context}"}]
        made += [{**qualifier, "component": [parameter.component, "primary", None]}]
    made += [
        {"twig": twig}
        for twig in (
            "", "@", "teff@", "value@teff@primary@component", "nothing", "te*@primary", "*", "t?ff",
            "ld_coeffs_bol[0]@primary", "teff[x", "primary@teff@component", "teff@teff@primary",
            "choices@passband@lc01", "lc01", "time@x", "description@teff@secondary@component",
        )
    ]  # fmt: skip
    made += [
        {"context": ["component", "system"]},
        {"context": ["component", 3]},
        {"context": "*"},
        {"component": "_default"},
        {"dataset": ["lc01", "_default"], "check_default": False},
        {"kind": "LC"},
        {"kind": ["LC", "rv"]},
        {"time": 0.0},
        {"time": "t0_supconj@binary"},
        {"qualifier": None, "component": "primary"},
        {"qualifier": 5},
        {"qualifier": ""},
        {"twig": ["teff@primary", "mass@secondary"]},
        {"twig": 3},
        {"value": 6000.0, "qualifier": "teff"},
        {"check_advanced": True, "context": "compute"},
        {"check_single": True, "context": "dataset"},
        {"autocomplete": True, "twig": "tef"},
        {"nonsense": 1, "qualifier": "teff"},
        {"uniqueid": "nothing"},
    ]
    return made


def outcome(search: Any, target: Any, **kwargs: Any) -> Any:
    """What a search comes to, in a form that can be compared."""
    try:
        found = search(target, **kwargs)
    except Exception as error:
        return type(error), str(error)
    if isinstance(found, ParameterSet):
        return found.uniqueids, found._filter, found.get_meta()
    return found if not hasattr(found, "uniqueid") else found.uniqueid


def test_the_faster_search_finds_what_phoebe_finds(bundle: Any) -> None:
    faster: Any = ParameterSet.filter_or_get
    original = faster.without_prefilter
    subset = bundle.filter(context=["component", "dataset"], check_default=False)
    for target, choose in ((bundle, slice(None)), (subset, slice(None, None, 7))):
        for kwargs in searches(bundle)[choose]:
            expected = outcome(original, target, **kwargs)
            assert outcome(faster, target, **kwargs) == expected, kwargs


def test_the_faster_search_changes_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = [
        ("period@binary@component", 1.37),
        ("mass@primary@component", 1.2),
        ("incl@binary@component", 81.5),
        ("ecc@binary@component", 0.1),
    ]
    start = dump(build("detached"))
    results = []
    for method in (
        ParameterSet.filter_or_get,
        ParameterSet.filter_or_get.without_prefilter,
    ):
        monkeypatch.setattr(ParameterSet, "filter_or_get", method)
        one = pickle.loads(start)
        for twig, value in changes:
            one.set_value(twig, value)
        results.append(json.dumps(one.to_json(incl_uniqueid=True)))
    assert results[0] == results[1]
