//! The three kinds of binary that a session may start from.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

use super::Example;

/// How the stars fill their Roche lobes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Morphology {
    /// Neither star fills its lobe; what a new session has.
    Detached,
    /// The secondary star fills its lobe.
    SemiDetached,
    /// Both share an envelope.
    Contact,
}

impl<'de> Deserialize<'de> for Morphology {
    /// The worker takes any case, so this does.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match name.to_lowercase().as_str() {
            "detached" => Ok(Self::Detached),
            "semi-detached" => Ok(Self::SemiDetached),
            "contact" => Ok(Self::Contact),
            _ => Err(D::Error::unknown_variant(&name, &["detached", "semi-detached", "contact"])),
        }
    }
}

/// Arguments of `set_morphology` and `change_morphology`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct SetMorphology {
    /// Which one, in upper or lower case.
    pub morphology: Morphology,
}

pub(super) fn examples() -> Vec<Example> {
    vec![
        Example::new(
            "set_morphology",
            "A semi-detached system",
            json!({ "command": "set_morphology", "morphology": "semi-detached" }),
            json!({}),
        ),
        Example::new(
            "change_morphology",
            "A contact system, as the web lab asks for it",
            json!({ "command": "change_morphology", "morphology": "contact" }),
            json!({}),
        ),
    ]
}
