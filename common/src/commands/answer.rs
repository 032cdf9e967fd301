//! What a worker answers.
//!
//! A client that knows what it asked for reads the result as that type, for example
//! `WorkerAnswer<SolverResult>`; [`CommandResult`] is the union for the OpenAPI document.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{
    AttachResult, BundleText, ComputeResult, DatasetsResult, ParameterResult, PingResult,
    SolverResult,
};

/// The answer to a command; HTTP 200 in both cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "WorkerAnswer")]
pub enum WorkerAnswer<R = CommandResult> {
    /// The command was carried out.
    #[schemars(title = "success")]
    Success(Success<R>),
    /// The command failed; the session goes on.
    #[schemars(title = "failure")]
    Failure(Failure),
}

/// A command that was carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Success<R = CommandResult> {
    /// Always true.
    pub success: Succeeded,
    /// Its result; the command says of what shape. NaN and infinities are null.
    pub result: R,
}

/// A command that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Failure {
    /// Always false.
    pub success: Failed,
    /// PHOEBE's or Python's message, or `Worker timed out`.
    pub error: String,
    /// Python's traceback with shortened paths, where an exception was raised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceback: Option<String>,
}

/// The result of any command. Which shape it has follows from the command alone: the shapes of
/// some overlap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CommandResult {
    /// The worker is there.
    #[schemars(title = "ping")]
    Ping(PingResult),
    /// The parameter.
    #[schemars(title = "get_parameter")]
    Parameter(Box<ParameterResult>),
    /// The new parameters.
    #[schemars(title = "attach_parameters")]
    Attached(AttachResult),
    /// The datasets of the bundle.
    #[schemars(title = "get_datasets")]
    Datasets(DatasetsResult),
    /// The computed curves.
    #[schemars(title = "run_compute")]
    Model(ComputeResult),
    /// The solution.
    #[schemars(title = "run_solver")]
    Solution(SolverResult),
    /// The bundle as text.
    #[schemars(title = "get_bundle, save_bundle")]
    Bundle(BundleText),
    /// Whether a constraint determines the parameter.
    #[schemars(title = "is_parameter_constrained")]
    Constrained(bool),
    /// The unique id, or null when nothing or more than one thing matches.
    #[schemars(title = "get_uniqueid, update_uniqueid")]
    UniqueId(Option<String>),
    /// An empty object: of `set_value`, `add_dataset`, `remove_dataset`, `set_morphology`,
    /// `change_morphology`, `load_bundle` and `new_bundle`.
    #[schemars(title = "commands without a result")]
    Empty(Empty),
    /// The value, of whatever type; a quantity is `{"value": …, "unit": …}`.
    #[schemars(title = "get_value")]
    Value(Value),
}

/// The result of a command that has none: `{}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Empty {}

/// The `success` of an answer that succeeded: true and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Succeeded;

/// The `success` of an answer that failed: false and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failed;

macro_rules! constant_boolean {
    ($name:ident, $value:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bool($value)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match bool::deserialize(deserializer)? {
                    $value => Ok(Self),
                    _ => Err(D::Error::custom(concat!("`success` is not ", $value))),
                }
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "boolean", "const": $value })
            }
        }
    };
}

constant_boolean!(Succeeded, true);
constant_boolean!(Failed, false);
