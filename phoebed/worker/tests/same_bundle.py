"""Whether two pickled bundles are the same in everything that PHOEBE keeps in them."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from phoebe import u
from phoebe.constraints.expression import ConstraintVar
from phoebe.parameters.parameters import Parameter, ParameterSet

from fake_daemon import Json

# What PHOEBE looks up once and then remembers: it follows from the rest.
_REMEMBERED = {
    *("_is_binary", "_is_contact_binary", "_meshables"),
    *("_var_params", "_addl_var_params"),
}


def differences(one: bytes, other: bytes) -> list[str]:
    """Where two dumps differ: order, classes, and each attribute of parameters and bundle."""
    first, second = pickle.loads(one), pickle.loads(other)
    ids = [[p.uniqueid for p in bundle.to_list()] for bundle in (first, second)]
    found = [] if ids[0] == ids[1] else ["which parameters there are, or their order"]
    found += _compare("bundle", first, second, {"_params", "_bundle"})
    for bundle in (first, second):
        found += [f"{p.twig} is of another bundle" for p in bundle.to_list() if not _of(p, bundle)]
    others = {p.uniqueid: p for p in second.to_list()}
    for parameter in first.to_list():
        match = others.get(parameter.uniqueid)
        if match is not None:
            found += _compare(parameter.twig, parameter, match, {"_bundle"})
    return found


def _of(parameter: Any, bundle: Any) -> bool:
    """Whether a parameter, and what a constraint is made of, point to this bundle."""
    variables = [*getattr(parameter, "_vars", []), *getattr(parameter, "_addl_vars", [])]
    return all(thing._bundle is bundle for thing in (parameter, *variables))


def _compare(name: str, one: Any, other: Any, left_out: set[str]) -> list[str]:
    if type(one) is not type(other):
        return [f"{name}: {type(one)} and {type(other)}"]
    found = []
    for key in sorted((vars(one).keys() | vars(other).keys()) - left_out - _REMEMBERED):
        first, second = (_plain(vars(thing).get(key, "absent")) for thing in (one, other))
        if first != second:
            found.append(f"{name}.{key}: {str(first)[:200]} and {str(second)[:200]}")
    return found


def _plain(value: Any) -> Any:
    """Something to compare: floats by every digit, arrays with their type, parameters by id."""
    match value:
        case ConstraintVar():
            # Its labels for people are made anew when the constraint is read.
            return ("variable", value._unique_label, value._is_param)
        case Parameter():
            return ("parameter", value.uniqueid)
        case ParameterSet():
            return ("parameters", [p.uniqueid for p in value.to_list()])
        case u.Quantity():
            return ("quantity", _plain(np.asarray(value.value)), value.unit.to_string())
        case np.ndarray() if value.dtype == object:
            # A number in an array of objects is the same one as numpy's and as Python's.
            items = value.ravel().tolist()
            items = [item.item() if isinstance(item, np.generic) else item for item in items]
            return ("object", value.shape, _plain(items))
        case np.ndarray() | np.generic():
            return (str(value.dtype), repr(value.tolist()))
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case set() | frozenset():
            return sorted(repr(item) for item in value)
        case u.UnitBase():
            return value.to_string()
        case None | bool() | int() | float() | str():
            return (type(value).__name__, repr(value))
    members: Json = getattr(value, "__dict__", {})
    return (type(value).__name__, {k: _plain(v) for k, v in members.items() if k != "_bundle"})
