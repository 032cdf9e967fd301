//! The union of all commands, told apart by `command`.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    AddDataset, AttachParameters, GetParameter, GetUniqueId, GetValue, IsParameterConstrained,
    LoadBundle, Others, Ping, RemoveDataset, RunCompute, RunSolver, SetMorphology, SetValue,
};

/// The `command` of every variant of [`WorkerCommand`], in its order.
pub const COMMAND_NAMES: [&str; 19] = [
    "ping",
    "set_morphology",
    "change_morphology",
    "get_parameter",
    "get_value",
    "set_value",
    "get_uniqueid",
    "update_uniqueid",
    "is_parameter_constrained",
    "attach_parameters",
    "add_dataset",
    "remove_dataset",
    "get_datasets",
    "run_compute",
    "run_solver",
    "get_bundle",
    "save_bundle",
    "load_bundle",
    "new_bundle",
];

/// A command for the worker of a session: `command` names it, every other member is passed to
/// PHOEBE as a keyword argument. The service takes any object; what is described here is what
/// the worker understands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "command", rename_all = "snake_case")]
#[schemars(transform = command_comes_first)]
pub enum WorkerCommand {
    /// Is the worker there? Takes no argument (one is an error). Result: `{"status": "ready"}`.
    #[schemars(title = "ping")]
    Ping(Ping),
    /// Start over with the default bundle of a morphology; everything set so far is gone.
    /// Result: `{}`.
    #[schemars(title = "set_morphology")]
    SetMorphology(SetMorphology),
    /// Another name of `set_morphology`.
    #[schemars(title = "change_morphology")]
    ChangeMorphology(SetMorphology),
    /// The one parameter that the filters match. Result: what PHOEBE knows about it (value,
    /// description, unit, limits, choices, tags) and its `Class`.
    #[schemars(title = "get_parameter")]
    GetParameter(GetParameter),
    /// The value of the one parameter that the filters match. Result: that value.
    #[schemars(title = "get_value")]
    GetValue(GetValue),
    /// Set the value of the one parameter that the filters match; constrained parameters that
    /// depend on it follow. Result: `{}`.
    #[schemars(title = "set_value")]
    SetValue(SetValue),
    /// The unique id of the parameter that a twig names. Result: the id, or null when nothing or
    /// more than one thing matches.
    #[schemars(title = "get_uniqueid")]
    #[serde(rename = "get_uniqueid")]
    GetUniqueId(GetUniqueId),
    /// What older clients call `get_uniqueid`.
    #[schemars(title = "update_uniqueid")]
    #[serde(rename = "update_uniqueid")]
    UpdateUniqueId(GetUniqueId),
    /// Does a constraint determine this parameter (so that `set_value` is refused)? Result:
    /// true or false.
    #[schemars(title = "is_parameter_constrained")]
    IsParameterConstrained(IsParameterConstrained),
    /// Attach parameters of the client's own to the bundle. Result: their `unique_ids`, in order.
    #[schemars(title = "attach_parameters")]
    AttachParameters(AttachParameters),
    /// Add a dataset: observations, or the times or phases at which to compute synthetic ones.
    /// Result: `{}`.
    #[schemars(title = "add_dataset")]
    AddDataset(AddDataset),
    /// Remove a dataset and everything tagged with it. Result: `{}`, also for an unknown one.
    #[schemars(title = "remove_dataset")]
    RemoveDataset(RemoveDataset),
    /// The datasets of the bundle; arguments are ignored. Result: each with its `kind`.
    #[schemars(title = "get_datasets")]
    GetDatasets(Others),
    /// Compute the forward model of the enabled datasets. Takes seconds to hours. Result: the
    /// curves of each dataset.
    #[schemars(title = "run_compute")]
    RunCompute(RunCompute),
    /// Fit the model to the observations. Takes minutes to days. Result: the solution.
    #[schemars(title = "run_solver")]
    RunSolver(RunSolver),
    /// The whole bundle as PHOEBE's own JSON text; arguments are ignored.
    #[schemars(title = "get_bundle")]
    GetBundle(Others),
    /// Another name of `get_bundle`: the text is for the client to keep.
    #[schemars(title = "save_bundle")]
    SaveBundle(Others),
    /// Replace the bundle by one that `get_bundle` gave, unique ids included. Result: `{}`.
    #[schemars(title = "load_bundle")]
    LoadBundle(LoadBundle),
    /// Start over with the default bundle of a detached system. Result: `{}`.
    #[schemars(title = "new_bundle")]
    NewBundle(Others),
}

/// Documentation pages list properties in order, and readers look for the command first.
fn command_comes_first(schema: &mut Schema) {
    let variants = schema.ensure_object().get_mut("oneOf").and_then(Value::as_array_mut);
    for variant in variants.into_iter().flatten() {
        if let Some(properties) = variant.get_mut("properties").and_then(Value::as_object_mut) {
            move_to_front(properties, "command");
        }
    }
}

fn move_to_front(properties: &mut Map<String, Value>, key: &str) {
    if let Some(value) = properties.shift_remove(key) {
        properties.shift_insert(0, key.to_owned(), value);
    }
}
