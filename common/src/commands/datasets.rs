//! Datasets: observations, and when synthetic ones are computed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Example, OneOrMany, Others};

/// What a dataset holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum DatasetKind {
    /// Light curve: flux of the whole system.
    Lc,
    /// Radial velocities of the stars.
    Rv,
    /// Line profile.
    Lp,
    /// Positions and velocities on the orbit.
    Orb,
    /// Surface meshes.
    Mesh,
}

/// Numbers for all components, or per component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum ForComponents {
    /// The same for all.
    All(Vec<f64>),
    /// By label of the component.
    Each(BTreeMap<String, Vec<f64>>),
}

/// Arguments of `add_dataset`. Give `times` with observations; `compute_times` or
/// `compute_phases` (one of the two) for where to compute, else the model is computed at `times`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct AddDataset {
    /// What it holds.
    pub kind: DatasetKind,
    /// Label of the new dataset; PHOEBE makes one up (`lc01`, `rv01`, …) unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// Components that are observed: of `rv` and `orb` all stars unless given; not for `lc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<OneOrMany>,
    /// Passband as `Set:name`; GET /system/passbands lists those installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passband: Option<String>,
    /// Times of the observations, in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<ForComponents>,
    /// Observed fluxes, one per time (`lc`), in W/m².
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fluxes: Option<ForComponents>,
    /// Observed radial velocities, one per time (`rv`), in km/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rvs: Option<ForComponents>,
    /// Uncertainties of the observations, one per time, in their unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigmas: Option<ForComponents>,
    /// Times at which to compute the model, in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compute_times: Option<Vec<f64>>,
    /// Orbital phases at which to compute the model, in cycles (0 is superior conjunction).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compute_phases: Option<Vec<f64>>,
    /// How fluxes are scaled (`lc`): `component-coupled`, `dataset-scaled`, `absolute`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pblum_mode: Option<String>,
    /// Third light (`lc`), in W/m².
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l3: Option<f64>,
    /// Third light as a fraction of the total (`lc`, with `l3_mode` `fraction`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l3_frac: Option<f64>,
    /// Replace a dataset of that label; an error otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overwrite: Option<bool>,
    /// Any other parameter of a dataset (`ld_mode`, `exptime`, …).
    #[serde(flatten)]
    pub others: Others,
}

/// Arguments of `remove_dataset`; others are ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct RemoveDataset {
    /// Label of the dataset.
    pub dataset: String,
}

/// Result of `get_datasets`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DatasetsResult {
    /// By label.
    pub datasets: BTreeMap<String, DatasetSummary>,
}

/// What is said of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct DatasetSummary {
    /// What it holds.
    pub kind: DatasetKind,
}

pub(super) fn examples() -> Vec<Example> {
    vec![
        Example::new(
            "add_dataset",
            "A light curve to compute at eleven phases",
            json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
                    "passband": "Johnson:V",
                    "compute_phases":
                        [-0.5, -0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5] }),
            json!({}),
        ),
        Example::named(
            "add_dataset_rv",
            "Observed radial velocities of both stars, in km/s",
            json!({ "command": "add_dataset", "kind": "rv", "dataset": "rv01",
                    "component": ["primary", "secondary"],
                    "times": { "primary": [0.7, 1.1], "secondary": [0.7, 1.1] },
                    "rvs": { "primary": [-96.3, -112.8], "secondary": [99.1, 115.4] },
                    "sigmas": { "primary": [0.6, 0.6], "secondary": [0.8, 0.8] } }),
            json!({}),
        ),
        Example::new(
            "remove_dataset",
            "Remove the light curve",
            json!({ "command": "remove_dataset", "dataset": "lc01" }),
            json!({}),
        ),
        Example::new(
            "get_datasets",
            "What datasets there are",
            json!({ "command": "get_datasets" }),
            json!({ "datasets": { "lc01": { "kind": "lc" }, "rv01": { "kind": "rv" } } }),
        ),
    ]
}
