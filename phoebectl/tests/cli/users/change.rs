use phoebed_common::admin::{User, UserChanged, UserMade};
use serde_json::json;

use super::{ada, eve};
use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;

fn changed(user: User) -> UserChanged {
    UserChanged { user, sessions_ended: 0 }
}

#[tokio::test]
async fn a_role_is_set() {
    let route = "POST /v1/users/12/role";
    let daemon = FakeDaemon::new().answer(route, &changed(eve())).start();
    let said = Ctl::new("users set-role 12 instructor").to(&daemon).run().await;
    assert_eq!(said.out, "eve@example.org (user 12) has the role instructor now\n");
    assert_eq!(daemon.bodies(route), [json!({"role": "instructor"})]);
    let said = Ctl::new("users set-role 12 instructor --json").to(&daemon).run().await;
    assert_eq!(said.json::<UserChanged>(), changed(eve()));
}

#[tokio::test]
async fn users_are_disabled_and_enabled() {
    let daemon = FakeDaemon::new()
        .answer("POST /v1/users/eve%40example%2Eorg/disable", &changed(eve()))
        .answer("POST /v1/users/7/enable", &changed(ada()))
        .start();
    let said = Ctl::new("users disable eve@example.org").to(&daemon).run().await;
    assert_eq!(said.out, "eve@example.org (user 12) is disabled now\n");
    let ended = UserChanged { sessions_ended: 2, ..changed(eve()) };
    let busy = FakeDaemon::new().answer("POST /v1/users/12/disable", &ended).start();
    let said = Ctl::new("users disable 12").to(&busy).run().await;
    assert_eq!(said.out, "eve@example.org (user 12) is disabled now, 2 sessions ended\n");
    let said = Ctl::new("users enable 7").to(&daemon).run().await;
    assert_eq!(said.out, "Ada@example.org (user 7) is active now\n");
}

#[tokio::test]
async fn a_new_password_is_made_or_given() {
    let route = "POST /v1/users/7/password";
    let daemon = FakeDaemon::new()
        .answer(route, &UserMade { user: ada(), password: Some("tide-copper".into()) })
        .answer(route, &UserMade { user: ada(), password: None })
        .start();
    let said = Ctl::new("users passwd 7").to(&daemon).run().await;
    assert_eq!(said.out, "password: tide-copper\n");
    assert!(said.err.starts_with("Ada@example.org (user 7) has this password now"), "{said:?}");
    let given = Ctl::new("users passwd 7 --password-stdin").to(&daemon).piped("given one\n");
    let said = given.run().await;
    assert_eq!(said.out, "Ada@example.org (user 7) has the given password now\n");
    assert_eq!(daemon.bodies(route), [json!({}), json!({"password": "given one"})]);
}
