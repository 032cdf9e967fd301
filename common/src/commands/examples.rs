//! One request and its answer for every command, for the OpenAPI document and its readers.

use serde_json::{Value, json};

use super::{bundle, compute, custom_parameters, datasets, morphology, parameters, solver};

/// A request body of `POST /send/{session_id}` and the body that answers it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Its key among the OpenAPI `examples`; that of the command, where it is the only one.
    pub name: &'static str,
    /// What it does, in a sentence without a full stop.
    pub summary: &'static str,
    /// The request body.
    pub request: Value,
    /// The whole answer, `{"success": true, "result": …}`.
    pub answer: Value,
}

impl Example {
    /// The chief example of a command, under the command's name.
    pub(super) fn new(
        command: &'static str,
        summary: &'static str,
        request: Value,
        result: Value,
    ) -> Self {
        Self::named(command, summary, request, result)
    }

    /// A further example, under a name of its own.
    pub(super) fn named(
        name: &'static str,
        summary: &'static str,
        request: Value,
        result: Value,
    ) -> Self {
        Self { name, summary, request, answer: json!({ "success": true, "result": result }) }
    }
}

/// All examples, at least one per command, by topic.
pub fn examples() -> Vec<Example> {
    [
        bundle::examples(),
        morphology::examples(),
        parameters::examples(),
        datasets::examples(),
        compute::examples(),
        solver::examples(),
        custom_parameters::examples(),
    ]
    .concat()
}

/// Answers of commands that failed, as name, summary and body. The status is 200 all the same.
pub fn failure_examples() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "phoebe_error",
            "PHOEBE refused the command",
            json!({
                "success": false,
                "error": "0 results found for twig: 'tef@primary', {'check_visible': True, \
                          'check_default': True, 'check_advanced': False, 'check_single': False}",
                "traceback": "Traceback (most recent call last):\n  …\nValueError: 0 results found"
            }),
        ),
        (
            "unknown_command",
            "There is no such command",
            json!({ "success": false, "error": "API does not recognize command reboot." }),
        ),
        (
            "timeout",
            "The command takes longer than the service waits; it goes on",
            json!({ "success": false, "error": "Worker timed out" }),
        ),
    ]
}
