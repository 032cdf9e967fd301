"""Datasets: adding, removing, listing."""

from __future__ import annotations

from typing import Any

from ..session import Arguments, Session
from .arguments import required

# Where the traces of a dataset are: PHOEBE's own list, and the web lab's parameters.
_CONTEXTS = ["dataset", "model", "constraint", "compute", "figure", "ui"]


def add_dataset(session: Session, arguments: Arguments) -> dict[str, Any]:
    """PHOEBE's `add_dataset` with its arguments."""
    session.change().add_dataset(**arguments)
    return {}


def remove_dataset(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Removes `dataset` (one label or a list) with its custom parameters, if it is there."""
    labels = required("remove_dataset", arguments, "dataset")
    if isinstance(labels, str):
        labels = [labels]
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise TypeError("dataset must be a label or a list of labels")
    # Only labels that are there: PHOEBE would take a wildcard, and with it its own templates.
    present = set(session.bundle.datasets)
    for label in labels:
        if label in present:
            session.change().remove_dataset(dataset=label, context=list(_CONTEXTS))
    return {}


def get_datasets(session: Session, arguments: Arguments) -> dict[str, Any]:
    """`{"datasets": {label: {"kind": kind}}}`, in the order they were added."""
    kinds: dict[str, dict[str, str]] = {}
    for parameter in session.bundle.to_list():
        if parameter.context == "dataset" and parameter.dataset not in (None, "_default"):
            kinds.setdefault(parameter.dataset, {"kind": parameter.kind})
    return {"datasets": kinds}
