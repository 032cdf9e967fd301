"""The commands by name: section 2 of the wire contract.

Each gets its arguments as one dictionary, so no key that a client invents can collide with a
parameter of ours.
"""

from ..session import Command
from . import attach, bundles, compute, datasets, morphology, parameters, ping, solver

COMMANDS: dict[str, Command] = {
    "ping": Command(ping.ping, looks=False),
    "set_morphology": Command(morphology.set_morphology, changes=True),
    "change_morphology": Command(morphology.set_morphology, changes=True),
    "new_bundle": Command(morphology.new_bundle, changes=True),
    "get_parameter": Command(parameters.get_parameter),
    "get_value": Command(parameters.get_value),
    "set_value": Command(parameters.set_value, changes=True),
    "get_uniqueid": Command(parameters.get_uniqueid),
    "update_uniqueid": Command(parameters.get_uniqueid),
    "is_parameter_constrained": Command(parameters.is_parameter_constrained),
    "attach_parameters": Command(attach.attach_parameters, changes=True),
    "add_dataset": Command(datasets.add_dataset, changes=True),
    "remove_dataset": Command(datasets.remove_dataset, changes=True),
    "get_datasets": Command(datasets.get_datasets),
    "run_compute": Command(compute.run_compute, changes=True, in_child=True),
    "run_solver": Command(solver.run_solver, changes=True, in_child=True),
    "get_bundle": Command(bundles.get_bundle, changes=True, beside=True),
    "save_bundle": Command(bundles.get_bundle, changes=True, beside=True),
    "load_bundle": Command(bundles.load_bundle, changes=True),
}
