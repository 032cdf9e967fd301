//! Each mode as its clients see it.

use std::os::unix::fs::MetadataExt;

use phoebed_tests::{Daemon, Settings, eventually};
use serde_json::json;

use crate::user::{PASSWORD, User, jwt, login, register};

#[test]
fn users_of_this_server_have_their_own_sessions() {
    let daemon = Daemon::start(jwt());
    let api = daemon.api();
    assert_eq!(api.get("/auth/config").expect(200).json(), json!({ "mode": "jwt" }));
    let ada = User::new(api, "Ada@Example.org");
    let me = ada.api.get("/auth/me").expect(200).json();
    let expected = json!({ "user_id": ada.id, "email": "Ada@Example.org",
        "full_name": "Ada Lovelace", "role": "student" });
    assert_eq!(me, expected, "the role that was asked for is not given");
    let again = User::of(api, &login(api, " ada@example.ORG", PASSWORD).expect(200).json());
    assert_eq!(again.id, ada.id);
    let taken = register(api, "ADA@example.org", "x").expect(409);
    assert_eq!(taken.detail(), "A user with this email already exists");

    let session = ada.api.start_session();
    assert_eq!(session.object["user_id"], ada.id);
    assert_eq!(session.object["full_name"], "Ada Lovelace");
    session.ping();
    let bob = User::new(api, "bob@example.org");
    assert!(bob.api.sessions().is_empty());
    let denied = "You are not the owner of this session";
    let path = |what: &str| format!("/dash/{what}/{}", session.id);
    let command = json!({ "command": "ping" });
    assert_eq!(bob.api.post_json(&session.path(), &command).expect(403).detail(), denied);
    for what in ["end-session", "session-memory"] {
        assert_eq!(bob.api.post(&path(what)).expect(403).detail(), denied);
    }
    session.ping();
    assert!(again.api.sessions().contains_key(&session.id));
    session.end();
    let row = daemon.ended_row(&session);
    assert_eq!((&row["user_id"], &row["full_name"]), (&json!(ada.id), &json!("Ada Lovelace")));
    let of_it = format!(
        "SELECT event, user_id, client_ip, detail FROM audit WHERE session_id = '{}' ORDER BY id",
        session.id
    );
    let audited = eventually("both are in the audit", || {
        Some(daemon.database().rows(&of_it)).filter(|rows| rows.len() == 2)
    });
    let events: Vec<_> = audited.iter().map(|row| (&row["event"], &row["user_id"])).collect();
    let (started, ended) = (json!("session_started"), json!("session_ended"));
    assert_eq!(events, [(&started, &json!(ada.id)), (&ended, &json!(ada.id))]);
    assert_eq!(audited[0]["client_ip"], "127.0.0.1");
    assert_eq!(audited[1]["detail"], "manual");
    daemon.stop();
}

#[test]
fn a_shared_password_opens_the_server() {
    let settings = Settings::new().set("auth.mode", "\"password\"");
    let mut daemon = Daemon::start(settings.set("auth.password", "\"class of 2026\""));
    let api = daemon.api().clone();
    assert_eq!(api.get("/auth/config").expect(200).json(), json!({ "mode": "password" }));
    api.get("/dash/sessions").expect(401);
    let wrong = login(&api, "ada@example.org", "class of 2025").expect(401);
    assert_eq!(wrong.detail(), "Invalid email or password");
    let only = "Registration is only available in jwt auth mode";
    assert_eq!(register(&api, "ada@example.org", "x").expect(404).detail(), only);
    let ada = User::of(&api, &login(&api, "Ada@example.org", "class of 2026").expect(200).json());
    assert_eq!((ada.id.as_str(), ada.email.as_str()), ("ada@example.org", "Ada@example.org"));
    let session = ada.api.start_session();
    session.ping();
    assert_eq!(session.object["user_id"], "ada@example.org");
    assert_eq!(ada.api.get("/auth/me").expect(200).json()["role"], "student");
    let key = std::fs::metadata(daemon.path().join("state/token.key")).expect("the key");
    assert_eq!((key.mode() & 0o777, key.len()), (0o600, 32));
    session.end();

    daemon.kill();
    daemon.start_again();
    assert!(ada.is_let_in(), "tokens outlive the daemon");
    daemon.configure(|settings| settings.set("auth.password", "\"class of 2027\""));
    assert_eq!(daemon.ctl(&["reload"]).code, Some(0));
    assert!(!ada.is_let_in(), "a new password makes old tokens void");
    login(&api, "ada@example.org", "class of 2026").expect(401);
    login(&api, "ada@example.org", "class of 2027").expect(200);
    daemon.stop();
}

#[test]
fn an_open_server_asks_for_nothing() {
    let daemon = Daemon::start_cold(Settings::new());
    let api = daemon.api();
    assert_eq!(api.get("/auth/me").expect(404).detail(), "Not available in current auth mode");
    api.post("/auth/logout-everywhere").expect(404);
    for path in ["/auth/change-password", "/auth/delete-account"] {
        api.post_json(path, &json!({})).expect(422);
    }
    api.post_json("/auth/delete-account", &json!({ "password": "x" })).expect(404);
    let only = "Login is only available in jwt auth mode";
    assert_eq!(login(api, "a@b", "c").expect(404).detail(), only);
    api.with_token("nonsense").get("/dash/sessions").expect(200);
    assert_eq!(daemon.ctl(&["users", "add", "later@example.org"]).code, Some(0));
    let issued = daemon.ctl(&["tokens", "issue", "later@example.org"]);
    assert_ne!(issued.code, Some(0), "there is no key to sign it with");
    daemon.wait_until_ready();
    daemon.stop();
}
