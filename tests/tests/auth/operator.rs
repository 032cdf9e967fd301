//! The operator's side: users, tokens and the audit by `phoebectl`.

use phoebed_tests::{Daemon, Finished};
use serde_json::{Value, json};

use crate::user::{User, jwt, login};

fn ok(daemon: &Daemon, arguments: &[&str]) -> Finished {
    let done = daemon.ctl(arguments);
    assert_eq!(done.code, Some(0), "{arguments:?}: {done:?}");
    done
}

fn told(daemon: &Daemon, arguments: &[&str]) -> Value {
    serde_json::from_str(&ok(daemon, &[arguments, &["--json"]].concat()).stdout).expect("JSON")
}

#[test]
fn a_class_is_imported_and_looked_after() {
    let daemon = Daemon::start(jwt().set("auth.registration", "\"closed\""));
    let api = daemon.api();
    let file = daemon.path().join("class.csv");
    let rows = "Email,first_name,last_name,role\nada@example.org,Ada,Lovelace,\n\
                ivy@example.org,Ivy,Smith,instructor\nÄrger@example.org,Ä,Ö,student\n";
    std::fs::write(&file, rows).expect("a file");
    let path = file.display().to_string();
    let made = ok(&daemon, &["users", "import", &path]).stdout;
    let passwords: Vec<(&str, &str)> = made
        .lines()
        .skip(1)
        .map(|line| {
            let mut cells = line.split(',');
            let row = (cells.next().expect("an email"), cells.next().expect("a password"));
            assert_eq!(cells.next(), Some("created"), "{made}");
            row
        })
        .collect();
    assert_eq!(passwords.len(), 3, "{made}");
    for (email, password) in &passwords {
        login(api, email, password).expect(200);
    }
    let again = ok(&daemon, &["users", "import", &path]);
    assert!(!again.stdout.contains("created"), "those who are there are left alone: {again:?}");
    let users = told(&daemon, &["users", "list"]);
    let list = users["users"].as_array().expect("a list");
    let roles: Vec<_> = list.iter().map(|user| user["role"].as_str().expect("text")).collect();
    assert_eq!(roles, ["student", "instructor", "student"]);
    assert!(list.iter().all(|user| user["last_login"].is_f64()), "{users}");

    let ada = User::of(api, &login(api, passwords[0].0, passwords[0].1).expect(200).json());
    let session = ada.api.start_session();
    assert_eq!(told(&daemon, &["users", "show", "ADA@example.org"])["sessions"], 1);
    let disabled = ok(&daemon, &["users", "disable", &ada.email]).stdout;
    assert!(disabled.contains("is disabled now, 1 session ended"), "{disabled}");
    assert_eq!(daemon.ended_row(&session)["termination_reason"], "user_disabled");
    let ends = told(&daemon, &["audit", "--user", &ada.id, "--event", "session_ended"]);
    assert!(ends.to_string().contains("user_disabled"), "{ends}");
    assert_eq!(ada.api.get("/auth/me").expect(401).detail(), "User not found or inactive");
    let refused = login(api, passwords[0].0, passwords[0].1).expect(403);
    assert_eq!(refused.detail(), "Account is disabled");
    ok(&daemon, &["users", "enable", &ada.id]);
    assert!(!ada.is_let_in(), "a token of before stays void");
    let ada = User::of(api, &login(api, passwords[0].0, passwords[0].1).expect(200).json());
    let issued = ok(&daemon, &["users", "passwd", &ada.email]).stdout;
    let password = issued.trim().rsplit(' ').next().expect("a password");
    assert!(!ada.is_let_in(), "a new password makes tokens void");
    let ada = User::of(api, &login(api, &ada.email, password).expect(200).json());
    let fresh = ada.api.start_session();
    session.send(&json!({ "command": "ping" })).expect(401);
    ada.api.post_json(&fresh.path(), &json!({ "command": "ping" })).expect(200);
    let removed = told(&daemon, &["users", "remove", &ada.email, "--yes"]);
    assert_eq!(removed["sessions_ended"], 1, "{removed}");
    assert!(!ada.is_let_in());
    assert_ne!(daemon.ctl(&["users", "show", &ada.id]).code, Some(0));

    // Nothing secret is left anywhere.
    let log = daemon.log();
    for (_, password) in passwords.iter().chain([&("", password)]) {
        assert!(!log.contains(*password), "a password is in the log");
    }
    let audit = told(&daemon, &["audit", "--limit", "1000"]).to_string();
    assert!(!audit.contains(password) && audit.contains("\"removed\""), "{audit}");
    daemon.stop();
}

#[test]
fn a_token_for_a_script_counts_until_it_is_revoked() {
    let daemon = Daemon::start_cold(jwt());
    let api = daemon.api();
    let ada = User::new(api, "ada@example.org");
    let issue = |label: &str| {
        let issued = ["tokens", "issue", &ada.email, "--label", label, "--expires-in", "30d"];
        ok(&daemon, &issued).stdout.trim().to_owned()
    };
    let (nightly, other) = (issue("nightly fits"), issue("other"));
    let is_let_in = |token: &str| api.with_token(token).get("/auth/me").status == 200;
    assert!(is_let_in(&nightly) && is_let_in(&other));
    let tokens = told(&daemon, &["tokens", "list", "--user", &ada.email]);
    let tokens = tokens["tokens"].as_array().expect("a list");
    let labelled = tokens.iter().find(|token| token["label"] == "nightly fits").expect("it");
    let id = labelled["id"].as_str().expect("an id");
    ok(&daemon, &["tokens", "revoke", id]);
    let told_to = api.with_token(&nightly).get("/auth/me").expect(401).detail();
    assert_eq!(told_to, "Invalid token: it has been revoked");
    assert!(is_let_in(&other) && ada.is_let_in(), "no other token is touched");
    ada.api.post("/auth/logout-everywhere").expect(200);
    assert!(!is_let_in(&other), "everywhere is everywhere");
    assert_ne!(daemon.ctl(&["tokens", "revoke", "no-such"]).code, Some(0));
    let audit = told(&daemon, &["audit", "--user", &ada.id]).to_string();
    for event in ["revoked_token_used", "registered", "issued", "revoked"] {
        assert!(audit.contains(event), "{event} is not in {audit}");
    }
    let log = daemon.log();
    assert!(!log.contains(&nightly) && !audit.contains(&nightly), "a token is shown");
    daemon.wait_until_ready();
    daemon.stop();
}
