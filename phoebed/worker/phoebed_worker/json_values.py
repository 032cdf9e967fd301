"""PHOEBE's values as JSON.

NaN and infinities become null, numpy scalars and arrays become numbers and lists, units become
strings, quantities `{value, unit}`, complex numbers `{real, imag}`, dates ISO strings, sets lists,
parameters their dictionaries and parameter sets lists of those. Floats keep every digit. Anything
else becomes its text.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from phoebe import u
from phoebe.dependencies import distl, nparray
from phoebe.parameters.parameters import Parameter, ParameterSet


def encode(value: object) -> bytes:
    """The JSON text of a value, ASCII only.

    Raises `RecursionError` for a value nested too deeply, `ValueError` for an integer of more
    digits than Python converts.
    """
    return json.dumps(plain(value), allow_nan=False, separators=(",", ":")).encode("ascii")


def plain(value: Any) -> Any:
    """The value as dicts, lists, strings, finite numbers, booleans and None."""
    if value is None or isinstance(value, str | bool):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, u.Quantity):
        return {"value": _array(np.asarray(value.value)), "unit": value.unit.to_string()}
    if isinstance(value, np.ndarray | np.generic):
        return _array(np.asarray(value))
    return _other(value)


def parameter_dict(parameter: Any) -> dict[str, Any]:
    """A parameter's own dictionary and its class."""
    return {**parameter.to_dict(), "Class": type(parameter).__name__}


def _key(key: object) -> str:
    return key if type(key) is str else str(key)


def _array(array: np.ndarray[Any, Any]) -> Any:
    """An array of any dimension as nested lists; one of none as a number."""
    kind = array.dtype.kind
    if kind == "f":
        if array.dtype.itemsize > 8:
            array = array.astype(np.float64)  # long doubles stay numpy's own otherwise
        if np.isfinite(array).all():
            return array.tolist()
        objects = array.astype(object)
        objects[~np.isfinite(array)] = None
        return objects.tolist()
    if kind in "biuU":
        return array.tolist()
    listed = array.tolist()
    # Objects, complex numbers, dates and bytes: one by one. A scalar may come back as itself.
    return plain(listed) if not isinstance(listed, np.generic) else str(listed)


def _other(value: Any) -> Any:
    if isinstance(value, complex):
        return {"real": plain(value.real), "imag": plain(value.imag)}
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return [plain(item) for item in sorted(value, key=lambda item: (str(type(item)), item))]
    if isinstance(value, u.UnitBase):
        return value.to_string()
    if isinstance(value, nparray.ndarray):
        # PHOEBE's own lazy arrays: the numbers they stand for, with their unit if they have one.
        numbers = _array(np.asarray(value.array))
        return numbers if value.unit is None else {"value": numbers, "unit": str(value.unit)}
    if isinstance(value, distl.BaseDistlObject):
        return plain(value.to_dict())
    if isinstance(value, Parameter):
        return plain(parameter_dict(value))
    if isinstance(value, ParameterSet):
        return [plain(parameter_dict(item)) for item in value.to_list()]
    return str(value)
