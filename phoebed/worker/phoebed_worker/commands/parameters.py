"""Single parameters: reading, setting, finding."""

from __future__ import annotations

from typing import Any

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
    if isinstance(value, list):
        filters = {key: item for key, item in arguments.items() if key != "value"}
        parameter = session.bundle.get_parameter(**filters)
        if parameter.qualifier == "steps" and parameter.context == "solver":
            arguments = {**arguments, "value": steps_mapping(session, parameter.solver, value)}
    if value is None:
        # Else PHOEBE takes a twig that finds nothing for the value.
        arguments = {**arguments, "allow_value_as_first_arg": False}
    session.bundle.set_value(**arguments)
    return {}


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
