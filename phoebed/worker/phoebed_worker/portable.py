"""A bundle as JSON text that any engine can read, and back, with nothing lost for the same one.

The text is an object: `bundle` is the array that PHOEBE saves (and `load_bundle` takes), in the
bundle's own order. What PHOEBE does not save stands beside it, and is taken over where it fits:
values in the units that they were set in (a conversion there and back costs the last digit),
the order in which constraints follow from a parameter, their variables, choices of units,
constraints that wait, the styles that figures have used.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import phoebe
from phoebe import u
from phoebe.parameters.parameters import ConstraintParameter, UnitParameter
from phoebe.utils import parse_json

_LISTS = ("_delayed_constraints", "_failed_constraints")
_CYCLERS = ("_mplcolorcyclers", "_mplmarkercyclers", "_mpllinestylecyclers")
_TAGS = tuple(f"_{tag}" for tag in phoebe.parameters.parameters._meta_fields_twig)


def dump_portable(bundle: Any) -> bytes:
    """The text. Leaves the bundle as it is, constraints that wait too."""
    parameters = bundle.to_list()
    content = {
        "bundle": bundle.to_json(incl_uniqueid=True, sort_by_context=False),
        "values": {p.uniqueid: value for p in parameters if (value := _in_own_unit(p))},
        "in_constraints": {p.uniqueid: list(p._in_constraints) for p in parameters},
        "variables": {
            p.uniqueid: [variable._unique_label for variable in p._vars]
            for p in parameters
            if isinstance(p, ConstraintParameter)
        },
        "choices": {p.uniqueid: list(p._choices) for p in parameters if _has_units(p)},
        "lists": {name: list(getattr(bundle, name)) for name in _LISTS},
        "tags": {tag: getattr(bundle, tag, None) for tag in _TAGS},
        "cyclers": {
            name: {key: [cycler._used, cycler._used_tmp] for key, cycler in cyclers.items()}
            for name in _CYCLERS
            if (cyclers := getattr(bundle, name, None))
        },
    }
    return json.dumps(content, separators=(",", ":")).encode("ascii")


def load_portable(text: bytes) -> Any:
    """A new bundle. Raises what PHOEBE raises, `ValueError` for what is no such text."""
    content = json.loads(text, object_pairs_hook=parse_json)
    if not isinstance(content, dict) or not isinstance(content.get("bundle"), list):
        raise ValueError("not the portable form of a session")
    bundle = phoebe.Bundle.open(content["bundle"])
    found = {parameter.uniqueid: parameter for parameter in bundle.to_list()}
    for uniqueid, (value, unit) in content["values"].items():
        if uniqueid in found:
            _set_in_own_unit(found[uniqueid], value, u.Unit(unit))
    for uniqueid, order in content["in_constraints"].items():
        # Another version may have other constraints: then its own order counts.
        if uniqueid in found and sorted(found[uniqueid]._in_constraints) == sorted(order):
            found[uniqueid]._in_constraints = order
    for uniqueid, labels in content["variables"].items():
        if uniqueid in found:
            _set_variables(found[uniqueid], labels)
    for uniqueid, choices in content["choices"].items():
        if uniqueid in found and _has_units(found[uniqueid]):
            found[uniqueid]._choices = choices
    for name, waiting in content["lists"].items():
        setattr(bundle, name, [uniqueid for uniqueid in waiting if uniqueid in found])
    for tag, value in content["tags"].items():
        setattr(bundle, tag, value)
    for name, cyclers in content["cyclers"].items():
        for key, (used, used_for_now) in cyclers.items():
            cycler = getattr(bundle, name, {}).get(key)
            if cycler is not None:
                cycler._used, cycler._used_tmp = used, used_for_now
    return bundle


def _in_own_unit(parameter: Any) -> list[Any] | None:
    """Number and unit of a value that is not in its parameter's default unit."""
    quantity = getattr(parameter, "_value", None)
    if not isinstance(quantity, u.Quantity) or quantity.unit == parameter.default_unit:
        return None
    return [np.asarray(quantity.value).tolist(), quantity.unit.to_string()]


def _set_in_own_unit(parameter: Any, number: Any, unit: Any) -> None:
    """No more than another way to write the value that is there already."""
    now = getattr(parameter, "_value", None)
    if isinstance(now, u.Quantity):
        value = (np.array(number) if isinstance(number, list) else number) * unit
        if np.array_equal(value.to(now.unit).value, now.value, equal_nan=True):
            parameter._value = value


def _set_variables(constraint: Any, labels: list[str]) -> None:
    """Those that the constraint had: PHOEBE adds the parameter that it gives the value of."""
    variables = {variable._unique_label: variable for variable in constraint._vars}
    if variables.keys() >= set(labels):
        constraint._vars = [variables[label] for label in labels]
        constraint._var_params = None  # asked for anew


def _has_units(parameter: Any) -> bool:
    return isinstance(parameter, UnitParameter)
