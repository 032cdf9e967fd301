//! Parameters that a client adds to the bundle for its own use.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Example, Others};

/// The type of a custom parameter; names PHOEBE's class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum ParameterType {
    /// `ChoiceParameter`: one of `choices`.
    Choice,
    /// `IntParameter`.
    Int,
    /// `FloatParameter`, with a unit.
    Float,
    /// `BoolParameter`.
    Bool,
    /// `StringParameter`.
    String,
}

/// A parameter to attach. Members beyond these go to PHOEBE's class unchecked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct CustomParameter {
    /// Its type.
    pub ptype: ParameterType,
    /// What it is called.
    pub qualifier: String,
    /// Its value, of that type.
    pub value: Value,
    /// What it means, for people.
    pub description: String,
    /// What may be chosen; needed for `choice`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<String>>,
    /// Its part of the bundle: `ui` for what PHOEBE shall not care about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Label of the component that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// Label of the dataset that it belongs to; it goes away with that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// Unit of the value (`float`), as astropy writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_unit: Option<String>,
    /// Lowest and highest value allowed (`int`, `float`), null where open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Vec<Option<f64>>>,
    /// Shown only if another parameter has a value: `qualifier:value`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible_if: Option<String>,
    /// Filters of what gets a copy of the parameter, also when it is added later; or false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_for: Option<Value>,
    /// Anything else that PHOEBE's class takes.
    #[serde(flatten)]
    pub others: Others,
}

/// Arguments of `attach_parameters`. One with the tags of an earlier one replaces it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct AttachParameters {
    /// What to attach, in order.
    pub parameters: Vec<CustomParameter>,
}

/// Result of `attach_parameters`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttachResult {
    /// Unique ids of the parameters, in the order of the request.
    pub unique_ids: Vec<String>,
}

pub(super) fn examples() -> Vec<Example> {
    vec![Example::new(
        "attach_parameters",
        "Two settings of a user interface, kept with the bundle",
        json!({ "command": "attach_parameters", "parameters": [
            { "ptype": "choice", "qualifier": "morphology", "value": "detached",
              "choices": ["detached", "semi-detached", "contact"], "context": "ui",
              "description": "Morphology that the user chose" },
            { "ptype": "int", "qualifier": "n_points", "value": 201, "context": "ui",
              "dataset": "lc01", "limits": [2, null],
              "description": "Number of points of the synthetic curve" }
        ] }),
        json!({ "unique_ids":
            ["HUyhejSdPjzpjRPtWrlWcxaqlTWUcY", "MuOAzBmJnaqgzKyXSyvArjUOQqelDD"] }),
    )]
}
