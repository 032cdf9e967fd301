"""The journal entry of `set_value`: all that is needed to repeat it exactly, as JSON.

Only for what this file is sure of: one parameter, found by its uniqueid, set to a value that came
as JSON, with options that do no more than say how. Of anything else a whole state is shipped.
"""

from __future__ import annotations

import json
from typing import Any

from phoebe.parameters import parameters as phoebe_parameters

# Their `set_value` follows from the value, the options and the bundle alone, and changes what
# parameters hold, never which ones there are.
_PLAIN = {
    "FloatParameter",
    "FloatArrayParameter",
    "IntParameter",
    "BoolParameter",
    "StringParameter",
    "ChoiceParameter",
    "SelectParameter",
    "SelectTwigParameter",
    "TwigParameter",
    "UnitParameter",
    "DictParameter",
}
# Which parameter it is: the uniqueid says so in the entry.
_FILTERS = {
    *phoebe_parameters._meta_fields_twig,
    *("twig", "uniqueid", "check_visible", "check_default", "check_advanced", "check_single"),
} - {"time"}
_OPTIONS = {
    *("unit", "force", "run_checks", "run_constraints"),
    *("allow_not_in_choices", "ignore_readonly", "skip_update_choices"),
}


def entry(
    parameter: Any, value: Any, arguments: dict[str, Any], parameters: list[Any]
) -> bytes | None:
    """The entry of setting one of the bundle's parameters with the command's other arguments.

    None if there can be no entry.
    """
    options = {key: item for key, item in arguments.items() if key not in _FILTERS}
    if type(parameter).__name__ not in _PLAIN or not options.keys() <= _OPTIONS:
        return None
    # Clients can give parameters uniqueids: the same to several, or what filters read as a pattern.
    uniqueid = parameter.uniqueid
    is_plain = uniqueid.isascii() and uniqueid.isalnum()
    if not is_plain or sum(other.uniqueid == uniqueid for other in parameters) != 1:
        return None
    content = {"uniqueid": parameter.uniqueid, "value": value, "options": options}
    return json.dumps(content, separators=(",", ":")).encode("ascii")


def repeat(bundle: Any, recorded: bytes) -> None:
    """Does again what the entry says. Raises what PHOEBE raises."""
    content = json.loads(recorded)
    found = bundle.get_parameter(
        uniqueid=content["uniqueid"], check_visible=False, check_default=False
    )
    found.set_value(value=content["value"], **content["options"])
