"""What a task sends beside its result: entries of lists that belong to the process of the command.

PHOEBE collects the samples that failed in a list that all processes of a fit write to. Here each
task's entries go back with its result and are put into the list in the order of the tasks, which
is the order that one process alone would have put them in.
"""

from __future__ import annotations

from typing import Any

Sent = list[tuple[int, Any]]

_lists: list[ListProxy] = []
_sent: Sent = []


class ListProxy(list[Any]):
    """Such a list. PHOEBE knows one that processes share by the name of its class."""

    is_here = True  # false in a helper, whose entries belong to another process

    def __init__(self) -> None:
        super().__init__()
        self._number = len(_lists)
        _lists.append(self)

    def append(self, entry: Any) -> None:
        if ListProxy.is_here:
            super().append(entry)
        else:
            _sent.append((self._number, entry))

    def __reduce__(self) -> Any:
        return _of_number, (self._number,)


def _of_number(number: int) -> ListProxy:
    if number < len(_lists):
        return _lists[number]
    # A helper forked before the list was made: it only needs its number.
    made = ListProxy.__new__(ListProxy)
    made._number = number
    return made


def take_sent() -> Sent:
    """What was put into lists of another process since the last call."""
    sent = _sent.copy()
    _sent.clear()
    return sent


def deliver(sent: Sent) -> None:
    """Puts what a helper sent into the lists of this process."""
    for number, entry in sent:
        _lists[number].append(entry)
