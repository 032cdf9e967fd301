use serde_json::json;

use super::*;
use crate::Role;
use crate::api::tests::example_round_trip;

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
fn a_user_and_a_query_cannot_leave_their_place_in_the_path() {
    let email = "Ada+x@example.org/../é";
    let encoded = "Ada%2Bx%40example%2Eorg%2F%2E%2E%2F%C3%A9";
    assert_eq!(paths::of_user(paths::USER, email), format!("/v1/users/{encoded}"));
    assert_eq!(paths::of_user(paths::USER_ROLE, "7"), "/v1/users/7/role");
    assert_eq!(paths::tokens_of(None), "/v1/tokens");
    assert_eq!(paths::tokens_of(Some(email)), format!("/v1/tokens?user={encoded}"));
    assert_eq!(paths::token_revoke("a/b"), "/v1/tokens/a%2Fb/revoke");
    assert_eq!(paths::audit(&AuditQuery::default()), "/v1/audit");
    let query = AuditQuery {
        user: Some("a&b".into()),
        event: Some("login".into()),
        since: Some(1_760_000_000.5),
        limit: Some(3),
    };
    let path = "/v1/audit?user=a%26b&event=login&since=1760000000%2E5&limit=3";
    assert_eq!(paths::audit(&query), path);
}

#[test]
fn every_body_about_users_has_an_example_and_described_fields() {
    example_round_trip::<AuditLog>();
    example_round_trip::<AuditQuery>();
    example_round_trip::<AuditRecord>();
    example_round_trip::<ImportAnswer>();
    example_round_trip::<ImportRequest>();
    example_round_trip::<NewUser>();
    example_round_trip::<PasswordRequest>();
    example_round_trip::<RoleRequest>();
    example_round_trip::<Token>();
    example_round_trip::<TokenList>();
    example_round_trip::<TokenMade>();
    example_round_trip::<TokenRequest>();
    example_round_trip::<TokenRevoked>();
    example_round_trip::<TokensQuery>();
    example_round_trip::<User>();
    example_round_trip::<UserChanged>();
    example_round_trip::<UserList>();
    example_round_trip::<UserMade>();
    example_round_trip::<UserRemoved>();
}

#[test]
fn a_new_user_needs_an_email_alone() {
    let user: NewUser = serde_json::from_value(json!({"email": "a@b"})).unwrap();
    assert_eq!((user.role, user.password), (Role::Student, None));
    let parse = |value| serde_json::from_value::<NewUser>(value);
    let error = parse(json!({"email": "a@b", "role": "root"})).unwrap_err().to_string();
    assert!(error.contains("`student`, `instructor`, `admin`"), "{error}");
    assert!(parse(json!({"email": "a@b", "isadmin": true})).is_err());
}

#[test]
fn no_password_and_no_token_shows_in_debug() {
    let user = NewUser { password: Some("geheim".into()), ..NewUser::default() };
    let made = UserMade { user: User::example(), password: Some("geheim".into()) };
    let change = PasswordRequest { password: Some("geheim".into()) };
    let shown = format!("{user:?} {made:?} {change:?}");
    assert!(!shown.contains("geheim"), "{shown}");
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
