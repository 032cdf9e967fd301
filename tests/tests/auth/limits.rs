//! How many sessions a user may have, those that hibernate too.

use phoebed_tests::Daemon;

use crate::user::{User, jwt};

#[test]
fn a_user_keeps_no_more_sessions_than_allowed_and_others_do_not_notice() {
    let daemon = Daemon::start(jwt().set("resources.max_sessions_per_user", 2));
    let (ada, bob) = (User::new(daemon.api(), "ada@x.org"), User::new(daemon.api(), "bob@x.org"));
    let first = ada.api.start_session();
    ada.api.start_session();
    ada.api.post(&format!("/dash/sessions/{}/hibernate", first.id)).expect(200);
    let refused = ada.api.post("/dash/start-session").expect(429);
    assert!(refused.header("retry-after").is_some());
    let text = refused.detail();
    assert!(text.contains("2 sessions") && text.contains("max_sessions_per_user"), "{text}");
    bob.api.start_session().ping();
    first.end();
    ada.api.start_session().ping();
    daemon.stop();
}
