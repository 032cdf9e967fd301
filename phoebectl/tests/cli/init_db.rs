use std::path::{Path, PathBuf};

use phoebed_common::admin::InitDbOutcome;

use crate::ctl::{Ctl, Said};
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

const ROUTE: &str = "POST /v1/init-db";

fn recreated() -> InitDbOutcome {
    InitDbOutcome::Recreated {
        path: "/var/lib/phoebed/data/sessions.db".into(),
        backup: Some("/var/lib/phoebed/data/sessions.db.2026-07-25T101500Z".into()),
        users_only_in_backup: Some(31),
        sessions_only_in_backup: None,
        live_registered: 3,
    }
}

/// `program/phoebed` writes its arguments to `$ARGUMENTS`, prints `$PRINT` and exits with `$CODE`.
async fn without_daemon(place: &FakeDaemon, line: &str, print: &str, code: &str) -> Said {
    let exe = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/program/phoebectl");
    Ctl::new(line)
        .within(place.directory())
        .in_place_of(exe)
        .variable("HOME", place.directory())
        .variable("ARGUMENTS", arguments(place))
        .variable("PRINT", print)
        .variable("CODE", code)
        .run()
        .await
}

fn arguments(place: &FakeDaemon) -> PathBuf {
    place.directory().join("arguments")
}

#[tokio::test]
async fn an_existing_database_is_kept_without_force() {
    let kept = InitDbOutcome::Kept { path: "/var/lib/phoebed/data/sessions.db".into() };
    let daemon = FakeDaemon::new().answer(ROUTE, &kept).start();
    snapshot::check("init_db_kept", &Ctl::new("init-db").to(&daemon).run().await, &daemon);
    assert_eq!(daemon.bodies(ROUTE), [serde_json::json!({"force": false})]);
}

#[tokio::test]
async fn force_tells_where_the_old_one_is_and_what_only_it_has() {
    let daemon = FakeDaemon::new().answer(ROUTE, &recreated()).start();
    let said = Ctl::new("init-db --force").to(&daemon).run().await;
    snapshot::check("init_db_force", &said, &daemon);
    assert_eq!(daemon.bodies(ROUTE), [serde_json::json!({"force": true})]);
    let said = Ctl::new("init-db --force --json").to(&daemon).run().await;
    assert_eq!(said.json::<InitDbOutcome>(), recreated());
}

#[tokio::test]
async fn without_a_daemon_the_daemons_own_program_does_it() {
    let place = FakeDaemon::new();
    let print = serde_json::to_string(&recreated()).unwrap();
    let said = without_daemon(&place, "init-db --force --config c.toml", &print, "0").await;
    snapshot::check("init_db_force", &said, &place);
    let arguments = std::fs::read_to_string(arguments(&place)).unwrap();
    assert_eq!(arguments, "init-db --json --config c.toml --force\n");
}

#[tokio::test]
async fn the_programs_failure_is_this_ones() {
    let place = FakeDaemon::new();
    for (theirs, ours) in [("1", 1), ("2", 2), ("101", 1)] {
        let said = without_daemon(&place, "init-db", "", theirs).await;
        assert_eq!((said.code, said.err.as_str()), (ours, ""), "the program has said why");
    }
}

#[tokio::test]
async fn without_daemon_and_program_it_says_what_is_missing() {
    let place = FakeDaemon::new();
    let said = Ctl::new("init-db").within(place.directory()).run().await;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("neither beside phoebectl nor in PATH"), "{said:?}");
}

#[tokio::test]
async fn whoever_names_a_daemon_does_not_get_another_ones_database() {
    let place = FakeDaemon::new();
    let said = without_daemon(&place, "init-db --socket /nonexistent/s", "{}", "0").await;
    assert_eq!(said.code, 3, "{said:?}");
    assert!(!arguments(&place).exists());
}
