use phoebed_common::admin::{ErrorBody, UserMade};
use serde_json::json;

use super::ada;
use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

const ROUTE: &str = "POST /v1/users";

#[tokio::test]
async fn the_password_that_the_daemon_made_is_printed() {
    let made = UserMade { user: ada(), password: Some("tide-copper-lantern".into()) };
    let daemon = FakeDaemon::new().answer(ROUTE, &made).start();
    let line = "users add Ada@example.org --first-name Ada --last-name Lovelace";
    snapshot::check("users_add", &Ctl::new(line).to(&daemon).run().await, &daemon);
    let said = Ctl::new(&format!("{line} --role admin --json")).to(&daemon).run().await;
    assert_eq!(said.json::<UserMade>(), made);
    let names = json!({
        "email": "Ada@example.org", "first_name": "Ada", "last_name": "Lovelace", "role": "student",
    });
    assert_eq!(daemon.bodies(ROUTE)[0], names);
    assert_eq!(daemon.bodies(ROUTE)[1]["role"], "admin");
}

#[tokio::test]
async fn a_password_comes_from_standard_input_as_it_stands() {
    let made = UserMade { user: ada(), password: None };
    let add = || Ctl::new("users add a@b --password-stdin");
    for input in [" correct horse \n", " correct horse \r\nmore\n", " correct horse "] {
        let daemon = FakeDaemon::new().answer(ROUTE, &made).start();
        let said = add().to(&daemon).piped(input).run().await;
        assert_eq!(said.code, 0, "{said:?}");
        assert!(!said.out.contains("password") && said.err.is_empty(), "{said:?}");
        assert_eq!(daemon.bodies(ROUTE)[0]["password"], " correct horse ");
    }
    for input in ["", "\n"] {
        let daemon = FakeDaemon::new().answer(ROUTE, &made).start();
        let said = add().to(&daemon).piped(input).run().await;
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.starts_with("error: there is no password on standard input\n"));
        assert!(daemon.asked().is_empty());
    }
}

#[tokio::test]
async fn a_refusal_is_told_and_an_unknown_role_not_even_sent() {
    let taken = ErrorBody::new("there is a user ada@example.org already")
        .hint("phoebectl users show ada@example.org");
    let daemon = FakeDaemon::new().refuse(ROUTE, 409, &taken).start();
    let said = Ctl::new("users add ada@example.org").to(&daemon).run().await;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("already\nhint: phoebectl users show"), "{said:?}");
    let said = Ctl::new("users add a@b --role root").to(&daemon).run().await;
    assert_eq!(said.code, 2);
    assert!(said.err.contains("[possible values: student, instructor, admin]"), "{said:?}");
    assert_eq!(daemon.asked().len(), 1);
}
