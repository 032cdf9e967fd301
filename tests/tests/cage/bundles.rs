//! Bundles that run code, made from the text of a session's own by a client that knows PHOEBE.
//!
//! PHOEBE 2.5.4 executes what a bundle holds in three places (`parameters/parameters.py`):
//! `CodeParameter.set_value` runs the text of a class, which happens when the bundle is loaded;
//! `ConstraintParameter.get_result` evaluates its expression when a parameter in it is set;
//! `CodeParameter.get_value` makes the class of a feature, whose methods `run_compute` calls.

use phoebed_tests::Session;
use serde_json::{Value, json};

/// The text of the session's bundle.
pub fn own(session: &Session) -> String {
    let result = session.result(&json!({ "command": "get_bundle" }));
    result["bundle"].as_str().expect("a text").to_owned()
}

/// A bundle that runs a statement when it is loaded.
pub fn at_load(bundle: &str, statement: &str) -> String {
    with(bundle, &[code(None, statement)])
}

/// A bundle in which the constraint of `asini@binary` runs a statement: setting `incl@binary` does.
pub fn in_constraint(bundle: &str, statement: &str) -> String {
    let expression = "\"{sma@binary@component} * (sin({incl@binary@component}))\"";
    assert_eq!(bundle.matches(expression).count(), 1, "the constraint of asini@binary");
    // `exec` gives None, and the parameters must still be named for PHOEBE to look at them.
    let hostile =
        format!("{{sma@binary@component}} * {{incl@binary@component}} * ({statement} or 1)");
    bundle.replace(expression, &json!(hostile).to_string())
}

/// A bundle in which a feature of dataset `lc01` runs a statement: computing its model does.
pub fn in_feature(bundle: &str, statement: &str) -> String {
    let class = format!(
        "    @classmethod\n    def _from_bundle(cls, b, feature_ps):\n        return cls()\n    \
         @classmethod\n    def run_checks_compute(cls, b, feature_ps, compute_ps):\n        \
         return []\n    def modify_model(self, b, model_ps):\n        {statement}\n"
    );
    let tags = json!({ "feature": "hostile", "dataset": "lc01", "kind": "Hostile",
        "context": "feature", "description": "", "copy_for": false, "readonly": true });
    let mut kind = tags.clone();
    kind["qualifier"] = json!("feature_type");
    kind["value"] = json!("dataset");
    kind["visible_if"] = json!("False");
    kind["uniqueid"] = json!("HostileFeatureTypeHostileFeatu");
    kind["Class"] = json!("StringParameter");
    let enabled = json!({ "qualifier": "enabled", "feature": "hostile", "compute": "phoebe01",
        "kind": "phoebe", "context": "compute", "uniqueid": "HostileFeatureEnabledHostileFe",
        "description": "", "value": true, "copy_for": false, "Class": "BoolParameter" });
    with(bundle, &[code(Some("lc01"), &class), kind, enabled])
}

/// A parameter whose value is the text of a class; it runs when the value is set.
fn code(dataset: Option<&str>, text: &str) -> Value {
    let mut parameter = json!({ "qualifier": "custom_code", "feature": "hostile",
        "kind": "Hostile", "context": "feature", "uniqueid": "HostileCodeHostileCodeHostileC",
        "description": "", "value": text, "copy_for": false, "readonly": true,
        "Class": "CodeParameter" });
    if let Some(dataset) = dataset {
        parameter["dataset"] = json!(dataset);
    }
    parameter
}

/// The text of a bundle with more parameters. It is not parsed: it may hold NaN.
fn with(bundle: &str, parameters: &[Value]) -> String {
    let open = bundle.trim_end().strip_suffix(']').expect("an array");
    let more: Vec<String> = parameters.iter().map(Value::to_string).collect();
    format!("{open},{}]", more.join(","))
}
