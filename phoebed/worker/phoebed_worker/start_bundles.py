"""The bundles that sessions begin with, one for each morphology."""

from __future__ import annotations

from typing import Any

import phoebe

MORPHOLOGIES = ("detached", "semi-detached", "contact")
DEFAULT = "detached"


def build(morphology: str) -> Any:
    """Builds the start bundle of one of `MORPHOLOGIES`; takes about half a second."""
    bundle = phoebe.default_binary(contact_binary=morphology == "contact")
    if morphology == "semi-detached":
        bundle.add_constraint("semidetached", component="secondary")
    # The masses are what students set; the mass ratio and the separation follow from them.
    bundle.flip_constraint("mass@primary", solve_for="q@binary")
    bundle.flip_constraint("mass@secondary", solve_for="sma@binary")
    bundle.add_solver("differential_corrections", solver="dc")
    return bundle
