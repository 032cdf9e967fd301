use phoebed_common::admin::{User, UserList};

use super::{ada, bo, eve};
use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

const ROUTE: &str = "GET /v1/users";

fn all() -> UserList {
    UserList { users: vec![ada(), eve(), bo()] }
}

#[tokio::test]
async fn users_are_a_table() {
    let daemon = FakeDaemon::new().answer(ROUTE, &all()).start();
    snapshot::check("users_list", &Ctl::new("users list").to(&daemon).run().await, &daemon);
    let said = Ctl::new("users list --json").to(&daemon).run().await;
    assert_eq!(said.json::<UserList>(), all());
}

#[tokio::test]
async fn only_those_with_a_role_are_listed() {
    let daemon = FakeDaemon::new().answer(ROUTE, &all()).start();
    let said = Ctl::new("users list --role instructor --json").to(&daemon).run().await;
    assert_eq!(said.json::<UserList>(), UserList { users: vec![eve()] });
    let said = Ctl::new("users list --role admin").to(&daemon).run().await;
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", "no users\n"));
}

#[tokio::test]
async fn one_user_is_shown_by_email_or_id() {
    let daemon = FakeDaemon::new()
        .answer("GET /v1/users/ada%40example%2Eorg", &ada())
        .answer("GET /v1/users/12", &eve())
        .start();
    let said = Ctl::new("users show ada@example.org").to(&daemon).run().await;
    snapshot::check("users_show", &said, &daemon);
    let said = Ctl::new("users show 12 --json").to(&daemon).run().await;
    assert_eq!(said.json::<User>(), eve());
    assert_eq!(Ctl::new("users show nobody").to(&daemon).run().await.code, 1);
}
