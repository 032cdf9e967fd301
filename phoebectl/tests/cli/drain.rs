use phoebed_common::admin::{DrainAnswer, Status};

use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::status::status;

const DRAIN: &str = "POST /v1/drain";
const UNDRAIN: &str = "POST /v1/undrain";
const STATUS: &str = "GET /v1/status";

fn answer(draining: bool, changed: bool, running: usize) -> DrainAnswer {
    DrainAnswer { draining, changed, running }
}

fn with(draining: bool, at_work: usize) -> Status {
    Status { draining, at_work, ..status() }
}

#[tokio::test]
async fn drain_says_what_still_runs_and_undrain_takes_it_back() {
    let daemon = FakeDaemon::new()
        .answer(DRAIN, &answer(true, true, 1))
        .answer(DRAIN, &answer(true, false, 0))
        .answer(UNDRAIN, &answer(false, true, 0))
        .answer(UNDRAIN, &answer(false, false, 0))
        .start();
    let said = Ctl::new("drain").to(&daemon).run().await;
    assert_eq!(said.out, "draining: no new sessions; 1 session at work\n");
    assert_eq!(said.err, "hint: wait for them: phoebectl drain --wait --timeout 10m\n");
    let said = Ctl::new("drain").to(&daemon).run().await;
    assert_eq!(said.out, "draining already; nothing is at work\n");
    let said = Ctl::new("undrain").to(&daemon).run().await;
    assert_eq!(said.out, "new sessions are taken again\n");
    let said = Ctl::new("undrain --json").to(&daemon).run().await;
    assert_eq!(said.json::<DrainAnswer>(), answer(false, false, 0));
}

#[tokio::test]
async fn drain_waits_until_no_command_runs() {
    let daemon = FakeDaemon::new()
        .answer(DRAIN, &answer(true, true, 2))
        .answer(STATUS, &with(true, 1))
        .answer(STATUS, &with(true, 0))
        .start();
    let said = Ctl::new("drain --wait").to(&daemon).run().await;
    assert_eq!(said.out, "draining: no new sessions, and nothing is at work\n");
    assert_eq!((said.code, daemon.asked().len()), (0, 3));
}

#[tokio::test]
async fn a_wait_that_is_in_vain_says_why() {
    let daemon = FakeDaemon::new()
        .answer(DRAIN, &answer(true, true, 2))
        .answer(STATUS, &with(true, 2))
        .start();
    let said = Ctl::new("drain --wait --timeout 300ms").to(&daemon).run().await;
    assert_eq!(said.code, 1);
    assert!(said.err.starts_with("error: 2 sessions are still at work after 300 ms"), "{said:?}");
    let daemon = FakeDaemon::new()
        .answer(DRAIN, &answer(true, true, 2))
        .answer(STATUS, &with(false, 2))
        .start();
    let said = Ctl::new("drain --wait").to(&daemon).run().await;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("does not drain any more"), "{said:?}");
}
