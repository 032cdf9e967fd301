use phoebed_common::admin::{
    Certificate, Change, Engine, EngineState, Guarantee, Memory, PortCounts, Sandbox,
    SessionCounts, Spares, Status, Store, StoreProblem, StoreState,
};

use crate::ctl::{Ctl, NOW};
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

const ROUTE: &str = "GET /v1/status";

pub fn status() -> Status {
    Status {
        version: env!("CARGO_PKG_VERSION").into(),
        pid: 4711,
        uptime_seconds: 11_520.0,
        listeners: vec!["127.0.0.1:8001".into(), "[::1]:8001".into()],
        tls: false,
        certificate: None,
        auth_mode: "none".into(),
        draining: false,
        at_work: 0,
        engine: Engine {
            state: EngineState::Ready,
            cause: None,
            phoebe_version: Some("2.5.4".into()),
            python_version: Some("3.12.3".into()),
            zygote_pid: Some(4712),
        },
        sessions: SessionCounts { total: 3, idle: 2, busy: 1, overdue: 0, hibernated: 0 },
        spares: Spares { ready: 4, wanted: 4 },
        sandbox: sandbox(true),
        ports: PortCounts { total: 30, reserved: 3, available: 27 },
        memory: Memory {
            host_total_mib: Some(7_987.0),
            host_available_mib: Some(5_240.0),
            floor_mib: 256.0,
            daemon_mib: Some(21.3),
            workers_mib: Some(198.4),
        },
        store: Store {
            path: "/var/lib/phoebed/data/sessions.db".into(),
            state: StoreState::Ok,
            cause: None,
            since: NOW - 11_520.0,
            queued: 0,
            capacity: 100_000,
            written: 1234,
            dropped: 0,
            last_error: None,
        },
        config_file: Some("/etc/phoebed/config.toml".into()),
        pending_restart: Vec::new(),
    }
}

fn sandbox(files: bool) -> Sandbox {
    let guarantee =
        |name: &str, held, by: &str| Guarantee { name: name.to_owned(), held, by: by.to_owned() };
    let by = if files { "Landlock 7, seccomp" } else { "the kernel has no Landlock" };
    Sandbox {
        mode: "best-effort".to_owned(),
        user: files.then(|| "phoebed-worker".to_owned()),
        guarantees: vec![
            guarantee("files", files, by),
            guarantee("network", true, "seccomp: no sockets but its own stream"),
        ],
    }
}

pub fn engine(state: EngineState, cause: Option<&str>) -> Status {
    let cause = cause.map(str::to_owned);
    let (phoebe_version, python_version, zygote_pid) = (None, None, None);
    let engine = Engine { state, cause, phoebe_version, python_version, zygote_pid };
    Status { engine, ..status() }
}

fn in_trouble() -> Status {
    let mut status = engine(EngineState::Failed, Some("No module named 'phoebe'"));
    status.listeners = Vec::new();
    status.draining = true;
    status.sessions = SessionCounts { total: 7, idle: 1, busy: 1, overdue: 3, hibernated: 2 };
    status.spares.ready = 0;
    status.sandbox = sandbox(false);
    status.ports = PortCounts { total: 30, reserved: 30, available: 0 };
    status.memory.host_available_mib = Some(120.0);
    status.store.state = StoreState::Failing;
    status.store.cause = Some("database or disk is full".into());
    status.store.since = NOW - 130.0;
    (status.store.queued, status.store.dropped) = (812, 17);
    status.config_file = None;
    let (old, new) = ("8001".into(), "8002".into());
    status.pending_restart = vec![Change { key: "server.port".into(), old, new }];
    status
}

#[tokio::test]
async fn status_tells_how_everything_is() {
    let daemon = FakeDaemon::new().answer(ROUTE, &status()).start();
    snapshot::check("status", &Ctl::new("status").to(&daemon).run().await, &daemon);
}

#[tokio::test]
async fn status_tells_of_every_trouble() {
    let daemon = FakeDaemon::new().answer(ROUTE, &in_trouble()).start();
    snapshot::check("status_trouble", &Ctl::new("status").to(&daemon).run().await, &daemon);
}

#[tokio::test]
async fn a_trouble_that_is_over_is_still_told() {
    let mut recovered = status();
    let message = "the database is locked".to_owned();
    recovered.store.last_error = Some(StoreProblem { message, at: NOW - 7_300.0 });
    let daemon = FakeDaemon::new().answer(ROUTE, &recovered).start();
    let said = Ctl::new("status").to(&daemon).run().await;
    assert!(said.out.contains("was in trouble 2 h 1 min ago: the database is locked"), "{said:?}");
}

#[tokio::test]
async fn the_certificates_end_is_told() {
    let told = async |warning: Option<&str>| {
        let warning = warning.map(str::to_owned);
        let (valid_from, valid_until) = (NOW - 100.0, NOW + 40.0 * 86_400.0);
        let certificate = Some(Certificate { valid_from, valid_until, warning });
        let answer = Status { tls: true, certificate, ..status() };
        let daemon = FakeDaemon::new().answer(ROUTE, &answer).start();
        let said = Ctl::new("status").to(&daemon).run().await;
        let line = said.out.lines().find(|line| line.starts_with("certificate")).map(str::to_owned);
        line.unwrap().split_once(' ').unwrap().1.trim().to_owned()
    };
    assert_eq!(told(None).await, "ends in 40 d");
    assert_eq!(told(Some("expired at noon")).await, "expired at noon");
}

#[tokio::test]
async fn json_is_the_wire_type() {
    let daemon = FakeDaemon::new().answer(ROUTE, &in_trouble()).start();
    let said = Ctl::new("status --json").to(&daemon).run().await;
    assert_eq!(said.json::<Status>(), in_trouble());
}

#[tokio::test]
async fn colours_are_for_terminals_unless_told_otherwise() {
    let daemon = FakeDaemon::new().answer(ROUTE, &status()).start();
    let run = async |ctl: Ctl| ctl.to(&daemon).run().await.out.contains("\u{1b}[");
    assert!(!run(Ctl::new("status")).await);
    assert!(run(Ctl::new("status").terminal(80, "")).await);
    assert!(!run(Ctl::new("status").terminal(80, "").variable("NO_COLOR", "1")).await);
    assert!(!run(Ctl::new("status").terminal(80, "").variable("TERM", "dumb")).await);
    assert!(!run(Ctl::new("status --color never").terminal(80, "")).await);
    assert!(run(Ctl::new("status --color always")).await);
}
