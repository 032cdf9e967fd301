"""Arguments of commands that take a fixed set of them, with Python's own messages."""

from __future__ import annotations

from typing import Any

from ..session import Arguments


def exactly(command: str, arguments: Arguments, *names: str) -> list[Any]:
    """The values of those arguments, all needed and no others allowed.

    Raises `TypeError` with the message of a Python call.
    """
    for name in arguments:
        if name not in names:
            raise TypeError(f"{command}() got an unexpected keyword argument '{name}'")
    return [required(command, arguments, name) for name in names]


def required(command: str, arguments: Arguments, name: str) -> Any:
    """The value of one argument that must be there. Raises `TypeError`."""
    if name not in arguments:
        raise TypeError(f"{command}() missing 1 required argument: '{name}'")
    return arguments[name]
