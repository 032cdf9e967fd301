"""Starting over with the system of a morphology."""

from __future__ import annotations

from typing import Any

from ..session import Arguments, Session
from ..start_bundles import DEFAULT, MORPHOLOGIES
from .arguments import exactly


def set_morphology(session: Session, arguments: Arguments) -> dict[str, Any]:
    """A new bundle of the morphology `detached`, `semi-detached` or `contact`, in any case."""
    (wanted,) = exactly("set_morphology", arguments, "morphology")
    morphology = wanted.lower() if isinstance(wanted, str) else None
    if morphology not in MORPHOLOGIES:
        known = ", ".join(MORPHOLOGIES)
        raise ValueError(f"morphology '{wanted}' is not known; it can be one of {known}")
    session.start_over(morphology)
    return {}


def new_bundle(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Back to the default detached system; arguments are ignored."""
    session.start_over(DEFAULT)
    return {}
