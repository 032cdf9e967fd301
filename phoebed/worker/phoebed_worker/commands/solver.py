"""Solving: runs in a child of the worker."""

from __future__ import annotations

from typing import Any

from ..session import Arguments, Session
from .detached import refuse_detached
from .steps import steps_mapping

_UNCHECKED = {"check_visible": False, "check_default": False}


def run_solver(session: Session, arguments: Arguments) -> dict[str, Any]:
    """`{"solution": {fit_parameters, initial_values, fitted_values}}` of the solution just made.

    The three are lists in one order, values in the parameters' default units. What a kind of
    solver has no such thing of is null.
    """
    refuse_detached(arguments)
    bundle = session.bundle
    if isinstance(arguments.get("steps"), list):
        solver = arguments.get("solver") or bundle.get_solver().solver
        arguments = {
            **arguments,
            "steps": steps_mapping(
                session, solver, arguments["steps"], arguments.get("fit_parameters")
            ),
        }
    bundle.run_solver(**arguments)
    # By its label: older solutions may be there too.
    label = arguments.get("solution") or "latest"
    solution = bundle.filter(context="solution", solution=label, **_UNCHECKED)
    found = {parameter.qualifier: parameter for parameter in solution.to_list()}
    return {
        "solution": {
            "fit_parameters": _value(found, "fitted_twigs"),
            "initial_values": _value(found, "initial_values"),
            "fitted_values": _value(found, "fitted_values"),
        }
    }


def _value(found: dict[str, Any], qualifier: str) -> Any:
    return found[qualifier].get_value() if qualifier in found else None
