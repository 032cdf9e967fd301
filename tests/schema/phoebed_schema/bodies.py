"""What the wire contract says to a request body: an account of its own, for comparison."""

import json
import math
from dataclasses import dataclass
from typing import Any, NoReturn

DEEPEST = 100  # deeper nesting is refused somewhere; where is not what is looked at here

Fault = tuple[str, list[str | int]]  # type and loc of an item of a 422; an offset is left out


@dataclass(frozen=True)
class Verdict:
    """The status that the body alone leads to, if any, and what a 422 lists."""

    status: int | None
    faults: tuple[Fault, ...] = ()


FINE = Verdict(None)
UNKNOWN = Verdict(0)
NOT_TEXT = Verdict(400)


def refused(*faults: Fault) -> Verdict:
    """A 422 with these faults."""
    return Verdict(422, faults)


def of_command(says_json: bool, body: bytes) -> Verdict:
    """`POST /send/{session_id}`: any JSON object."""
    if not body:
        return refused(("missing", ["body"]))
    return _object(says_json, body, "dict_type")[0]


def of_metadata(says_json: bool, body: bytes) -> Verdict:
    """`POST /dash/start-session`: nothing, null or any JSON object."""
    if body.strip(b" \t\r\n\f") in (b"", b"null"):
        return FINE
    return _object(says_json, body, "dict_type")[0]


_CREDENTIALS = ("email", "password")


def of_credentials(
    says_json: bool,
    body: bytes,
    optional: tuple[str, ...] = (),
    required: tuple[str, ...] = _CREDENTIALS,
) -> Verdict:
    """`POST /auth/…`: an object with email and password (or others), which are strings."""
    if not body:
        return refused(("missing", ["body"]))
    verdict, members = _object(says_json, body, "model_attributes_type")
    if verdict is not FINE:
        return verdict
    faults: list[Fault] = []
    for name in (*required, *optional):
        if name not in members:
            if name not in optional:
                faults.append(("missing", ["body", name]))
        elif not isinstance(members[name], str):
            faults.append(("string_type", ["body", name]))
    return refused(*faults) if faults else FINE


def _object(says_json: bool, body: bytes, otherwise: str) -> tuple[Verdict, dict[str, Any]]:
    no_object = refused((otherwise, ["body"]))
    if not says_json:
        return no_object, {}
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return NOT_TEXT, {}
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_float, parse_int=_int)
        # A lone surrogate is JSON to Python, and no text.
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        return UNKNOWN, {}
    except ValueError:
        return refused(("json_invalid", ["body"])), {}
    if _depth(value) > DEEPEST:
        return UNKNOWN, {}
    return (FINE, value) if isinstance(value, dict) else (no_object, {})


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _float(digits: str) -> float:
    if math.isinf(number := float(digits)):
        raise ValueError(f"{digits} is out of range")
    return number


def _int(digits: str) -> float:
    return _float(digits) if len(digits) > 300 else int(digits)


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level:
        deepest += 1
        inner = [item for item in level if isinstance(item, dict | list)]
        level = [x for item in inner for x in (item.values() if isinstance(item, dict) else item)]
    return deepest
