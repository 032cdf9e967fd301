//! Fitting, and what a second run must not spoil.

use phoebed_tests::{Cases, Daemon, Settings};
use serde_json::{Value, json};

const FITTED: &str = "teff@primary@component";

#[test]
fn a_second_model_or_solution_is_answered_with_what_was_just_made() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    let set = |twig: &str, value: Value| {
        session.ok(&json!({ "command": "set_value", "twig": twig, "value": value }));
    };
    for star in ["primary", "secondary"] {
        set(&format!("ntriangles@{star}@compute"), json!(500));
    }
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "passband": "Johnson:V", "times": [0.05, 0.25, 0.4, 0.55, 0.75],
        "fluxes": [1.9, 2.0, 1.98, 1.9, 2.0], "sigmas": [0.01, 0.01, 0.01, 0.01, 0.01] }));
    let run = |arguments: Value| {
        let mut command = arguments;
        command["command"] = json!("run_compute");
        session.result(&command)["model"]["lc01"]["fluxes"].clone()
    };
    let mut cases = Cases::new();
    cases.case("each model is the one just made", || {
        let first = run(json!({ "model": "first" }));
        set(FITTED, json!(6500));
        let second = run(json!({ "model": "second" }));
        assert_ne!(first, second);
        let latest = run(json!({}));
        assert_eq!(latest, second);
        assert_eq!(run(json!({})), second, "the latest one is replaced");
        for (model, expected) in [("first", &first), ("second", &second)] {
            let stored = json!({ "command": "get_value", "qualifier": "fluxes",
                "context": "model", "dataset": "lc01", "model": model });
            assert_eq!(&session.result(&stored), expected);
        }
        set(FITTED, json!(6000));
    });
    cases.case("a label that is there is refused and the model stays", || {
        let again = json!({ "command": "run_compute", "model": "first" });
        assert!(session.failure(&again).error.contains("first"));
        let mut again = again;
        again["overwrite"] = json!(true);
        session.result(&again);
    });

    set("fit_parameters@dc@solver", json!([FITTED, "incl@binary@component"]));
    let steps = json!({ "command": "set_value", "twig": "steps@dc@solver", "value": [50.0, 0.5] });
    let read_steps = json!({ "command": "get_value", "twig": "steps@dc@solver" });
    let mapping = json!({ FITTED: 50.0, "incl@binary@component": 0.5 });
    cases.case("steps are taken as a list in the order of the fitted parameters", || {
        session.ok(&steps);
        assert_eq!(session.result(&read_steps), mapping);
    });
    cases.case("steps are taken as a mapping", || {
        let other = json!({ FITTED: 40.0, "incl@binary@component": 0.25 });
        set("steps@dc@solver", other.clone());
        assert_eq!(session.result(&read_steps), other);
        session.ok(&steps);
    });
    cases.case("a list of the wrong length is refused", || {
        let mut short = steps.clone();
        short["value"] = json!([1.0]);
        assert!(session.failure(&short).error.contains("1 steps for the 2 fit_parameters"));
        assert_eq!(session.result(&read_steps), mapping);
    });
    let solve = |solution: &str| {
        let result = session
            .result(&json!({ "command": "run_solver", "solver": "dc", "solution": solution }));
        assert_eq!(result.as_object().map(serde_json::Map::len), Some(1), "{result}");
        result["solution"].clone()
    };
    cases.case("each solution is the one just made", || {
        let first = solve("one");
        // PHOEBE tells them with their kinds.
        let fitted = json!(["teff@primary@star@component", "incl@binary@orbit@component"]);
        assert_eq!(first["fit_parameters"], fitted);
        assert_eq!(first["initial_values"], json!([6000.0, 90.0]));
        let fitted = first["fitted_values"].as_array().expect("a list");
        assert!(fitted.len() == 2 && fitted.iter().all(Value::is_f64), "{first}");
        set(FITTED, json!(6100));
        let second = solve("two");
        assert_eq!(second["initial_values"], json!([6100.0, 90.0]));
        assert_ne!(first["fitted_values"], second["fitted_values"]);
    });
    cases.case("a model of a solution is computed with its fitted values", || {
        let with = run(json!({ "solution": "one", "model": "with_one" }));
        assert_eq!(with.as_array().map(Vec::len), Some(5));
        assert_ne!(with, run(json!({ "model": "without" })));
    });
    cases.finish();
    daemon.stop();
}
