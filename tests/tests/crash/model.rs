//! What a client knows of its session.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// Parameters that are set, none of which constrains another of them.
pub const PARAMETERS: [&str; 4] = [
    "teff@primary@component",
    "teff@secondary@component",
    "incl@binary@component",
    "irrad_frac_refl_bol@primary@component",
];
/// Points of each dataset.
const PHASES: [f64; 2] = [0.1, 0.3];

/// The state of a session, as far as the test changes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    pub values: BTreeMap<&'static str, f64>,
    pub datasets: BTreeSet<String>,
    /// Computed models, by name.
    pub models: BTreeSet<String>,
    /// Names of attached parameters.
    pub attached: BTreeSet<String>,
}

/// A change.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Set(&'static str, f64),
    AddDataset(String),
    RemoveDataset(String),
    Compute(String),
    Attach(String),
}

impl Change {
    /// One that is possible in this state; `number` is never used twice.
    pub fn any(model: &Model, number: usize, random: &mut fastrand::Rng) -> Self {
        let name = |kind: &str| format!("{kind}{number:05}");
        match random.u8(0..20) {
            0 | 1 if model.datasets.len() < 4 => Self::AddDataset(name("lc")),
            2 if !model.datasets.is_empty() => {
                let datasets: Vec<_> = model.datasets.iter().collect();
                Self::RemoveDataset((*random.choice(&datasets).expect("one")).clone())
            }
            3 | 4 if !model.datasets.is_empty() && model.models.len() < 6 => {
                Self::Compute(name("model"))
            }
            5 if model.attached.len() < 20 => Self::Attach(name("note")),
            _ => {
                let twig = *random.choice(PARAMETERS.iter()).expect("one");
                #[allow(clippy::cast_precision_loss, reason = "small numbers")]
                let step = number as f64;
                Self::Set(
                    twig,
                    match twig {
                        "incl@binary@component" => 60.0 + step % 1000.0 / 50.0,
                        "irrad_frac_refl_bol@primary@component" => 0.3 + step % 1000.0 / 5000.0,
                        _ => 5000.0 + step % 1000.0,
                    },
                )
            }
        }
    }

    /// As the client sends it.
    pub fn command(&self) -> Value {
        match self {
            Self::Set(twig, value) => {
                json!({ "command": "set_value", "twig": twig, "value": value })
            }
            Self::AddDataset(name) => json!({ "command": "add_dataset", "kind": "lc",
                "dataset": name, "compute_phases": PHASES }),
            Self::RemoveDataset(name) => json!({ "command": "remove_dataset", "dataset": name }),
            Self::Compute(name) => json!({ "command": "run_compute", "model": name,
                "ntriangles": 100 }),
            Self::Attach(name) => json!({ "command": "attach_parameters", "parameters": [
                { "ptype": "float", "qualifier": name, "value": 1.5, "description": "a note",
                  "context": "ui" },
                { "ptype": "string", "qualifier": format!("{name}text"), "value": name,
                  "description": "a note", "context": "ui" },
            ]}),
        }
    }
}

impl Model {
    /// The state after a change.
    pub fn after(&self, change: &Change) -> Self {
        let mut model = self.clone();
        match change.clone() {
            Change::Set(twig, value) => drop(model.values.insert(twig, value)),
            Change::AddDataset(name) => drop(model.datasets.insert(name)),
            Change::RemoveDataset(name) => drop(model.datasets.remove(&name)),
            Change::Compute(name) => drop(model.models.insert(name)),
            Change::Attach(name) => drop(model.attached.insert(name)),
        }
        model
    }

    /// What a bundle's JSON text says of this state. Panics when something is half there.
    pub fn read(bundle: &str) -> Self {
        // As Python writes limits.
        let strict = ["-Infinity", "Infinity", "NaN"]
            .iter()
            .fold(bundle.to_owned(), |text, name| text.replace(name, "null"));
        let parameters: Vec<Value> = serde_json::from_str(&strict).expect("a list");
        let text =
            |parameter: &Value, key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
        let mut model = Self::default();
        let mut parts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for parameter in &parameters {
            let context = text(parameter, "context");
            let twig = format!(
                "{}@{}@{context}",
                text(parameter, "qualifier"),
                text(parameter, "component")
            );
            if let Some(known) = PARAMETERS.iter().find(|known| **known == twig) {
                model.values.insert(known, parameter["value"].as_f64().expect("a number"));
            }
            let dataset = text(parameter, "dataset");
            if ["dataset", "compute"].contains(&context.as_str()) && dataset.starts_with("lc") {
                *parts.entry((context.clone(), dataset.clone())).or_default() += 1;
                model.datasets.insert(dataset);
            }
            let computed = text(parameter, "model");
            if context == "model" && computed.starts_with("model") {
                model.models.insert(computed);
            }
            let qualifier = text(parameter, "qualifier");
            if context == "ui" && qualifier.starts_with("note") {
                *parts.entry((context, qualifier.replace("text", ""))).or_default() += 1;
                model.attached.insert(qualifier.replace("text", ""));
            }
        }
        // Each dataset and each note has as many parameters as any other of them.
        for context in ["dataset", "compute", "ui"] {
            let counts: BTreeSet<usize> = parts
                .iter()
                .filter(|((of, _), _)| of == context)
                .map(|(_, count)| *count)
                .collect();
            assert!(counts.len() < 2, "something is half there: {parts:?}");
        }
        model
    }
}
