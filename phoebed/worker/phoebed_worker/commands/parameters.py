"""Single parameters: reading, setting, finding."""

from __future__ import annotations

import operator
from typing import Any

from .. import journal
from ..json_values import parameter_dict
from ..session import Arguments, Session
from .arguments import exactly, required
from .steps import steps_mapping


def get_parameter(session: Session, arguments: Arguments) -> dict[str, Any]:
    """The dictionary of the one parameter that PHOEBE's filters find, and its `Class`."""
    return parameter_dict(session.bundle.get_parameter(**arguments))


def get_value(session: Session, arguments: Arguments) -> Any:
    """The value of the one parameter that PHOEBE's filters find."""
    return session.bundle.get_value(**arguments)


def set_value(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Sets the one parameter that the filters find to `value`, in its default unit or `unit`."""
    value = required("set_value", arguments, "value")
    rest = {key: item for key, item in arguments.items() if key != "value"}
    if "time" in rest or "index" in rest:
        # One element of an array, in PHOEBE's own way. It would take a twig that finds nothing
        # for the value where that is null.
        if value is None:
            rest["allow_value_as_first_arg"] = False
        session.change().set_value(value=value, **rest)
        return {}
    parameter = session.bundle.get_parameter(**rest)
    if isinstance(value, list) and parameter.qualifier == "steps" and parameter.context == "solver":
        value = steps_mapping(session, parameter.solver, value)
    parameters = list(session.change().to_list())
    entry = journal.entry(parameter, value, rest, parameters)
    # What PHOEBE's own set_value comes to for one parameter.
    rest.pop("twig", None)
    parameter.set_value(value=value, **rest)
    if entry is not None and _same(parameters, session.bundle.to_list()):
        session.record(entry)
    return {}


def _same(before: list[Any], after: list[Any]) -> bool:
    """Whether they are the very same objects: new ones would get new uniqueids when repeated."""
    return len(before) == len(after) and all(map(operator.is_, before, after))


def get_uniqueid(session: Session, arguments: Arguments) -> str | None:
    """The uniqueid of what `twig` finds; none when that is nothing or more than one thing."""
    (twig,) = exactly("get_uniqueid", arguments, "twig")
    if not isinstance(twig, str):
        raise TypeError("twig must be a string")
    found = session.bundle.filter(twig=twig).to_list()
    return str(found[0].uniqueid) if len(found) == 1 else None


def is_parameter_constrained(session: Session, arguments: Arguments) -> bool:
    """Whether a constraint gives the value of the parameter with this `twig` or `uniqueid`."""
    if arguments.get("twig") is None and arguments.get("uniqueid") is None:
        raise TypeError("is_parameter_constrained() needs a twig or a uniqueid")
    return session.bundle.get_parameter(**arguments).is_constraint is not None
