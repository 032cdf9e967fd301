"""A bundle as bytes for a process of the same engine and the same session only, and back."""

from __future__ import annotations

import pickle
from typing import Any

from phoebe import Bundle


def dump(bundle: Any) -> bytes:
    """The bytes. The bundle stays as it is."""
    return pickle.dumps(bundle, pickle.HIGHEST_PROTOCOL)


def load(pickled: bytes) -> Any:
    """The bundle, another object: its constraints and parameters point to it.

    Unpickling runs code: the bytes must come from this very session. Raises `ValueError` for what
    is no bundle, and what unpickling raises.
    """
    bundle = pickle.loads(pickled)
    if not isinstance(bundle, Bundle):
        raise ValueError(f"it holds no bundle but {type(bundle).__name__}")
    return bundle
