"""The steps of differential corrections, given as a list."""

from __future__ import annotations

from typing import Any

from ..session import Session


def steps_mapping(
    session: Session, solver: str, steps: list[Any], fit_parameters: list[str] | None = None
) -> dict[str, Any]:
    """Steps in the order of the solver's `fit_parameters` as the mapping that PHOEBE wants.

    Older versions of PHOEBE took the list, and clients send it. Raises `ValueError` when the
    numbers of steps and parameters differ.
    """
    if fit_parameters is None:
        fit_parameters = session.bundle.get_value(
            qualifier="fit_parameters",
            solver=solver,
            context="solver",
            check_visible=False,
            check_default=False,
        )
    if len(steps) != len(fit_parameters):
        raise ValueError(
            f"{len(steps)} steps for the {len(fit_parameters)} fit_parameters of solver '{solver}'"
        )
    return dict(zip(fit_parameters, steps, strict=True))
