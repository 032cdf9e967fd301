"""One session: its bundle, what a command does to it, and what is noted of that."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import phoebe

from .pickled import dump, load

Arguments = dict[str, Any]


class Session:
    """The state that commands work on: the bundle, and the start bundles it can go back to.

    A command reads `bundle`. Before it changes it, it says so by `change` or `replace`, so that
    what was refused before is known to have changed nothing.
    """

    def __init__(self, bundle: Any, start_bundles: Mapping[str, bytes]) -> None:
        """`start_bundles` are pickles by the name of the morphology."""
        self.bundle = bundle
        self.start_bundles = start_bundles
        self.changed = False
        self.recorded: bytes | None = None
        self._may_change = False

    def begin(self, may_change: bool) -> None:
        """A command begins: nothing is changed or recorded yet."""
        self.changed = False
        self.recorded = None
        self._may_change = may_change

    def change(self) -> Any:
        """The bundle, from now on perhaps changed by this command."""
        if not self._may_change:
            raise RuntimeError("this command is declared as one that changes nothing")
        self.changed = True
        return self.bundle

    def settled(self) -> Any:
        """The bundle, to run what it has put off: a copy where this command may not change it."""
        return self.change() if self._may_change else load(dump(self.bundle))

    def replace(self, bundle: Any) -> None:
        """Another bundle in the place of this one."""
        self.change()
        self.bundle = bundle

    def record(self, entry: bytes) -> None:
        """How what the command has just done can be repeated: no other record of it is needed."""
        self.recorded = entry

    def start_over(self, morphology: str) -> None:
        """Back to the start bundle of a morphology."""
        self.replace(load(self.start_bundles[morphology]))


class Command(NamedTuple):
    """What a command does: the result of `run` becomes its JSON result.

    One that `changes` may change the bundle, all others never do; one that does not `look` does not
    even tell of it. One that runs `in_child` works on a copy of the session, whose bundle is taken
    over after it. One that can be done `beside` it reads, but where it may, it changes too.
    """

    run: Callable[[Session, Arguments], Any]
    changes: bool = False
    looks: bool = True
    in_child: bool = False
    beside: bool = False


@contextlib.contextmanager
def phoebe_settings() -> Iterator[None]:
    """Has PHOEBE's settings afterwards as they were before.

    It switches its checks and constraints off for a while in some calls, and leaves them off when
    those fail.
    """
    settings = dict(phoebe.conf.__dict__)
    try:
        yield
    finally:
        phoebe.conf.__dict__.update(settings)
