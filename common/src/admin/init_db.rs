//! POST /v1/init-db, and what `phoebed init-db --json` prints.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Asks for the log database to be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InitDbRequest {
    /// Whether an existing database is replaced; it is kept as a dated backup.
    #[serde(default)]
    pub force: bool,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[schemars(example = InitDbOutcome::Kept { path: "/var/lib/phoebed/sessions.db".into() })]
pub enum InitDbOutcome {
    /// There was none; it was made.
    Created {
        /// The database.
        path: String,
    },
    /// There was one; it was left alone.
    Kept {
        /// The database.
        path: String,
    },
    /// There was one; it is a backup now, and an empty one is in its place.
    Recreated {
        /// The database.
        path: String,
        /// The old file's new name; null when there was no file any more.
        backup: Option<String>,
        /// Users that are only in the backup; null when it cannot be read.
        users_only_in_backup: Option<u64>,
        /// Sessions that are only in the backup; null when it cannot be read.
        sessions_only_in_backup: Option<u64>,
        /// Live sessions that were registered in the new database.
        live_registered: u64,
    },
}

impl InitDbOutcome {
    /// The database.
    pub fn path(&self) -> &str {
        match self {
            Self::Created { path } | Self::Kept { path } | Self::Recreated { path, .. } => path,
        }
    }
}
