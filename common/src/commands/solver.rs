//! Fitting the model to the observations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Example, Numbers, Others};

/// Arguments of `run_solver`. What is fitted is set before, in the solver options
/// (`fit_parameters`, `steps`, …).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct RunSolver {
    /// Label of the solver options; needed when there is more than one. A new session has `dc`
    /// (differential corrections).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solver: Option<String>,
    /// Label of the new solution; `latest` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solution: Option<String>,
    /// Replace a solution of that label: true for `latest`, else an error unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overwrite: Option<bool>,
    /// Skip PHOEBE's checks of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_checks: Option<bool>,
    /// Any solver or compute option for this run alone.
    #[serde(flatten)]
    pub others: Others,
}

/// Result of `run_solver`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SolverResult {
    /// The solution just made.
    pub solution: Solution,
}

/// A solution. The three lists have one order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Solution {
    /// Twigs of the parameters that were fitted.
    pub fit_parameters: Vec<String>,
    /// Their values before, in their default units.
    pub initial_values: Numbers,
    /// Their fitted values, in the same units; the bundle is unchanged until they are set.
    pub fitted_values: Numbers,
}

pub(super) fn examples() -> Vec<Example> {
    vec![Example::new(
        "run_solver",
        "Fit with the differential corrections of a new session",
        json!({ "command": "run_solver", "solver": "dc" }),
        json!({ "solution": {
            "fit_parameters": ["teff@secondary@star@component", "q@binary@orbit@component"],
            "initial_values": [6000.0, 1.0],
            "fitted_values": [5891.6, 0.977]
        } }),
    )]
}
