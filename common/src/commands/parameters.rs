//! Reading and setting the parameters of a bundle.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Example, Filters, Others};

/// Arguments of `get_parameter`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct GetParameter {
    /// Which parameter.
    #[serde(flatten)]
    pub filters: Filters,
}

/// Arguments of `get_value`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct GetValue {
    /// Unit of the answer, as astropy writes it (`K`, `solRad`, `deg`); the parameter's default
    /// unit unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Which parameter.
    #[serde(flatten)]
    pub filters: Filters,
}

/// Arguments of `set_value`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct SetValue {
    /// The new value, of the type that the parameter wants: number, string, boolean, list or
    /// object. For `steps@solver` a mapping of twigs to steps, or a list in the order of
    /// `fit_parameters`.
    pub value: Value,
    /// Unit of `value`, as astropy writes it; the parameter's default unit unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Set only this element of an array (counted from 0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<i64>,
    /// Which parameter.
    #[serde(flatten)]
    pub filters: Filters,
}

/// Arguments of `get_uniqueid` and `update_uniqueid`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct GetUniqueId {
    /// Tags joined by `@`, enough to name one parameter.
    pub twig: String,
}

/// Arguments of `is_parameter_constrained`: one of the two.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct IsParameterConstrained {
    /// Tags joined by `@`, enough to name one parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twig: Option<String>,
    /// The parameter's unique id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uniqueid: Option<String>,
}

/// Result of `get_parameter`: PHOEBE's `to_dict()` of the parameter and its class. Which further
/// members there are depends on the class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParameterResult {
    /// PHOEBE's class: `FloatParameter`, `ChoiceParameter`, `FloatArrayParameter`, ….
    #[serde(rename = "Class")]
    pub class: String,
    /// What the parameter is called.
    pub qualifier: String,
    /// All its tags, joined by `@`.
    pub twig: String,
    /// Its unique id.
    pub uniqueid: String,
    /// Its part of the bundle.
    pub context: String,
    /// What it means, in a sentence.
    pub description: String,
    /// Its value, in its default unit.
    pub value: Value,
    /// The unit of `value` (astropy's name, empty when it has none); numbers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_unit: Option<String>,
    /// Lowest and highest value allowed, null where open; numbers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Vec<Value>>,
    /// What may be chosen; choices only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<String>>,
    /// The remaining tags (`component`, `dataset`, `kind`, … ; null where it has none) and
    /// members (`visible_if`, `copy_for`, `latexfmt`, …).
    #[serde(flatten)]
    pub others: Others,
}

pub(super) fn examples() -> Vec<Example> {
    vec![
        Example::new(
            "get_parameter",
            "All about the effective temperature of the primary star",
            json!({ "command": "get_parameter", "qualifier": "teff", "component": "primary",
                    "context": "component" }),
            json!({
                "Class": "FloatParameter", "time": null, "qualifier": "teff", "feature": null,
                "component": "primary", "dataset": null, "constraint": null,
                "distribution": null, "compute": null, "model": null, "solver": null,
                "solution": null, "figure": null, "server": null, "kind": "star",
                "context": "component", "twig": "teff@primary@star@component",
                "uniqueid": "nUCbfFJMGsihmYkZsGpOFKSHvxCKyw",
                "description": "Mean effective temperature", "value": 6000.0,
                "quantity": { "value": 6000.0, "unit": "K" }, "default_unit": "K",
                "limits": [{ "value": 300.0, "unit": "K" }, null], "visible_if": null,
                "copy_for": false,
                "latexfmt": "T_{{ \\mathrm{{ eff }}, \\mathrm{{ {component} }} }}"
            }),
        ),
        Example::new(
            "get_value",
            "The mass ratio",
            json!({ "command": "get_value", "twig": "q@binary@component" }),
            json!(1.0),
        ),
        Example::named(
            "get_value_in_unit",
            "The inclination in radians, for one of 84.9 degrees",
            json!({ "command": "get_value", "twig": "incl@binary@component", "unit": "rad" }),
            json!(1.4817402),
        ),
        Example::new(
            "set_value",
            "Set the orbital period, in days",
            json!({ "command": "set_value", "qualifier": "period", "component": "binary",
                    "context": "component", "value": 3.969047 }),
            json!({}),
        ),
        Example::named(
            "set_value_fit_parameters",
            "Choose what the solver fits",
            json!({ "command": "set_value", "twig": "fit_parameters@dc@solver",
                    "value": ["teff@secondary@component", "incl@binary@component"] }),
            json!({}),
        ),
        Example::new(
            "get_uniqueid",
            "The unique id behind a twig",
            json!({ "command": "get_uniqueid", "twig": "teff@primary@component" }),
            json!("nUCbfFJMGsihmYkZsGpOFKSHvxCKyw"),
        ),
        Example::new(
            "update_uniqueid",
            "The same under its older name; null because the twig is ambiguous",
            json!({ "command": "update_uniqueid", "twig": "teff" }),
            json!(null),
        ),
        Example::new(
            "is_parameter_constrained",
            "Is the mass of the primary star computed from other parameters?",
            json!({ "command": "is_parameter_constrained", "twig": "mass@primary@component" }),
            json!(false),
        ),
    ]
}
