"""The whole bundle as JSON text, out and in."""

from __future__ import annotations

import json
from typing import Any

import phoebe
from phoebe.utils import parse_json

from ..session import Arguments, Session
from .arguments import exactly


def get_bundle(session: Session, arguments: Arguments) -> dict[str, str]:
    """`{"bundle": text}`, the text that PHOEBE saves, with uniqueids; arguments are ignored.

    Like PHOEBE's files the text may hold NaN and Infinity, which strict parsers refuse.
    """
    bundle = session.bundle
    if bundle._delayed_constraints or bundle._failed_constraints:
        bundle = session.settled()
        bundle.run_delayed_constraints()
        bundle.run_failed_constraints()
    content = bundle.to_json(incl_uniqueid=True)
    return {"bundle": json.dumps(content, sort_keys=True, separators=(",", ":"))}


def load_bundle(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Replaces the bundle by the one in the text `bundle`; on failure the old one stays.

    PHOEBE itself would take a string for a path, so it only ever sees the parsed array.
    """
    (text,) = exactly("load_bundle", arguments, "bundle")
    if not isinstance(text, str):
        raise TypeError("bundle must be a string that holds the JSON array of a saved bundle")
    try:
        content = json.loads(text, object_pairs_hook=parse_json)
    except ValueError as error:
        raise ValueError(f"bundle does not hold the JSON of a saved bundle: {error}") from None
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise ValueError("bundle does not hold a JSON array of parameters")
    if not content:
        raise ValueError("bundle holds no parameters")
    session.replace(phoebe.Bundle.open(content))
    return {}
