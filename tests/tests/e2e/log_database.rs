//! The log database, as its users read it while the daemon runs.

use phoebed_tests::{Cases, Daemon, Settings, eventually};
use serde_json::{Value, json};

fn commands(daemon: &Daemon, id: &str, count: usize) -> Vec<Value> {
    let query =
        format!("SELECT * FROM session_commands WHERE session_id = '{id}' ORDER BY timestamp, id");
    eventually("the commands are logged", || {
        Some(daemon.database().rows(&query)).filter(|rows| rows.len() >= count)
    })
}

#[test]
fn sessions_and_commands_are_logged_as_users_query_them() {
    let daemon = Daemon::start(Settings::new());
    let body = json!({ "project_name": { "star": "AI Phe" } });
    let started = daemon.api().post_json("/dash/start-session", &body).expect(200).json();
    let id = started["session_id"].as_str().expect("an id").to_owned();
    let send =
        |command: Value| daemon.api().post_json(&format!("/send/{id}"), &command).expect(200);
    send(json!({ "command": "ping" }));
    send(json!({ "command": "get_datasets" }));
    send(json!({ "command": "get_value", "qualifier": "no_such" }));
    send(json!({ "command": "nonsense" }));
    send(json!({}));
    let mut cases = Cases::new();
    cases.case("an active session is found by its status", || {
        let query = "SELECT * FROM sessions WHERE status='active'";
        let rows = eventually("it is logged", || {
            Some(daemon.database().rows(query)).filter(|rows| !rows.is_empty())
        });
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!(row["session_id"], id.as_str());
        assert_eq!(row["project_name"], r#"{"star":"AI Phe"}"#);
        assert_eq!((&row["port"], &row["created_at"]), (&started["port"], &started["created_at"]));
        assert_eq!(
            (&row["destroyed_at"], &row["termination_reason"]),
            (&Value::Null, &Value::Null)
        );
    });
    cases.case("commands are logged, all but ping", || {
        let rows = commands(&daemon, &id, 4);
        let told: Vec<_> =
            rows.iter().map(|row| (row["command_name"].clone(), row["success"].clone())).collect();
        assert_eq!(told.len(), 4, "{told:?}");
        assert_eq!(told[0], (json!("get_datasets"), json!(1)));
        assert_eq!(told[1], (json!("get_value"), json!(0)));
        assert_eq!(told[2], (json!("nonsense"), json!(0)));
        for row in &rows {
            assert!(row["execution_time_ms"].as_f64().is_some_and(|took| took > 0.0), "{row}");
            assert!(row["timestamp"].as_f64() >= started["created_at"].as_f64(), "{row}");
            assert_eq!(row["error_message"].is_null(), row["success"] == 1, "{row}");
        }
    });
    cases.case("the tables have the columns that users know", || {
        for query in [
            "SELECT id, email, hashed_password, first_name, last_name, role, created_at, is_active
             FROM users",
            "SELECT id, session_id, timestamp, memory_used_mb FROM session_metrics",
            "SELECT id, session_id, timestamp, command_name, success, execution_time_ms,
             error_message FROM session_commands",
            "SELECT session_id, user_id, full_name, created_at, destroyed_at, last_activity, port,
             client_ip, user_agent, project_name, termination_reason, status FROM sessions",
        ] {
            daemon.database().rows(query);
        }
        let mode = daemon.database().rows("PRAGMA journal_mode");
        assert_eq!(mode, [json!({ "journal_mode": "wal" })]);
    });
    cases.finish();
    daemon.stop();
}

#[test]
fn only_the_commands_that_are_wanted_are_logged() {
    let included = Settings::new().set("database.log_include_commands", "\"get_value, ping\"");
    let excluded =
        Settings::new().set("database.log_exclude_commands", "\"get_datasets,get_value\"");
    for (settings, expected) in
        [(included, &["ping", "get_value", "ping"][..]), (excluded, &["ping", "ping"])]
    {
        let daemon = Daemon::start(settings);
        let session = daemon.start_session();
        for command in ["ping", "get_datasets", "get_value", "ping"] {
            session.send(&json!({ "command": command, "qualifier": "x" }));
        }
        // The last one is logged in both cases, and records keep their order.
        let rows = commands(&daemon, &session.id, expected.len());
        let names: Vec<&str> =
            rows.iter().map(|row| row["command_name"].as_str().expect("a name")).collect();
        assert_eq!(names, expected);
        daemon.stop();
    }
}
