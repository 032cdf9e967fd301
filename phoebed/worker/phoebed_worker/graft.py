"""Puts one bundle's state into another bundle object, which stays the same object."""

from __future__ import annotations

import pickle
from typing import Any


def dump(bundle: Any) -> bytes:
    """A bundle as bytes for a process of the same engine and the same session only."""
    return pickle.dumps(bundle, pickle.HIGHEST_PROTOCOL)


def graft(bundle: Any, pickled: bytes) -> None:
    """Gives `bundle` the state in `pickled`; on an exception it is as it was.

    Unpickling runs code: the bytes must come from this very session.
    """
    new = pickle.loads(pickled)
    # Each parameter points to its bundle, and the bundle to itself.
    for parameter in new._params:
        parameter._bundle = bundle
    state = dict(new.__dict__)
    state["_bundle"] = bundle
    bundle.__dict__ = state
