"""The shapes of the results of commands, from the OpenAPI document."""

from typing import Any

import jsonschema_rs

UNION = "CommandResult"
WITHOUT_RESULT = "commands without a result"

_validators: dict[str, jsonschema_rs.Validator] = {}


def of_command(document: dict[str, Any], command: str) -> jsonschema_rs.Validator:
    """The variant whose title names the command."""
    if command not in _validators:
        variants = document["components"]["schemas"][UNION]["anyOf"]
        by_command = {
            name: variant for variant in variants for name in variant["title"].split(", ")
        }
        variant = by_command.get(command, by_command[WITHOUT_RESULT])
        _validators[command] = jsonschema_rs.validator_for(
            {**variant, "components": document["components"]}
        )
    return _validators[command]
