//! The commands of `POST /send/{session_id}`, as types: what a client may send, what a worker
//! answers, and an example of each.
//!
//! They document. The daemon accepts any JSON object, passes it to the worker as bytes and passes
//! the answer back as bytes, so nothing here stands between a client and PHOEBE: a command or an
//! argument that these types do not know still reaches the engine. Clients in Rust may build
//! requests with them; numbers keep every digit either way.
//!
//! One file per topic of PHOEBE, each with its arguments, its results and its examples;
//! [`WorkerCommand`] is the union of the arguments, [`WorkerAnswer`] that of the results.

mod answer;
mod bundle;
mod command;
mod compute;
mod custom_parameters;
mod datasets;
mod examples;
mod filters;
mod morphology;
mod numbers;
mod parameters;
mod solver;
#[cfg(test)]
mod tests;

pub use answer::{CommandResult, Empty, Failed, Failure, Succeeded, Success, WorkerAnswer};
pub use bundle::{BundleText, LoadBundle, Ping, PingResult, Ready};
pub use command::{COMMAND_NAMES, WorkerCommand};
pub use compute::{ComputeResult, LightCurve, ModelDataset, RadialVelocities, RunCompute};
pub use custom_parameters::{AttachParameters, AttachResult, CustomParameter, ParameterType};
pub use datasets::{
    AddDataset, DatasetKind, DatasetSummary, DatasetsResult, ForComponents, RemoveDataset,
};
pub use examples::{Example, examples, failure_examples};
pub use filters::{Filters, OneOrMany, TimeTag};
pub use morphology::{Morphology, SetMorphology};
pub use numbers::{Number, Numbers};
pub use parameters::{
    GetParameter, GetUniqueId, GetValue, IsParameterConstrained, ParameterResult, SetValue,
};
pub use solver::{RunSolver, Solution, SolverResult};

use serde_json::{Map, Value};

/// Arguments beyond those that the type names; passed on as keywords.
pub type Others = Map<String, Value>;
