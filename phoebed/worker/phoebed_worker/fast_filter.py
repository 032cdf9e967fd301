"""Makes PHOEBE's search for parameters fast without changing what it finds.

`ParameterSet.filter_or_get` asks every parameter whether it is visible, which is a search of its
own, before it looks at the twig, and compares tags in a slow way. Here, parameters whose exact
tags rule them out are left out first, and PHOEBE's own method then decides among the rest. All of
its conditions are independent of each other and of the order, so the result is the same one; only
what this file is sure of is left out, and anything unusual goes to PHOEBE whole.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from phoebe.parameters import parameters as phoebe_parameters
from phoebe.parameters.parameters import ParameterSet

# Tags that PHOEBE compares as they are; it takes `time` as a number and `kind` in any case.
_EXACT = {*phoebe_parameters._meta_fields_twig, "uniqueid"} - {"time", "kind"}
# First words of a twig that name what to get of the parameter instead of a tag of it.
_METHODS = {
    "value",
    "quantity",
    "unit",
    "default_unit",
    "timederiv",
    "description",
    "choices",
    "result",
}
_ATTRIBUTES = {tag: attrgetter(f"_{tag}") for tag in _EXACT}
_all_tags = attrgetter(*(f"_{tag}" for tag in phoebe_parameters._meta_fields_twig))
# Below this many parameters PHOEBE's own way is as fast.
_FEW = 4


def install() -> None:
    """Puts the faster search in place; doing it again changes nothing."""
    original = ParameterSet.filter_or_get
    if not hasattr(original, "without_prefilter"):
        ParameterSet.filter_or_get = _with_prefilter(original)


def _with_prefilter(original: Callable[..., Any]) -> Callable[..., Any]:
    def filter_or_get(self: Any, twig: Any = None, autocomplete: Any = False, **kwargs: Any) -> Any:
        if not autocomplete and kwargs.get("time") is None:
            params = self.to_list()
            left = _by_twig(_by_tags(params, kwargs), twig)
            if left is not params:
                self = _subset(self, left)
        return original(self, twig=twig, autocomplete=autocomplete, **kwargs)

    filter_or_get.without_prefilter = original  # type: ignore[attr-defined]
    filter_or_get.__doc__ = original.__doc__
    return filter_or_get


def _by_tags(params: list[Any], kwargs: dict[str, Any]) -> list[Any]:
    """Without the parameters that lack a tag given as plain text or as a list of plain texts."""
    for key, wanted in kwargs.items():
        if len(params) <= _FEW:
            break
        get = _ATTRIBUTES.get(key)
        if get is None:
            continue
        if type(wanted) is str and _is_plain(wanted):
            params = [param for param in params if get(param) == wanted]
        elif type(wanted) is list and all(type(item) is str and _is_plain(item) for item in wanted):
            params = [param for param in params if get(param) in wanted]
    return params


def _by_twig(params: list[Any], twig: Any) -> list[Any]:
    """Without the parameters whose own twig lacks a plain piece of the twig given."""
    if type(twig) is not str or "[" in twig or "]" in twig or len(params) <= _FEW:
        return params
    pieces = twig.split("@")
    if pieces[0] in _METHODS:
        pieces = pieces[1:]
    wanted = [f"@{piece}@" for piece in pieces if piece and _is_plain(piece)]
    if not wanted:
        return params
    try:
        return [param for param in params if _has(param, wanted)]
    except TypeError:
        return params  # a tag that is no text: PHOEBE may complain about it


def _has(param: Any, wanted: list[str]) -> bool:
    twig = "@" + "@".join([tag for tag in _all_tags(param) if tag]) + "@"
    return all(piece in twig for piece in wanted)


def _is_plain(text: str) -> bool:
    """No wildcard, and no index, which PHOEBE cuts off some of its arguments."""
    return not any(mark in text for mark in "*?[]")


def _subset(whole: Any, params: list[Any]) -> Any:
    """What PHOEBE's method needs of a parameter set, without the cost of making one."""
    subset = ParameterSet.__new__(ParameterSet)
    subset._bundle = whole._bundle
    subset._filter = whole._filter
    subset._params = params
    return subset
