//! Answers that are too large.

use phoebed_tests::Settings;
use serde_json::json;

use crate::bystander::Bystander;

#[test]
fn an_answer_that_is_too_large_is_an_error_and_the_session_lives() {
    let (daemon, bystander) = Bystander::of(Settings::new().set("workers.max_answer_mb", 1));
    let session = daemon.start_session();
    let many: Vec<f64> = (0..200_000).map(|n| f64::from(n) + 0.123_456_789).collect();
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "times": many }));
    let times = json!({ "command": "get_value", "qualifier": "times", "dataset": "lc01",
        "context": "dataset" });
    for command in [times, json!({ "command": "get_bundle" })] {
        let failure = session.failure(&command);
        assert!(failure.error.contains("larger than this server passes on"), "{}", failure.error);
        session.ping();
    }
    bystander.was_undisturbed(daemon);
}
