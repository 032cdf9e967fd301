//! Whole bundles: saved, loaded, refused.

use phoebed_tests::{Cases, Daemon, Session, Settings};
use serde_json::{Value, json};

fn save(session: &Session, command: &str) -> String {
    let result = session.result(&json!({ "command": command, "ignored": true }));
    assert_eq!(result.as_object().map(serde_json::Map::len), Some(1));
    result["bundle"].as_str().expect("a text").to_owned()
}

fn load(session: &Session, text: &str) {
    session.ok(&json!({ "command": "load_bundle", "bundle": text }));
}

#[test]
fn a_bundle_goes_from_one_session_to_another_with_everything_in_it() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    let teff = json!({ "command": "get_value", "twig": "teff@primary@component" });
    session.ok(&json!({ "command": "set_value", "twig": "teff@primary@component",
        "value": 6123.456789012345 }));
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0, 0.25], "passband": "Johnson:V" }));
    let attached = session.result(&json!({ "command": "attach_parameters", "parameters": [{
        "ptype": "choice", "qualifier": "colour", "value": "red", "choices": ["red", "blue"],
        "description": "of the curve", "dataset": "lc01" }] }));
    let model = session.result(&json!({ "command": "run_compute" }));
    let saved = save(&session, "get_bundle");
    let mut cases = Cases::new();
    cases.case("it is the text of a JSON array of parameters with unique ids", || {
        // As in PHOEBE's own files there may be numbers that JSON has not.
        let strict = saved.replace("NaN", "null").replace("-Infinity", "null");
        let strict = strict.replace("Infinity", "null");
        let parameters: Value = serde_json::from_str(&strict).expect("JSON");
        let parameters = parameters.as_array().expect("an array");
        assert!(parameters.len() > 100);
        assert!(parameters.iter().filter(|one| one["uniqueid"].is_string()).count() > 100);
    });
    cases.case("get_bundle and save_bundle are the same", || {
        assert!(save(&session, "save_bundle") == saved);
    });
    cases.case("another session takes it over whole", || {
        let other = daemon.start_session();
        load(&other, &saved);
        assert_eq!(other.result(&teff), 6123.456789012345);
        assert!(save(&other, "get_bundle") == saved, "it is saved as it was loaded");
        let colour = json!({ "command": "get_parameter", "uniqueid": attached["unique_ids"][0] });
        let colour = other.result(&colour);
        assert_eq!((&colour["value"], &colour["context"]), (&json!("red"), &json!("ui")));
        let again = other.result(&json!({ "command": "run_compute" }));
        assert_eq!(again, model);
        other.end();
    });
    cases.case("a session can go back to what it saved", || {
        session.ok(&json!({ "command": "set_morphology", "morphology": "contact" }));
        load(&session, &saved);
        assert_eq!(session.result(&teff), 6123.456789012345);
    });
    let passwd = std::path::Path::new("/etc/passwd");
    assert!(passwd.exists());
    let own_file = daemon.path().join("bundle.json");
    std::fs::write(&own_file, &saved).expect("a file");
    for bad in [
        json!(own_file),
        json!("/etc/passwd"),
        json!("file:///etc/passwd"),
        json!(""),
        json!("[]"),
        json!("{}"),
        json!("7"),
        json!("[1]"),
        json!("[{}]"),
        json!("[{\"Class\":\"Nonsense\"}]"),
        json!(saved[..saved.len() / 2]),
        json!(7),
        json!(null),
        json!([]),
        json!({}),
        json!([{}]),
        json!("[".repeat(100_000)),
    ] {
        let shown: String = bad.to_string().chars().take(40).collect();
        cases.case(format!("{shown} is refused and the bundle stays"), || {
            session.failure(&json!({ "command": "load_bundle", "bundle": bad }));
            assert_eq!(session.result(&teff), 6123.456789012345);
            assert!(save(&session, "get_bundle") == saved);
        });
    }
    cases.finish();
    daemon.stop();
}
