//! What the roles may see and do.

use phoebed_tests::Daemon;
use serde_json::json;

use crate::user::{User, jwt};

#[test]
fn an_instructor_sees_every_session_and_an_admin_uses_them_too() {
    let daemon = Daemon::start(jwt());
    let api = daemon.api();
    let [ada, ivy, root] =
        ["ada", "ivy", "root"].map(|name| User::new(api, &format!("{name}@example.org")));
    assert_eq!(daemon.ctl(&["users", "set-role", &ivy.email, "instructor"]).code, Some(0));
    assert_eq!(daemon.ctl(&["users", "set-role", &root.email, "admin"]).code, Some(0));
    let session = ada.api.start_session();
    let ping = json!({ "command": "ping" });
    let all = |user: &User| user.api.get("/dash/sessions?scope=all");
    assert!(all(&ada).expect(403).detail().contains("instructors and administrators"));
    for user in [&ivy, &root] {
        let seen = all(user).expect(200).json();
        assert_eq!(seen[&session.id]["full_name"], "Ada Lovelace");
        assert!(seen[&session.id]["mem_used"].as_f64().is_some_and(|mib| mib > 0.0));
        assert_eq!(user.api.get("/dash/sessions").expect(200).json(), json!({}));
    }
    let wrong = ada.api.get("/dash/sessions?scope=mine").fault();
    assert_eq!(wrong, ("literal_error".to_owned(), json!(["query", "scope"])));
    ivy.api.post_json(&session.path(), &ping).expect(403);
    ivy.api.post(&format!("/dash/end-session/{}", session.id)).expect(403);
    root.api.post_json(&session.path(), &ping).expect(200);
    root.api.post(&format!("/dash/session-memory/{}", session.id)).expect(200);

    // A role counts from the moment on in which it is given, whatever the token says.
    assert_eq!(daemon.ctl(&["users", "set-role", &root.email, "student"]).code, Some(0));
    root.api.post_json(&session.path(), &ping).expect(403);
    assert_eq!(daemon.ctl(&["users", "set-role", &root.email, "admin"]).code, Some(0));
    root.api.post(&format!("/dash/end-session/{}", session.id)).expect(200);
    ada.api.post_json(&session.path(), &ping).expect(404);
    daemon.stop();
}
