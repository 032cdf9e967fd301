"""Computing a model: runs in a child of the worker."""

from __future__ import annotations

from typing import Any

from ..session import Arguments, Session
from .detached import refuse_detached
from .model_arrays import model_arrays


def run_compute(session: Session, arguments: Arguments) -> dict[str, Any]:
    """`{"model": {dataset: arrays}}` of the model just made, see `model_arrays`."""
    refuse_detached(arguments)
    session.bundle.run_compute(**arguments)
    # By its label: older models may be there too.
    return {"model": model_arrays(session.bundle, arguments.get("model") or "latest")}
