"""Runs that PHOEBE would start elsewhere."""

from __future__ import annotations

from ..session import Arguments


def refuse_detached(arguments: Arguments) -> None:
    """Raises `ValueError` for a run in the background or on another server.

    PHOEBE starts a program of its own for these; here every run is a child of the session already.
    """
    if arguments.get("detach"):
        raise ValueError("detach is not possible here: the run is a process of its own already")
    for name in ("use_server", "server"):
        if arguments.get(name) not in (None, "none"):
            raise ValueError(f"{name} is not possible here: runs stay on this server")
