//! The three ways by which a bundle's code gets to run.

use phoebed_tests::{Answer, InFlight, Session};
use serde_json::json;

use crate::{bundles, payload};

/// When a bundle's code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// When it is loaded, in the worker.
    Load,
    /// When a parameter is set, in the worker.
    Constraint,
    /// When a model is computed, in the worker's child.
    Feature,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Load, Self::Constraint, Self::Feature];

    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Constraint => "constraint",
            Self::Feature => "feature",
        }
    }

    /// Runs a function of the hostile code in the session; the answer of the command in which it
    /// ran.
    #[track_caller]
    pub fn run(self, session: &Session, function: &str, targets: &serde_json::Value) -> Answer {
        let statement = payload::statement(function, targets);
        match self {
            Self::Load => load(session, &bundles::at_load(&bundles::own(session), &statement)),
            Self::Constraint => {
                let bundle = bundles::in_constraint(&bundles::own(session), &statement);
                assert_eq!(load(session, &bundle).json()["success"], true);
                session.send(&json!({ "command": "set_value", "qualifier": "incl",
                    "component": "binary", "context": "component", "value": 80.0 }))
            }
            Self::Feature => {
                session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
                    "compute_phases": [0.0, 0.25] }));
                let bundle = bundles::in_feature(&bundles::own(session), &statement);
                assert_eq!(load(session, &bundle).json()["success"], true);
                session.send(&json!({ "command": "run_compute" }))
            }
        }
    }

    /// Runs a function at load, without waiting for what comes of it.
    #[track_caller]
    pub fn load_in_background(
        session: &Session,
        function: &str,
        targets: &serde_json::Value,
    ) -> InFlight {
        let statement = payload::statement(function, targets);
        let bundle = bundles::at_load(&bundles::own(session), &statement);
        session.send_in_background(&json!({ "command": "load_bundle", "bundle": bundle }))
    }
}

#[track_caller]
fn load(session: &Session, bundle: &str) -> Answer {
    session.send(&json!({ "command": "load_bundle", "bundle": bundle }))
}
