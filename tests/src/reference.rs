//! What PHOEBE itself computes: the same commands, carried out in a Python process of the test.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::run_to_the_end;
use crate::{python, workspace};

/// A system of `tests/reference/systems.json`.
#[derive(Debug, Clone)]
pub struct System {
    /// Its name.
    pub name: String,
    /// The commands of a client, the last of which computes the model.
    pub commands: Vec<Value>,
    /// Whether it begins with a bundle that only PHOEBE itself can build.
    pub is_prepared: bool,
    whole: Value,
}

impl System {
    /// All of them.
    pub fn all() -> Vec<Self> {
        let text = std::fs::read_to_string(directory().join("systems.json")).expect("systems.json");
        let systems: Value = serde_json::from_str(&text).expect("systems.json is JSON");
        let systems = systems.as_object().expect("an object by name");
        let system = |(name, whole): (&String, &Value)| Self {
            name: name.clone(),
            commands: whole["commands"].as_array().expect("commands").clone(),
            is_prepared: whole.get("prepare").is_some(),
            whole: whole.clone(),
        };
        systems.iter().map(system).collect()
    }
}

/// What the reference script computed.
#[derive(Debug)]
pub struct Reference(Value);

impl Reference {
    /// Computes these systems, with plain PHOEBE and nothing of phoebed.
    ///
    /// # Panics
    /// When PHOEBE fails.
    #[track_caller]
    pub fn compute(systems: &[System]) -> Self {
        let scratch = TempDir::with_prefix("phoebed-reference-").expect("a temporary directory");
        let wanted: serde_json::Map<String, Value> =
            systems.iter().map(|system| (system.name.clone(), system.whole.clone())).collect();
        let input = scratch.path().join("systems.json");
        std::fs::write(&input, Value::Object(wanted).to_string()).expect("the systems");
        let mut command = Command::new(python());
        command.arg("-B").arg(directory().join("systems.py")).arg(input);
        command.current_dir(scratch.path()).env_clear().env("HOME", scratch.path());
        let finished = run_to_the_end(command, scratch.path(), "the reference is computed");
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        Self(serde_json::from_str(&finished.stdout).expect("the script writes JSON"))
    }

    /// The arrays by dataset.
    pub fn model(&self, system: &System) -> &Value {
        &self.0[&system.name]["model"]
    }

    /// The text of the bundle with which a prepared system begins.
    pub fn bundle(&self, system: &System) -> &str {
        self.0[&system.name]["bundle"].as_str().expect("a prepared system has a bundle")
    }
}

fn directory() -> std::path::PathBuf {
    let directory = workspace().join("tests/reference");
    assert!(Path::is_dir(&directory), "{} is not there", directory.display());
    directory
}

/// Compares two JSON values to the last bit of every number; the first difference, if any.
pub fn same_bits(path: &str, ours: &Value, theirs: &Value) -> Result<(), String> {
    let different = || Err(format!("{path}: {ours} is not {theirs}"));
    match (ours, theirs) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.try_for_each(|(at, (a, b))| same_bits(&format!("{path}[{at}]"), a, b))
        }
        (Value::Object(a), Value::Object(b))
            if a.len() == b.len() && a.keys().all(|key| b.contains_key(key)) =>
        {
            a.iter().try_for_each(|(key, a)| same_bits(&format!("{path}.{key}"), a, &b[key]))
        }
        (Value::Number(a), Value::Number(b)) => {
            let bits = |number: &serde_json::Number| number.as_f64().map(f64::to_bits);
            if bits(a) == bits(b) { Ok(()) } else { different() }
        }
        _ if ours == theirs => Ok(()),
        _ => different(),
    }
}
