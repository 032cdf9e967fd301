use phoebed_common::admin::UserRemoved;

use super::ada;
use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

const BY_EMAIL: &str = "/v1/users/ada%40example%2Eorg";
const BY_ID: &str = "POST /v1/users/7/remove";

fn daemon() -> FakeDaemon {
    let removed = UserRemoved { user: ada(), sessions_ended: 1 };
    FakeDaemon::new()
        .answer(&format!("GET {BY_EMAIL}"), &ada())
        .answer(&format!("POST {BY_EMAIL}/remove"), &removed)
        .answer(BY_ID, &removed)
        .start()
}

#[tokio::test]
async fn who_was_shown_is_removed_after_a_yes() {
    let daemon = daemon();
    let remove = Ctl::new("users remove ada@example.org --color never").to(&daemon);
    snapshot::check("users_remove", &remove.terminal(100, "y\n").run().await, &daemon);
    assert_eq!(daemon.asked()[1].0, BY_ID);
}

#[tokio::test]
async fn nobody_is_removed_without_a_yes() {
    let daemon = daemon();
    let remove = || Ctl::new("users remove ada@example.org").to(&daemon);
    let said = remove().terminal(100, "\n").run().await;
    assert!(said.code == 1 && said.err.contains("nothing was done"), "{said:?}");
    let said = remove().run().await;
    assert!(said.code == 1 && said.err.contains("hint: say --yes"), "{said:?}");
    assert!(daemon.asked().iter().all(|(route, _)| route.starts_with("GET ")));
}

#[tokio::test]
async fn with_yes_nothing_is_asked() {
    let daemon = daemon();
    let said = Ctl::new("users remove ada@example.org --yes --json").to(&daemon).run().await;
    assert_eq!(said.json::<UserRemoved>().sessions_ended, 1);
    assert_eq!(daemon.asked().len(), 1);
}
