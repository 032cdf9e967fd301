//! An engine that cannot start: the daemon serves on and says why.

use phoebed_tests::{Cases, Daemon, Settings, eventually};
use serde_json::json;

fn refused(python: &str, causes: &[&str]) {
    let daemon = Daemon::start_cold(Settings::new().set("engine.python", format!("'{python}'")));
    let api = daemon.api();
    // At the very first the engine is only starting.
    let start = eventually("the cause is known", || {
        let answer = api.post("/dash/start-session").expect(503);
        answer.detail().contains("cannot start").then_some(answer)
    });
    let mut cases = Cases::new();
    let says_why = |answer: &phoebed_tests::Answer| {
        assert!(answer.header("retry-after").is_some());
        let text = answer.detail();
        for cause in causes {
            assert!(text.contains(cause), "{cause:?} is not in {text}");
        }
    };
    cases.case("a start is refused with the cause", || says_why(&start));
    cases.case("it is not ready, for that cause", || {
        // While it tries again it says so.
        says_why(&eventually("it has failed again", || {
            let answer = api.get("/ready").expect(503);
            answer.detail().contains("cannot start").then_some(answer)
        }));
    });
    cases.case("it is alive", || {
        assert_eq!(api.get("/health").expect(200).json(), json!({ "status": "ok" }));
        assert_eq!(api.get("/dash/sessions").expect(200).json(), json!({}));
        api.get("/docs").expect(200);
    });
    cases.case("no port is lost", || assert_eq!(daemon.port_counts(), (12, 0, 12)));
    cases.case("the cause is in the log", || {
        let log = daemon.log();
        assert!(log.contains("the engine cannot start") && log.contains(causes[0]), "{log}");
    });
    cases.finish();
    daemon.stop();
}

#[test]
fn a_missing_interpreter_is_named_to_those_who_want_a_session() {
    refused(
        "/nonexistent/python",
        &["/nonexistent/python does not exist", "phoebectl engine install"],
    );
}

#[test]
fn an_interpreter_without_phoebe_is_told_with_the_error_of_its_import() {
    refused("/usr/bin/python3", &["ModuleNotFoundError", "No module named"]);
}

#[test]
fn an_interpreter_that_only_complains_is_told_with_its_last_words() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("python");
    let script = "#!/bin/sh\necho 'first words'\necho 'no engine today' >&2\nexit 3\n";
    std::fs::write(&path, script).expect("a script");
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, permissions).expect("an executable");
    refused(path.to_str().expect("a path"), &["no engine today", "exited with status 3"]);
}
