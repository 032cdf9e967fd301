//! What users do with their accounts.

use std::thread::scope;

use phoebed_tests::{Cases, Daemon, eventually};
use serde_json::{Value, json};

use crate::user::{PASSWORD, User, jwt, login, register};

fn change_password(user: &User, current: &str, new: &str) -> phoebed_tests::Answer {
    let body = json!({ "current_password": current, "new_password": new });
    user.api.post_json("/auth/change-password", &body)
}

#[test]
fn a_password_is_changed_tokens_are_made_void_and_an_account_goes_with_all_that_is_kept() {
    let daemon = Daemon::start(jwt().set("auth.min_password_length", 4));
    let api = daemon.api();
    let ada = User::new(api, "ada@example.org");
    let elsewhere = User::of(api, &login(api, &ada.email, PASSWORD).expect(200).json());
    change_password(&ada, "wrong", "new password").expect(401);
    assert!(change_password(&ada, PASSWORD, "abc").expect(400).detail().contains("4 characters"));
    let changed = change_password(&ada, PASSWORD, "new password").expect(200).json();
    assert!(!ada.is_let_in() && !elsewhere.is_let_in(), "older tokens are void");
    let ada = User::of(api, &changed);
    assert!(ada.is_let_in());
    login(api, &ada.email, PASSWORD).expect(401);
    let elsewhere = User::of(api, &login(api, &ada.email, "new password").expect(200).json());
    let answer = elsewhere.api.post("/auth/logout-everywhere").expect(200).json();
    assert_eq!(answer, json!({ "success": true }));
    for user in [&ada, &elsewhere] {
        let told = user.api.get("/auth/me").expect(401).detail();
        assert_eq!(told, "Invalid token: it has been revoked");
    }
    let ada = User::of(api, &login(api, &ada.email, "new password").expect(200).json());
    let session = ada.api.start_session();
    session.result(&json!({ "command": "get_datasets" }));
    let bob = User::new(api, "bob@example.org");
    let bobs = bob.api.start_session();
    let delete = |password: &str| {
        ada.api.post_json("/auth/delete-account", &json!({ "password": password }))
    };
    delete(PASSWORD).expect(401);
    session.ping();
    assert_eq!(delete("new password").expect(200).json(), json!({ "success": true }));
    assert_eq!(ada.api.get("/auth/me").expect(401).detail(), "User not found or inactive");
    bobs.ping();
    let left = |query: &str| daemon.database().rows(query);
    let id = &session.id;
    assert_eq!(left("SELECT * FROM users WHERE id = 1"), [] as [Value; 0]);
    eventually("nothing is kept of it", || {
        let kept =
            left(&format!("SELECT session_id FROM session_commands WHERE session_id='{id}'"));
        let named = left("SELECT id FROM audit WHERE email = 'ada@example.org'");
        (kept.is_empty() && named.is_empty()).then_some(())
    });
    let events = left("SELECT event FROM audit WHERE user_id = '1' ORDER BY id");
    let events: Vec<_> = events.iter().filter_map(|row| row["event"].as_str()).collect();
    for event in ["registered", "login", "password_changed", "logged_out_everywhere"] {
        assert!(events.contains(&event), "{event} is not in {events:?}");
    }
    login(api, &ada.email, "new password").expect(401);
    let next = User::new(api, "ada@example.org");
    assert_ne!(next.id, ada.id, "an id is never given twice");
    bobs.end();
    daemon.stop();
}

#[test]
fn what_makes_no_account_is_told() {
    let daemon = Daemon::start_cold(jwt());
    let api = daemon.api();
    let long = format!("{}@example.org", "a".repeat(250));
    let mut cases = Cases::new();
    for (what, email, password, told) in [
        ("no email", "", "x", "Email and password are required"),
        ("blanks", "  ", "x", "Email and password are required"),
        ("no password", "a@example.org", "", "Email and password are required"),
        ("a long email", &long, "x", "The email is longer than 254 bytes"),
        ("two lines", "a@b\nc", "x", "The email contains control characters"),
    ] {
        cases.case(what, || {
            assert_eq!(register(api, email, password).expect(400).detail(), told);
        });
    }
    for (n, password) in ["x", "密码", "🔑 \u{0} 🔑", &"ж".repeat(5000)].iter().enumerate() {
        cases.case(format!("password number {n} of any length and script"), || {
            let email = format!("any{n}@example.org");
            register(api, &email, password).expect(200);
            login(api, &email, password).expect(200);
            login(api, &email, &format!("{password}x")).expect(401);
        });
    }
    cases.case("the case of letters beyond ASCII does not matter either", || {
        register(api, "Ärger@example.org", "x").expect(200);
        register(api, "äRGER@example.org", "x").expect(409);
        login(api, "ÄRGER@example.org", "x").expect(200);
    });
    cases.case("bodies are looked at before anything else", || {
        let faults = api.post_json("/auth/register", &json!({ "email": 7 })).faults();
        assert_eq!(faults.len(), 2);
        let missing = api.post_json("/auth/login", &json!({ "email": "a" })).fault();
        assert_eq!(missing, ("missing".to_owned(), json!(["body", "password"])));
        api.post_json("/auth/change-password", &json!({})).expect(401);
    });
    daemon.wait_until_ready();
    daemon.stop();
    cases.finish();
}

#[test]
fn a_hundred_registrations_of_one_email_at_once_make_one_user() {
    let daemon = Daemon::start_cold(jwt());
    let api = daemon.api();
    let spell =
        |n: usize| if n.is_multiple_of(2) { "race@example.org" } else { "RACE@Example.org" };
    let statuses: Vec<u16> = scope(|scope| {
        let register = |n: usize| scope.spawn(move || register(api, spell(n), PASSWORD).status);
        let clients: Vec<_> = (0..100).map(register).collect();
        clients.into_iter().map(|client| client.join().expect("no panic")).collect()
    });
    let made = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!((made, statuses.len()), (1, 100), "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    assert_eq!(daemon.database().rows("SELECT count(*) AS n FROM users")[0]["n"], 1);
    daemon.wait_until_ready();
    daemon.stop();
}

#[test]
fn registration_can_be_closed() {
    let mut daemon = Daemon::start_cold(jwt().set("auth.registration", "\"closed\""));
    let refused = register(daemon.api(), "ada@example.org", "x").expect(403);
    assert!(refused.detail().contains("administrator"), "{}", refused.detail());
    daemon.configure(|settings| settings.set("auth.registration", "\"open\""));
    assert_eq!(daemon.ctl(&["reload"]).code, Some(0));
    register(daemon.api(), "ada@example.org", "x").expect(200);
    daemon.wait_until_ready();
    daemon.stop();
}
