"""Keeps the daemon's copy of a session up with the session: which state goes with which answer,
and the daemon's own requests for whole states and for putting one back.

A journal entry is only shipped where the daemon has a whole state before it: the first change of a
worker ships one, since the start bundles of another zygote have other uniqueids.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from dataclasses import replace

import astropy
import numpy as np
import phoebe

from .answers import Answer
from .compute_child import ComputeChild, Ends, Outcome
from .errors import PathShortener, failure
from .journal import repeat
from .link import Kind
from .pickled import dump, load
from .portable import dump_portable, load_portable
from .session import Session, phoebe_settings
from .state import FAST, JOURNAL, PORTABLE, Shipping, State, Stored

# To be raised when what is pickled changes in another way than with the versions in the tag.
_FORM = 1
# A session is put back by repeating the entries one by one, and they are kept until the next whole
# state: so many, of so many bytes together, or of as many seconds as the daemon says, and a whole
# one is shipped again. A change of a period takes a hundred times as long as the pickle.
_MOST_ENTRIES = 50
_MOST_ENTRY_BYTES = 1 << 20
_MIB = 1 << 20
_DONE = b'{"success":true,"result":{}}'


def engine_tag() -> str:
    """Who can read a fast state: pickles hold objects of these packages as they are inside."""
    return (
        f"phoebe-{phoebe.__version__} python-{platform.python_version()}"
        f" numpy-{np.__version__} astropy-{astropy.__version__} state-{_FORM}"
    )


class Keeping:
    """One session's states on their way to and from the daemon."""

    def __init__(self, session: Session, shipping: Shipping, paths: PathShortener) -> None:
        self._session = session
        self._shipping = shipping
        self._paths = paths
        self._engine = engine_tag()
        # Whether the daemon has a whole state of this session from before the next change.
        self._has_base = False
        self._base_bytes = 0
        # What the journal after it has, and how long its changes took the processor.
        self._entries = 0
        self._entry_bytes = 0
        self._entry_seconds = 0.0

    def with_state(self, answer: Answer, looks: bool = True, seconds: float = 0.0) -> Answer:
        """The answer of a command with what it has changed, after so long a work. Never raises.

        The first one that looks at the bundle brings a whole state, if it changes nothing too: the
        client knows uniqueids from then on, which another zygote's bundles would not have.
        """
        needs_base = looks and answer.success and not self._has_base
        if not self._shipping.with_answers or not (self._session.changed or needs_base):
            return answer
        recorded = self._session.recorded
        if answer.success and recorded is not None and self._may_add(recorded, seconds):
            self._entry_seconds += seconds
            return self._ship(answer, State(JOURNAL, recorded))
        try:
            return self.with_dump(answer, dump(self._session.bundle))
        except BaseException as error:
            return self._lost(answer, f"the state cannot be made: {_text(error)}")

    def with_dump(self, answer: Answer, dumped: bytes) -> Answer:
        """The answer of a command, with a bundle that was dumped already."""
        if not self._shipping.with_answers:
            return answer
        return self._ship(answer, State(FAST, dumped, self._engine))

    def serve(self, kind: int, body: bytes) -> Answer | ComputeChild:
        """Carries out a request of the daemon's own. Never raises."""
        try:
            match kind:
                case Kind.SNAPSHOT:
                    state = State(FAST, dump(self._session.bundle), self._engine)
                    return self._required(self._ship(Answer(True, _DONE), state))
                case Kind.PORTABLE:
                    return self._portable()
                case Kind.RESTORE:
                    with phoebe_settings():
                        self._restore(Stored.parse(body))
                    return Answer(True, _DONE)
            return Answer.failure(f"The worker does not know requests of kind {kind}.")
        except BaseException as error:
            return failure(error, self._paths)

    def _portable(self) -> ComputeChild:
        """In a child: it takes a while, and a command that comes meanwhile goes before it."""

        def work(_: Ends) -> Outcome:
            try:
                return Answer(True, _DONE), dump_portable(self._session.bundle)
            except BaseException as error:
                return failure(error, self._paths), None

        def finish(answer: Answer, text: bytes) -> Answer:
            return self._required(self._ship(answer, State(PORTABLE, text, self._engine)))

        return ComputeChild("portable", work, finish, gives_way=True)

    def _restore(self, stored: Stored) -> None:
        """Makes the session the stored one; on an exception it is as it was."""
        state = stored.state
        if state.form == FAST and state.engine != self._engine:
            raise ValueError(f"the state is for '{state.engine}', this is '{self._engine}'")
        try:
            # Unpickling runs code: the bytes are those that a worker of this very session shipped.
            bundle = load(state.data) if state.form == FAST else load_portable(state.data)
        except BaseException as error:
            raise ValueError(f"the {state.form} state cannot be read: {_text(error)}") from error
        started = time.process_time()
        for number, recorded in enumerate(stored.journal, 1):
            try:
                repeat(bundle, recorded)
            except BaseException as error:
                place = f"entry {number} of {len(stored.journal)} of the journal"
                raise ValueError(f"{place} cannot be repeated: {_text(error)}") from error
        self._session.bundle = bundle
        self._begin_journal(len(state.data), stored.journal, time.process_time() - started)

    def _ship(self, answer: Answer, state: State) -> Answer:
        """The answer with the state, or with why the daemon does not get it."""
        size, limit = len(state.data), self._shipping.max_bytes
        if size > limit:
            why = f"the {state.form} state has {size} bytes, the limit is {limit} bytes"
            return self._lost(answer, why)
        if state.form == FAST:
            self._begin_journal(size)
        elif state.form == JOURNAL:
            self._entries += 1
            self._entry_bytes += size
        return replace(answer, state=state)

    def _begin_journal(
        self, base_bytes: int, entries: Sequence[bytes] = (), seconds: float = 0.0
    ) -> None:
        """The daemon has a whole state, and these entries after it."""
        self._has_base = True
        self._base_bytes = base_bytes
        self._entries = len(entries)
        self._entry_bytes = sum(map(len, entries))
        self._entry_seconds = seconds

    def _may_add(self, entry: bytes, seconds: float) -> bool:
        """Whether the daemon has a state that this may follow, and not too much after it."""
        most_seconds = self._shipping.max_repeat_seconds * (1 + self._base_bytes // _MIB)
        return (
            self._has_base
            and self._entries < _MOST_ENTRIES
            and self._entry_bytes + len(entry) <= _MOST_ENTRY_BYTES
            and self._entry_seconds + seconds <= most_seconds
        )

    def _lost(self, answer: Answer, why: str) -> Answer:
        # What the daemon has is not the state before the next change any more.
        self._has_base = False
        return replace(answer, state_error=why)

    def _required(self, answer: Answer) -> Answer:
        """A request for a state has failed when there is none."""
        return answer if answer.state is not None else Answer.failure(answer.state_error or "")


def _text(error: BaseException) -> str:
    """What an exception says, whatever its own text does."""
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:
        return type(error).__name__
