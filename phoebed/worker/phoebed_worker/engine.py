"""PHOEBE, imported and made ready for many forks: its environment, its changes, its start bundles.

Importing this module imports PHOEBE, which takes seconds; the zygote does so once.
"""

from __future__ import annotations

import os
import sys

# Read by PHOEBE and its libraries while they are imported, so they are set before that, and only
# where the daemon's configuration has not set them.
_ENVIRONMENT = {
    # One thread: what other threads hold is lost in a fork.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PHOEBE_ENABLE_PLOTTING": "FALSE",
    # Else the import asks a server on the internet for its list of passbands.
    "PHOEBE_ENABLE_ONLINE_PASSBANDS": "FALSE",
}
for _name, _value in _ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)

import phoebe  # noqa: E402
import phoebe.frontend.bundle  # noqa: E402
import phoebe.parameters.parameters  # noqa: E402

from . import fast_filter, parallel  # noqa: E402
from .commands import COMMANDS  # noqa: E402
from .errors import PathShortener  # noqa: E402
from .executor import SessionExecutor  # noqa: E402
from .keeping import engine_tag  # noqa: E402
from .pickled import dump  # noqa: E402
from .session import Session  # noqa: E402
from .start_bundles import DEFAULT, MORPHOLOGIES, build  # noqa: E402
from .state import Shipping  # noqa: E402

# The context of the web lab's own parameters, which live in the bundle and are saved with it.
UI_CONTEXT = "ui"

# Nearly every compute needs these tables. PHOEBE reads them when first needed, 0.2 s in each child
# that computes; the others of an installation may be large and stay unread until then.
_TABLES_READ_AHEAD = ("Bolometric:900-40000", "Johnson:V")

_WARM_UP = (
    b'{"command":"ping"}',
    b'{"command":"get_parameter","qualifier":"teff","component":"primary","context":"component"}',
    b'{"command":"get_value","twig":"teff@primary@component"}',
    b'{"command":"get_value","twig":"nothing"}',
)
# Often enough for the interpreter to have specialised the code.
_WARM_UP_RUNS = 20


class PhoebeEngine:
    """What every worker inherits. A `zygote.Engine`."""

    def __init__(self) -> None:
        _adapt_phoebe()
        self.tag: str = engine_tag()
        self.phoebe_version: str = phoebe.__version__
        # As they come they are "Set:name" already.
        self.passbands: list[str] = sorted(phoebe.list_installed_passbands())
        self.paths: list[str] = _read_from()
        for passband in _TABLES_READ_AHEAD:
            if passband in self.passbands:
                phoebe.get_passband(passband)
        self._bundle = build(DEFAULT)
        self._start_bundles = {
            morphology: dump(self._bundle if morphology == DEFAULT else build(morphology))
            for morphology in MORPHOLOGIES
        }
        self._paths = PathShortener()
        self._warm_up()

    def executor(self, scratch: str, shipping: Shipping, processes: int) -> SessionExecutor:
        """The executor of a worker just forked. Its session gets the live default bundle."""
        session = Session(self._bundle, self._start_bundles)
        paths = self._paths.with_place(scratch)
        return SessionExecutor(session, COMMANDS, paths, shipping, processes)

    def _warm_up(self) -> None:
        """Runs what most sessions run first, on a bundle thrown away.

        The interpreter rewrites code that runs for the first time; done here, the rewritten pages
        are shared instead of copied by every worker.
        """
        session = Session(build(DEFAULT), self._start_bundles)
        executor = SessionExecutor(session, COMMANDS, self._paths)
        for body in _WARM_UP:
            for _ in range(_WARM_UP_RUNS):
                executor.execute(body)


def _read_from() -> list[str]:
    """The directories of code and tables, which workers may read."""
    places = {*sys.path, *phoebe.list_passband_directories()}
    return sorted(place for place in places if os.path.isdir(place))


def _adapt_phoebe() -> None:
    fast_filter.install()
    parallel.install()
    phoebe.progressbars_off()
    # Pools are for the children that compute.
    phoebe.multiprocessing_off()
    # Otherwise every check before a compute starts a shell to list ~/.crimpl/servers.
    phoebe.frontend.bundle._crimpl.list_servers = list
    contexts = phoebe.parameters.parameters._contexts
    if UI_CONTEXT not in contexts:
        contexts.append(UI_CONTEXT)  # a parameter in a context not listed is lost when saved
