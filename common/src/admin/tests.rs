use serde_json::json;

use super::*;

#[test]
fn a_kill_needs_exactly_what_it_can_mean() {
    let parse = |value| serde_json::from_value::<KillRequest>(value).unwrap();
    let check = |value| parse(value).check();
    assert_eq!(check(json!({})), Err(KillRequestError::Nothing));
    assert_eq!(check(json!({"dry_run": true})), Err(KillRequestError::Nothing));
    assert_eq!(check(json!({"all": true, "user": "7"})), Err(KillRequestError::AllAndSome));
    assert_eq!(check(json!({"all": true})), Ok(()));
    assert_eq!(check(json!({"user": "7", "idle_for_seconds": 60})), Ok(()));
}

#[test]
fn a_request_with_a_slip_is_refused() {
    assert!(serde_json::from_value::<KillRequest>(json!({"all": true, "dryrun": true})).is_err());
    assert!(serde_json::from_value::<InitDbRequest>(json!({"forse": true})).is_err());
    assert!(serde_json::from_value::<LogsQuery>(json!({"max": 3})).is_err());
}

#[test]
fn an_answer_of_a_newer_daemon_is_understood() {
    let newer = json!({"version": "9.9.9", "pid": 1, "uptime_seconds": 2.0, "moon": "full"});
    let ping: Ping = serde_json::from_value(newer).unwrap();
    assert_eq!(ping.version, "9.9.9");
}

#[test]
fn an_id_cannot_leave_its_place_in_the_path() {
    assert_eq!(paths::session("../kill?a b"), "/v1/sessions/%2E%2E%2Fkill%3Fa%20b");
    assert_eq!(paths::session_logs("5f0c-8a", 3), "/v1/sessions/5f0c-8a/logs?limit=3");
}

#[test]
fn an_outcome_of_init_db_names_itself() {
    let made = InitDbOutcome::Created { path: "/x/sessions.db".into() };
    let json = serde_json::to_value(made).unwrap();
    assert_eq!(json, json!({"outcome": "created", "path": "/x/sessions.db"}));
}

#[test]
fn an_origin_reads_as_in_the_configuration() {
    use crate::config;
    let file = config::Origin::File { path: std::sync::Arc::new("/etc/p.toml".into()), line: 4 };
    for origin in [
        file,
        config::Origin::Default,
        config::Origin::Environment("PHOEBE_JWT_SECRET_KEY"),
        config::Origin::CommandLine("--port"),
    ] {
        assert_eq!(Origin::from(origin.clone()).to_string(), origin.to_string());
    }
}

#[test]
fn an_error_carries_its_causes() {
    let error = crate::config::ConfigError::Unreadable {
        path: "/etc/p.toml".into(),
        source: std::io::Error::other("the disk is broken"),
    };
    let body = ErrorBody::of(&error).hint("ls -l /etc");
    assert_eq!(body.causes, ["the disk is broken"]);
    assert_eq!(body.hint.as_deref(), Some("ls -l /etc"));
}
