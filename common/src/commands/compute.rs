//! The forward model.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Example, Numbers, OneOrMany, Others};

/// Arguments of `run_compute`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct RunCompute {
    /// Label of the compute options; needed when there is more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compute: Option<OneOrMany>,
    /// Label of the new model; `latest` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Take compute options and times from these solver options; not together with `compute`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solver: Option<String>,
    /// Compute with the fitted values of this solution; the answer holds the first sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solution: Option<String>,
    /// Compute only these datasets; those that are `enabled` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<OneOrMany>,
    /// For this run, the times at which to compute, in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<Vec<f64>>,
    /// Replace a model of that label: true for `latest`, else an error unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overwrite: Option<bool>,
    /// Skip PHOEBE's checks of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_checks: Option<bool>,
    /// Refuse the run when it needs more computations than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_computations: Option<u64>,
    /// Any compute option for this run alone (`irrad_method`, `ntriangles`, `atm`, `ltte`, …).
    #[serde(flatten)]
    pub others: Others,
}

/// Result of `run_compute`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComputeResult {
    /// The computed curves, by label of the dataset.
    pub model: BTreeMap<String, ModelDataset>,
}

/// The computed curve of a dataset. `times` (in days) and `phases` (in cycles) are the dataset's
/// `compute_times` and `compute_phases`; where those are empty, the model's times and their
/// phases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum ModelDataset {
    /// Of a light curve.
    #[schemars(title = "lc")]
    LightCurve(LightCurve),
    /// Of radial velocities.
    #[schemars(title = "rv")]
    RadialVelocities(RadialVelocities),
    /// Of any other kind.
    #[schemars(title = "other kinds")]
    Other(Others),
}

/// A computed light curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct LightCurve {
    /// Times, in days.
    pub times: Numbers,
    /// Orbital phases, in cycles.
    pub phases: Numbers,
    /// Fluxes of the system, one per time, in W/m².
    pub fluxes: Numbers,
}

/// Computed radial velocities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct RadialVelocities {
    /// Times, in days.
    pub times: Numbers,
    /// Orbital phases, in cycles.
    pub phases: Numbers,
    /// Radial velocities of the primary star, one per time, in km/s.
    pub rvs_primary: Numbers,
    /// Radial velocities of the secondary star, one per time, in km/s.
    pub rvs_secondary: Numbers,
}

pub(super) fn examples() -> Vec<Example> {
    vec![
        Example::new(
            "run_compute",
            "Compute all enabled datasets, without irradiation",
            json!({ "command": "run_compute", "irrad_method": "none" }),
            json!({ "model": {
                "lc01": { "times": [-0.25, 0.0, 0.25], "phases": [-0.25, 0.0, 0.25],
                          "fluxes": [2.000006618940007, 0.9829728013873449, 2.0000066189400068] },
                "rv01": { "times": [-0.25, 0.25], "phases": [-0.25, 0.25],
                          "rvs_primary": [134.03127291809523, -134.03351560911491],
                          "rvs_secondary": [-134.03351560911491, 134.03127291809528] }
            } }),
        ),
        Example::named(
            "run_compute_named",
            "Compute one dataset into a model of its own, replacing an earlier one",
            json!({ "command": "run_compute", "compute": "phoebe01", "dataset": ["lc01"],
                    "model": "fit_2", "overwrite": true }),
            json!({ "model": {
                "lc01": { "times": [0.0], "phases": [0.0], "fluxes": [0.9829728013873449] }
            } }),
        ),
    ]
}
