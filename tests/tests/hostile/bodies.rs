//! Commands that are JSON, and too much of it.

use phoebed_tests::{Cases, Settings};
use serde_json::json;

use crate::bystander::Bystander;

const DEPTH: usize = 100_000;

#[test]
fn nesting_beyond_measure_is_an_error_and_never_the_end() {
    let (daemon, bystander) = Bystander::of(Settings::new());
    let session = daemon.start_session();
    let arrays = "[".repeat(DEPTH) + &"]".repeat(DEPTH);
    let objects = "{\"a\":".repeat(DEPTH) + "1" + &"}".repeat(DEPTH);
    let mut cases = Cases::new();
    for (what, deep) in [("arrays", &arrays), ("objects", &objects)] {
        for member in ["value", "command"] {
            cases.case(format!("{what} as the {member} of a command"), || {
                let body = format!("{{\"command\":\"set_value\",\"{member}\":{deep}}}");
                let (kind, _) = daemon.api().post_text(&session.path(), body).fault();
                assert_eq!(kind, "json_invalid");
            });
        }
        cases.case(format!("{what} as a project's name"), || {
            // Within the size that a start takes.
            let deep = if what == "arrays" { deep.as_str() } else { &objects_of(20_000) };
            let body = format!("{{\"project_name\":{deep}}}");
            let (kind, _) = daemon.api().post_text("/dash/start-session", body).fault();
            assert_eq!(kind, "json_invalid");
        });
        cases.case(format!("{what} in the text of a bundle, which the worker reads"), || {
            let failure = session.failure(&json!({ "command": "load_bundle", "bundle": deep }));
            assert!(!failure.error.is_empty());
        });
    }
    cases.case("what is not too deep comes to the worker", || {
        let value = (0..100).fold(json!(1), |inner, _| json!([inner]));
        let command = json!({ "command": "set_value", "qualifier": "teff", "value": value });
        assert!(!session.failure(&command).error.is_empty());
    });
    cases.case("the session is as it was", || session.ping());
    cases.finish();
    bystander.was_undisturbed(daemon);
}

fn objects_of(depth: usize) -> String {
    "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth)
}

#[test]
fn a_million_numbers_are_answered_and_the_session_goes_on() {
    let (daemon, bystander) = Bystander::of(Settings::new());
    let session = daemon.start_session();
    let million: Vec<f64> = (0..1_000_000).map(|n| f64::from(n) * 1e-3).collect();
    let mut cases = Cases::new();
    cases.case("as the times of a dataset", || {
        let command = json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
            "times": million });
        session.ok(&command);
        let times = json!({ "command": "get_value", "qualifier": "times", "dataset": "lc01",
            "context": "dataset" });
        assert_eq!(session.result(&times).as_array().map(Vec::len), Some(million.len()));
        session.ok(&json!({ "command": "remove_dataset", "dataset": "lc01" }));
    });
    cases.case("where one number is needed", || {
        let command = json!({ "command": "set_value", "qualifier": "teff",
            "component": "primary", "value": million });
        assert!(!session.failure(&command).error.is_empty());
    });
    cases.case("as a filter that there is not", || {
        let command = json!({ "command": "get_value", "qualifier": "teff", "nonsense": million });
        session.send(&command).expect(200);
    });
    cases.case("the session is as it was", || session.ping());
    cases.finish();
    bystander.was_undisturbed(daemon);
}

#[test]
fn bodies_that_everybody_keeps_small_have_small_limits() {
    let (daemon, bystander) = Bystander::of(Settings::new());
    let mut cases = Cases::new();
    cases.case("what is kept for a session", || {
        let body = format!("{{\"project_name\":\"{}\"}}", "x".repeat(300 * 1024));
        let answer = daemon.api().post_text("/dash/start-session", body).expect(413);
        assert!(answer.detail().contains("256 KiB on this path"), "{}", answer.text());
        let body = format!("{{\"project_name\":\"{}\"}}", "x".repeat(200 * 1024));
        let started = daemon.api().post_text("/dash/start-session", body).expect(200).json();
        let id = started["session_id"].as_str().expect("an id");
        daemon.api().post(&format!("/dash/end-session/{id}")).expect(200);
    });
    cases.case("what anybody may send", || {
        let body = format!("{{\"a\":[{}0]}}", "0,".repeat(40 * 1024));
        for path in ["/auth/login", "/auth/register"] {
            daemon.api().post_text(path, &body).expect(413);
        }
    });
    cases.finish();
    bystander.was_undisturbed(daemon);
}
