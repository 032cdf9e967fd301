//! The child in which a worker computes: its death is an answer, and nothing else.

use phoebed_tests::{Cases, Daemon, Settings, Signal, eventually, signal};
use serde_json::json;

#[test]
fn a_compute_child_that_dies_is_an_error_answer_and_the_bundle_is_as_it_was() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0, 0.25], "passband": "Johnson:V" }));
    let run = json!({ "command": "run_compute" });
    let model = session.result(&run);
    let save = || session.result(&json!({ "command": "get_bundle" }));
    let before = save();
    let worker = daemon.worker(&session);
    let mut cases = Cases::new();
    for (which, name) in
        [(Signal::SIGKILL, "SIGKILL"), (Signal::SIGSEGV, "SIGSEGV"), (Signal::SIGTERM, "SIGTERM")]
    {
        cases.case(format!("{name} is named, and nothing else has changed"), || {
            let computing = session.send_in_background(&run);
            let child = daemon.compute_child(&session);
            signal(child.pid, Signal::SIGSTOP);
            signal(child.pid, which);
            signal(child.pid, Signal::SIGCONT);
            let failure = phoebed_tests::Failure::from(computing.answer());
            assert!(failure.error.contains(&format!("({name})")), "{}", failure.error);
            assert!(failure.error.contains("the bundle is unchanged"), "{}", failure.error);
            assert!(save() == before, "the bundle has changed");
            assert_eq!(daemon.worker(&session), worker, "the worker lives on");
        });
    }
    cases.case("the session computes on", || {
        assert_eq!(session.result(&run), model);
    });
    cases.case("a computation that PHOEBE refuses changes nothing either", || {
        let before = save();
        let wrong = json!({ "command": "run_compute", "ntriangles": -7 });
        session.failure(&wrong);
        assert!(save() == before, "the bundle has changed");
        assert_eq!(session.result(&run), model);
    });
    cases.case("the failures are in the log database", || {
        let query = format!(
            "SELECT success, error_message FROM session_commands
             WHERE session_id = '{}' AND command_name = 'run_compute' AND success = 0",
            session.id
        );
        let rows = eventually("all are logged", || {
            Some(daemon.database().rows(&query)).filter(|rows| rows.len() == 4)
        });
        assert!(rows[0]["error_message"].as_str().is_some_and(|text| text.contains("SIGKILL")));
    });
    cases.finish();
    daemon.stop();
}
