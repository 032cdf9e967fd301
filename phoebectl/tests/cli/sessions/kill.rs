use phoebed_common::admin::{KillAnswer, KillOutcome, KillResult, Session};
use serde_json::json;

use super::{ADA, BO, ada, bo};
use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

const ROUTE: &str = "POST /v1/sessions/kill";

fn result(session: Session, outcome: KillOutcome) -> KillResult {
    let session_id = session.session_id.clone();
    KillResult { session_id, outcome, reason: None, session: Some(session) }
}

fn not_found(id: &str) -> KillResult {
    let (session_id, outcome) = (id.to_owned(), KillOutcome::NotFound);
    KillResult { session_id, outcome, reason: None, session: None }
}

fn answer(results: impl Into<Vec<KillResult>>) -> KillAnswer {
    let results = results.into();
    let dry_run = results.iter().any(|result| result.outcome == KillOutcome::WouldKill);
    KillAnswer { dry_run, results }
}

fn both(outcome: KillOutcome) -> KillAnswer {
    answer([result(ada(), outcome), result(bo(), outcome)])
}

#[tokio::test]
async fn with_yes_nothing_is_asked_and_what_was_done_is_told() {
    let daemon = FakeDaemon::new().answer(ROUTE, &both(KillOutcome::Killed)).start();
    let said = Ctl::new("sessions kill --all --yes").to(&daemon).run().await;
    snapshot::check("sessions_kill", &said, &daemon);
    assert_eq!(daemon.bodies(ROUTE), [json!({"all": true, "dry_run": false})]);
}

#[tokio::test]
async fn a_yes_ends_what_was_shown_and_nothing_else() {
    let daemon = FakeDaemon::new()
        .answer(ROUTE, &both(KillOutcome::WouldKill))
        .answer(ROUTE, &both(KillOutcome::Killed))
        .start();
    let kill = Ctl::new("sessions kill --idle-for 1h --user 7 --color never");
    let said = kill.to(&daemon).terminal(100, "y\n").run().await;
    snapshot::check("sessions_kill_asked", &said, &daemon);
    let shown = json!({
        "ids": [ADA, BO], "user": "7", "idle_for_seconds": 3600, "all": false, "dry_run": false,
    });
    assert_eq!(daemon.bodies(ROUTE)[1], shown);
}

#[tokio::test]
async fn whatever_is_no_yes_ends_nothing() {
    for typed in ["n\n", "\n", "", "yep\n"] {
        let daemon = FakeDaemon::new().answer(ROUTE, &both(KillOutcome::WouldKill)).start();
        let kill = Ctl::new("sessions kill --all").to(&daemon).terminal(100, typed);
        let said = kill.run().await;
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains("nothing was done"), "{said:?}");
        assert_eq!(daemon.bodies(ROUTE), [json!({"all": true, "dry_run": true})]);
    }
}

#[tokio::test]
async fn without_a_terminal_and_without_yes_nothing_is_ended() {
    let daemon = FakeDaemon::new().answer(ROUTE, &both(KillOutcome::WouldKill)).start();
    let said = Ctl::new("sessions kill --all").to(&daemon).run().await;
    snapshot::check("sessions_kill_no_terminal", &said, &daemon);
    assert_eq!(daemon.bodies(ROUTE), [json!({"all": true, "dry_run": true})]);
}

#[tokio::test]
async fn nothing_selected_is_not_asked_about_and_not_tried() {
    let daemon = FakeDaemon::new().answer(ROUTE, &answer([])).start();
    let said =
        Ctl::new("sessions kill --idle-for 90s").to(&daemon).terminal(100, "y\n").run().await;
    assert_eq!(said.out, "no session matches, none was ended\n");
    assert_eq!(said.code, 0);
    assert_eq!(daemon.asked().len(), 1);
}

#[tokio::test]
async fn ids_that_are_not_there_are_told_and_a_failure() {
    let daemon = FakeDaemon::new()
        .answer(ROUTE, &answer([result(ada(), KillOutcome::WouldKill), not_found("gone")]))
        .answer(ROUTE, &answer([result(ada(), KillOutcome::Killed)]))
        .start();
    let kill = Ctl::new(&format!("sessions kill {ADA} gone --color never"));
    let said = kill.to(&daemon).terminal(100, "yes\n").run().await;
    snapshot::check("sessions_kill_partly", &said, &daemon);
    let second = json!({"ids": [ADA], "all": false, "dry_run": false});
    assert_eq!(daemon.bodies(ROUTE)[1], second);
}

#[tokio::test]
async fn a_dry_run_only_shows() {
    let daemon = FakeDaemon::new().answer(ROUTE, &both(KillOutcome::WouldKill)).start();
    let said = Ctl::new("sessions kill --all --dry-run").to(&daemon).run().await;
    snapshot::check("sessions_kill_dry_run", &said, &daemon);
    assert_eq!(daemon.asked().len(), 1);
}

#[tokio::test]
async fn json_is_the_wire_type_and_the_code_tells_of_failures() {
    let mut failed = both(KillOutcome::Killed);
    failed.results[1].outcome = KillOutcome::Failed;
    failed.results[1].reason = Some("its worker did not end within 10 s".into());
    let daemon = FakeDaemon::new().answer(ROUTE, &failed).start();
    let said = Ctl::new("sessions kill --all --yes --json").to(&daemon).run().await;
    assert_eq!(said.code, 1);
    assert_eq!(serde_json::from_str::<KillAnswer>(&said.out).unwrap(), failed);
    assert_eq!(said.err, "error: 1 of 2 sessions ended\n");
}
