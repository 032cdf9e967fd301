//! `phoebectl reload`: what changes while the daemon runs.

use phoebed_tests::{Cases, Daemon, Settings, Signal, eventually};
use serde_json::{Value, json};

use crate::configuration::{file_of, set};
use crate::ctl::Ctl;
use crate::machine_form::MachineForm;

/// The keys in a list of an answer.
fn keys(of: &Value) -> Vec<&str> {
    let list = of.as_array().expect("a list");
    list.iter().map(|change| change["key"].as_str().expect("a key")).collect()
}

/// The value of a key that is in force.
fn in_force(ctl: &Ctl, key: &str) -> String {
    let config = ctl.json(&["config", "show"]);
    let entries = config["entries"].as_array().expect("a list");
    let found = entries.iter().find(|entry| entry["key"] == key).expect("the key");
    found["value"].as_str().expect("text").to_owned()
}

#[test]
fn live_keys_count_at_once_and_the_others_are_listed() {
    let daemon = Daemon::start(Settings::new());
    let ctl = Ctl::of(&daemon);
    let form = MachineForm::of(&daemon.path().join("admin.sock"));
    let spares = |ready: u64| {
        eventually("the spares are as many as wanted", || {
            let spares = &ctl.json(&["status"])["spares"];
            let wanted = json!({ "ready": ready, "wanted": ready });
            (*spares == wanted).then_some(())
        });
    };
    let mut cases = Cases::new();
    cases.case("a file that has not changed changes nothing", || {
        let answer = ctl.json(&["reload"]);
        form.check("post", "/v1/reload", &answer);
        assert_eq!((&answer["applied"], &answer["needs_restart"]), (&json!([]), &json!([])));
        let unchanged = answer["unchanged"].as_array().map_or(0, Vec::len);
        let expected =
            format!("reloaded {}\n{unchanged} keys unchanged\n", file_of(&daemon).display());
        assert_eq!(ctl.ok(&["reload"]).stdout, expected);
    });
    cases.case("changed keys are listed with old and new values", || {
        set(&daemon, &[("session.queue_limit", "7"), ("logging.level", "\"DEBUG\"")]);
        let done = ctl.ok(&["reload"]);
        let line = |key| done.stdout.lines().find(|line| line.starts_with(key)).expect("its line");
        let words = |key| line(key).split_whitespace().collect::<Vec<_>>();
        assert_eq!(words("session.queue_limit"), ["session.queue_limit", "32", "7", "applied"]);
        let level = ["logging.level", "\"INFO\"", "\"DEBUG\"", "applied"];
        assert_eq!(words("logging.level"), level);
        assert_eq!(in_force(&ctl, "session.queue_limit"), "7");
    });
    cases.case("the log level and the level of the access log", || {
        let logged = |path: &str| {
            daemon.api().get(path);
            eventually("the request is logged", || daemon.log().contains(path).then_some(()));
        };
        logged("/seen-at-debug");
        set(&daemon, &[("logging.level", "\"INFO\"")]);
        ctl.ok(&["reload"]);
        daemon.api().get("/unseen-at-info");
        set(&daemon, &[("logging.access_level", "\"INFO\"")]);
        ctl.ok(&["reload"]);
        logged("/seen-at-info");
        assert!(!daemon.log().contains("/unseen-at-info"));
    });
    cases.case("more and fewer spares", || {
        for wanted in [3, 0, 1] {
            set(&daemon, &[("workers.spares", &wanted.to_string())]);
            let answer = ctl.json(&["reload"]);
            assert_eq!(keys(&answer["applied"]), ["workers.spares"]);
            spares(wanted);
        }
    });
    cases.case("which commands are logged, of live sessions too", || {
        let session = daemon.start_session();
        let get = json!({ "command": "get_datasets" });
        let logged = || {
            let logs = ctl.json(&["sessions", "logs", &session.id]);
            let commands = logs["commands"].as_array().expect("a list").clone();
            commands
                .iter()
                .map(|one| one["command"].as_str().expect("text").to_owned())
                .collect::<Vec<String>>()
        };
        session.send(&get);
        session.ping();
        set(&daemon, &[("database.log_include_commands", "\"ping\"")]);
        ctl.ok(&["reload"]);
        session.send(&get);
        session.ping();
        assert_eq!(logged(), ["ping", "get_datasets"] as [&str; 2], "the newest first");
        let filters = [
            ("database.log_include_commands", "\"\""),
            ("database.log_exclude_commands", "\"get_datasets\""),
        ];
        set(&daemon, &filters);
        ctl.ok(&["reload"]);
        session.send(&get);
        session.ping();
        assert_eq!(logged(), ["ping", "ping", "get_datasets"] as [&str; 3]);
        session.end();
    });
    cases.case("the idle time, of live sessions too", || {
        let session = daemon.start_session();
        set(&daemon, &[("session.idle_timeout_seconds", "1")]);
        ctl.ok(&["reload"]);
        eventually("it hibernates", || session.is_hibernated().then_some(()));
        set(&daemon, &[("session.on_idle", "\"terminate\"")]);
        ctl.ok(&["reload"]);
        session.ping();
        eventually("it ends", || (!session.is_listed()).then_some(()));
        assert_eq!(daemon.ended_row(&session)["termination_reason"], "idle_timeout");
        set(&daemon, &[("session.idle_timeout_seconds", "1800")]);
        ctl.ok(&["reload"]);
        daemon.start_session().end();
    });
    cases.case("keys that need a restart are listed, and are not lost", || {
        let other = daemon.ports().spare(0).to_string();
        set(&daemon, &[("server.port", &other), ("session.queue_limit", "9")]);
        let answer = ctl.json(&["reload"]);
        form.check("post", "/v1/reload", &answer);
        assert_eq!(keys(&answer["applied"]), ["session.queue_limit"]);
        assert_eq!(keys(&answer["needs_restart"]), ["server.port"]);
        ctl.ok(&["reload"]).says(&["server.port", "needs a restart", "hint: "]);
        ctl.ok(&["status"]).says(&["restart due", &format!("waits for {other}")]);
        assert_eq!(in_force(&ctl, "server.port"), daemon.address().port().to_string());
        daemon.api().get("/health").expect(200);
        set(&daemon, &[("server.port", &daemon.address().port().to_string())]);
        ctl.ok(&["reload"]);
        assert_eq!(ctl.json(&["status"])["pending_restart"], json!([]));
    });
    cases.case("SIGHUP does the same, and says so in the log", || {
        set(&daemon, &[("session.queue_limit", "11")]);
        daemon.signal(Signal::SIGHUP);
        eventually("it counts", || (in_force(&ctl, "session.queue_limit") == "11").then_some(()));
        eventually("it is logged", || {
            let log = daemon.log();
            let line = log.lines().find(|line| line.contains("SIGHUP: configuration read again"));
            line.is_some_and(|line| line.contains("session.queue_limit: 9 -> 11")).then_some(())
        });
    });
    cases.finish();
    daemon.stop();
}
