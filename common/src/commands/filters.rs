//! PHOEBE's filters: the tags by which a parameter is found in a bundle.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::Others;

/// One label, or several of which any may match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One label; `*` and `?` match like a shell's wildcards.
    One(String),
    /// Any of these labels.
    Many(Vec<String>),
}

impl From<&str> for OneOrMany {
    fn from(label: &str) -> Self {
        Self::One(label.to_owned())
    }
}

impl JsonSchema for OneOrMany {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OneOrMany".into()
    }

    /// One `type` instead of the nested `anyOf` that derived code gives: readable on a page.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "array"], "items": { "type": "string" } })
    }
}

/// Tags that the parameter must carry; all given ones must match, and one parameter must remain.
/// Further keywords (`check_visible`, `check_default`, …) go to PHOEBE as they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct Filters {
    /// What the parameter is called, for example `teff`, `incl`, `period`, `sma`, `compute_phases`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<OneOrMany>,
    /// Label of the component: `primary`, `secondary` or `binary` (the orbit); for a contact
    /// binary also `contact_envelope`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<OneOrMany>,
    /// Label of the dataset, as given to `add_dataset`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<OneOrMany>,
    /// Part of the bundle: `system`, `component`, `feature`, `dataset`, `constraint`,
    /// `distribution`, `compute`, `model`, `solver`, `solution`, `figure`, `server`, `setting`,
    /// or `ui` for a client's own parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<OneOrMany>,
    /// Kind of what carries the parameter, for example `star`, `orbit`, `lc`, `rv`, `phoebe`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<OneOrMany>,
    /// Label of the compute options; a new session has `phoebe01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compute: Option<OneOrMany>,
    /// Label of the model, as given to `run_compute`; `latest` unless named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<OneOrMany>,
    /// Label of the solver options; a new session has `dc` (differential corrections).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solver: Option<OneOrMany>,
    /// Label of the solution, as given to `run_solver`; `latest` unless named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solution: Option<OneOrMany>,
    /// Label of the feature (spot, Gaussian process, …).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature: Option<OneOrMany>,
    /// Label of the constraint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraint: Option<OneOrMany>,
    /// Label of the distribution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distribution: Option<OneOrMany>,
    /// Label of the figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figure: Option<OneOrMany>,
    /// Label of the server options.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<OneOrMany>,
    /// Time tag in days, of parameters that exist once per time (meshes, line profiles).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeTag>,
    /// Tags joined by `@` in any order and as few as are unambiguous: `teff@primary@component`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twig: Option<String>,
    /// The parameter's unique id: 30 letters that stay the same while it lives, also through
    /// `save_bundle` and `load_bundle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uniqueid: Option<String>,
    /// Any other keyword of PHOEBE.
    #[serde(flatten)]
    pub others: Others,
}

/// A time tag: PHOEBE keeps them as text, and takes numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TimeTag {
    /// Days.
    Days(f64),
    /// Days, as PHOEBE writes them in a twig.
    Text(String),
}

impl JsonSchema for TimeTag {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TimeTag".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"] })
    }
}
