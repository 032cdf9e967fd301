//! Datasets and the models computed of them.

use phoebed_tests::{Cases, Daemon, Session, Settings};
use serde_json::{Value, json};

fn datasets(session: &Session) -> Value {
    session.result(&json!({ "command": "get_datasets", "ignored": [1] }))["datasets"].clone()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn datasets_come_and_go_and_models_have_the_arrays_of_their_kind() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    let mut cases = Cases::new();
    cases.case("there is none at first", || assert_eq!(datasets(&session), json!({})));
    cases.case("added ones are listed with their kind", || {
        session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
            "compute_phases": [-0.25, 0.0, 0.25], "passband": "Johnson:V" }));
        session.ok(&json!({ "command": "add_dataset", "kind": "rv", "dataset": "rv01",
            "compute_times": [0.1, 0.6] }));
        let expected = json!({ "lc01": { "kind": "lc" }, "rv01": { "kind": "rv" } });
        assert_eq!(datasets(&session), expected);
    });
    cases.case("a label that is there is refused unless it is overwritten", || {
        let again = json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
            "compute_phases": [0.0] });
        assert!(session.failure(&again).error.contains("lc01"));
        let mut again = again;
        again["overwrite"] = json!(true);
        session.ok(&again);
        assert_eq!(datasets(&session).as_object().map(serde_json::Map::len), Some(2));
        again["compute_phases"] = json!([-0.25, 0.0, 0.25]);
        session.ok(&again);
    });
    cases.case("a model has the arrays of each dataset", || {
        let result = session.result(&json!({ "command": "run_compute" }));
        assert_eq!(keys(&result), ["model"]);
        let model = &result["model"];
        assert_eq!(keys(model), ["lc01", "rv01"]);
        assert_eq!(keys(&model["lc01"]), ["fluxes", "phases", "times"]);
        assert_eq!(keys(&model["rv01"]), ["phases", "rvs_primary", "rvs_secondary", "times"]);
        assert_eq!(model["lc01"]["phases"], json!([-0.25, 0.0, 0.25]));
        assert_eq!(model["lc01"]["times"], json!([-0.25, 0.0, 0.25]));
        assert_eq!(model["rv01"]["times"], json!([0.1, 0.6]));
        for array in ["rvs_primary", "rvs_secondary", "phases"] {
            let numbers = model["rv01"][array].as_array().expect("an array");
            assert!(numbers.len() == 2 && numbers.iter().all(Value::is_f64), "{model}");
        }
        let flux = |at: usize| model["lc01"]["fluxes"][at].as_f64().expect("a number");
        assert!(flux(1) < 0.6 * flux(0), "the stars eclipse each other: {model}");
    });
    cases.case("the model can be read afterwards", || {
        let command = json!({ "command": "get_value", "qualifier": "fluxes", "context": "model",
            "dataset": "lc01" });
        assert_eq!(session.result(&command).as_array().map(Vec::len), Some(3));
    });
    cases.case("a run for one dataset leaves out the others", || {
        let one = json!({ "command": "run_compute", "dataset": "rv01", "model": "rv_only" });
        assert_eq!(keys(&session.result(&one)["model"]), ["rv01"]);
    });
    cases.case("a removed one is gone with everything of it", || {
        let attached = json!({ "command": "attach_parameters", "parameters": [{ "ptype": "bool",
            "qualifier": "shown", "value": true, "description": "", "dataset": "lc01" }] });
        session.result(&attached);
        let found = json!({ "command": "get_uniqueid", "twig": "shown@lc01@ui" });
        assert!(session.result(&found).is_string());
        session.ok(&json!({ "command": "remove_dataset", "dataset": "lc01", "other": 7 }));
        assert_eq!(datasets(&session), json!({ "rv01": { "kind": "rv" } }));
        assert_eq!(session.result(&found), Value::Null);
        let model = json!({ "command": "get_uniqueid", "twig": "fluxes@lc01@latest@model" });
        assert_eq!(session.result(&model), Value::Null);
    });
    cases.case("removing an unknown one is done", || {
        for label in ["lc01", "never_there", "*", "_default"] {
            session.ok(&json!({ "command": "remove_dataset", "dataset": label }));
        }
        assert_eq!(datasets(&session), json!({ "rv01": { "kind": "rv" } }));
    });
    cases.finish();
    daemon.stop();
}
