"""Custom parameters of a client, which live in the bundle and are saved with it."""

from __future__ import annotations

from typing import Any

from phoebe.parameters import parameters as phoebe_parameters

from ..session import Arguments, Session
from .arguments import exactly

_CLASSES = {
    "choice": phoebe_parameters.ChoiceParameter,
    "int": phoebe_parameters.IntParameter,
    "float": phoebe_parameters.FloatParameter,
    "bool": phoebe_parameters.BoolParameter,
    "string": phoebe_parameters.StringParameter,
}
_TAGS = [f"_{tag}" for tag in phoebe_parameters._meta_fields_twig]

Tags = tuple[Any, ...]


def attach_parameters(session: Session, arguments: Arguments) -> dict[str, list[str]]:
    """Attaches custom parameters, in context `ui` where none is given: all of them or none.

    One with the same tags as a parameter that is there replaces it. `{"unique_ids": […]}` is in
    the order given.
    """
    (descriptions,) = exactly("attach_parameters", arguments, "parameters")
    if not isinstance(descriptions, list):
        raise TypeError("parameters must be a list")
    made = [_make(description) for description in descriptions]
    # Of several with the same tags the last one counts, for all of their places in the answer.
    wanted: dict[Tags, Any] = {_tags(parameter): parameter for parameter in made}
    bundle = session.change()
    before = list(bundle.to_list())
    try:
        _clear(bundle, wanted)
        bundle._attach_params(list(wanted.values()), check_copy_for=True)
    except BaseException:
        # For instance a copy_for that PHOEBE fails on, and would in every later add_dataset.
        bundle._params = before
        for parameter in before:
            parameter._bundle = bundle
        raise
    return {"unique_ids": [wanted[_tags(parameter)].uniqueid for parameter in made]}


def _make(description: Any) -> Any:
    if not isinstance(description, dict):
        raise TypeError("each of the parameters must be an object")
    rest = dict(description)
    ptype = rest.pop("ptype", None)
    if not isinstance(ptype, str) or ptype not in _CLASSES:
        raise ValueError(f"ptype '{ptype}' is not known; it can be one of {', '.join(_CLASSES)}")
    if not isinstance(rest.get("qualifier"), str):
        raise TypeError("each of the parameters needs a qualifier, a string")
    rest["context"] = rest.get("context") or "ui"
    if rest["context"] not in phoebe_parameters._contexts:
        known = ", ".join(phoebe_parameters._contexts)
        # Such a parameter would be lost when the bundle is saved.
        raise ValueError(f"context '{rest['context']}' is not known; it can be one of {known}")
    return _CLASSES[ptype](**rest)


def _tags(parameter: Any) -> Tags:
    return tuple(str(getattr(parameter, tag)) for tag in _TAGS)


def _clear(bundle: Any, wanted: dict[Tags, Any]) -> None:
    """Takes out what has exactly the tags of a new one."""
    replaced = [parameter for parameter in bundle.to_list() if _tags(parameter) in wanted]
    for parameter in replaced:
        if parameter._in_constraints or parameter._is_constraint is not None:
            raise ValueError(f"{parameter.twig} is part of a constraint and cannot be replaced")
    for parameter in replaced:
        bundle._remove_parameter(parameter)
