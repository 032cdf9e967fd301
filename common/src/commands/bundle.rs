//! The bundle as a whole, and whether the worker that holds it is there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Example;

/// Arguments of `ping`: none, and one is an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Ping {}

/// Result of `ping`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PingResult {
    /// Always `ready`.
    pub status: Ready,
}

/// The one thing a worker says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Ready {
    /// It takes commands.
    Ready,
}

/// Arguments of `load_bundle`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct LoadBundle {
    /// The text that `get_bundle` gave: a string that holds a JSON array, neither that array
    /// itself nor a path.
    pub bundle: String,
}

/// Result of `get_bundle` and `save_bundle`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BundleText {
    /// The bundle as PHOEBE's JSON text, unique ids included (some hundred kilobytes).
    pub bundle: String,
}

/// How such a text begins.
const SHORTENED: &str = "[{\"qualifier\": \"teff\", \"component\": \"primary\", \
    \"context\": \"component\", \"uniqueid\": \"nUCbfFJMGsihmYkZsGpOFKSHvxCKyw\", \
    \"value\": 6000.0, \"Class\": \"FloatParameter\"}]";

pub(super) fn examples() -> Vec<Example> {
    vec![
        Example::new(
            "ping",
            "Is the worker there?",
            json!({ "command": "ping" }),
            json!({ "status": "ready" }),
        ),
        Example::new(
            "get_bundle",
            "The bundle as text (shortened here)",
            json!({ "command": "get_bundle" }),
            json!({ "bundle": SHORTENED }),
        ),
        Example::new(
            "save_bundle",
            "The same under its other name",
            json!({ "command": "save_bundle" }),
            json!({ "bundle": SHORTENED }),
        ),
        Example::new(
            "load_bundle",
            "Put a saved bundle back (shortened here)",
            json!({ "command": "load_bundle", "bundle": SHORTENED }),
            json!({}),
        ),
        Example::new(
            "new_bundle",
            "Start over with a detached system",
            json!({ "command": "new_bundle" }),
            json!({}),
        ),
    ]
}
