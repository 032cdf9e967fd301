use phoebed_common::admin::{ErrorBody, Session};

use super::{ADA, ada, eve};
use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

#[tokio::test]
async fn show_tells_everything_of_a_session() {
    let daemon = FakeDaemon::new().answer(&format!("GET /v1/sessions/{ADA}"), &ada()).start();
    let said = Ctl::new(&format!("sessions show {ADA}")).to(&daemon).run().await;
    snapshot::check("sessions_show", &said, &daemon);
    let said = Ctl::new(&format!("sessions show {ADA} --json")).to(&daemon).run().await;
    assert_eq!(said.json::<Session>(), ada());
}

#[tokio::test]
async fn names_that_clients_chose_do_not_steer_the_terminal() {
    let daemon = FakeDaemon::new().answer("GET /v1/sessions/eve", &eve()).start();
    let said = Ctl::new("sessions show eve --color never").to(&daemon).terminal(80, "").run().await;
    assert!(!said.out.contains('\u{1b}'), "{said:?}");
    assert!(said.out.contains("run_solver\\u{1b}[2J"), "{said:?}");
}

#[tokio::test]
async fn an_unknown_session_is_a_failure() {
    let refusal = ErrorBody::new("there is no session x/y").hint("phoebectl sessions list");
    let daemon = FakeDaemon::new().refuse("GET /v1/sessions/x%2Fy", 404, &refusal).start();
    let said = Ctl::new("sessions show x/y").to(&daemon).run().await;
    assert_eq!(said.code, 1);
    assert_eq!(said.err, "error: there is no session x/y\nhint: phoebectl sessions list\n");
}
