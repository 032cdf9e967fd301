"""An exception as the client gets it: its message and its traceback, without install paths."""

from __future__ import annotations

import os
import sys
import sysconfig
import traceback

from .answers import Answer


class PathShortener:
    """Takes the directories that only tell how this server is installed out of texts."""

    def __init__(self) -> None:
        places = {os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}
        places.update(path for path in sys.path if os.path.isdir(path))
        places.update(sysconfig.get_paths().values())
        places.update((sys.prefix, sys.base_prefix, sys.exec_prefix))
        places.update([os.path.realpath(place) for place in places])
        self._prefixes = _longest_first(places)

    def with_place(self, place: str) -> PathShortener:
        """One that takes out that directory too. Cheap, unlike making one from nothing."""
        more = object.__new__(PathShortener)
        more._prefixes = _longest_first({*self._prefixes, place})
        return more

    def shorten(self, text: str) -> str:
        for prefix in self._prefixes:
            text = text.replace(prefix, "")
        return text


def _longest_first(places: set[str]) -> list[str]:
    """Prefixes in an order in which no shorter one leaves half a path; never a bare root."""
    prefixes = {place.rstrip("/") + "/" for place in places} - {"/"}
    return sorted(prefixes, key=len, reverse=True)


def failure(error: BaseException, paths: PathShortener) -> Answer:
    """The error answer for an exception. Never raises, whatever the exception is."""
    try:
        message = str(error) or type(error).__name__
    except BaseException:
        message = type(error).__name__
    try:
        text = "".join(traceback.format_exception(error))
        return Answer.failure(paths.shorten(message), paths.shorten(text))
    except BaseException:
        # For instance no memory, or an exception in the chain whose own text fails.
        return Answer.failure(paths.shorten(message), type(error).__name__)
