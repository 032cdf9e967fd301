"""The commands by name: section 2 of the wire contract.

Each gets its arguments as one dictionary, so no key that a client invents can collide with a
parameter of ours.
"""

from ..session import Command
from . import attach, bundles, compute, datasets, morphology, parameters, ping, solver

COMMANDS: dict[str, Command] = {
    "ping": Command(ping.ping),
    "set_morphology": Command(morphology.set_morphology),
    "change_morphology": Command(morphology.set_morphology),
    "new_bundle": Command(morphology.new_bundle),
    "get_parameter": Command(parameters.get_parameter),
    "get_value": Command(parameters.get_value),
    "set_value": Command(parameters.set_value),
    "get_uniqueid": Command(parameters.get_uniqueid),
    "update_uniqueid": Command(parameters.get_uniqueid),
    "is_parameter_constrained": Command(parameters.is_parameter_constrained),
    "attach_parameters": Command(attach.attach_parameters),
    "add_dataset": Command(datasets.add_dataset),
    "remove_dataset": Command(datasets.remove_dataset),
    "get_datasets": Command(datasets.get_datasets),
    "run_compute": Command(compute.run_compute, in_child=True),
    "run_solver": Command(solver.run_solver, in_child=True),
    "get_bundle": Command(bundles.get_bundle),
    "save_bundle": Command(bundles.get_bundle),
    "load_bundle": Command(bundles.load_bundle),
}
