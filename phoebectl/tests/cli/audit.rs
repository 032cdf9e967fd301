use phoebed_common::admin::{AuditLog, AuditRecord};

use crate::ctl::{Ctl, NOW};
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

fn log() -> AuditLog {
    let login = AuditRecord {
        id: 3,
        timestamp: NOW - 4.0,
        event: "login".into(),
        actor: None,
        user_id: Some("7".into()),
        email: Some("ada@example.org".into()),
        session_id: None,
        client_ip: Some("192.0.2.7".into()),
        success: false,
        detail: Some("wrong password\u{1b}[2J".into()),
    };
    let start = AuditRecord {
        id: 2,
        timestamp: NOW - 60.0,
        event: "session_start".into(),
        actor: Some("7".into()),
        email: None,
        session_id: Some("5f0c8a52-5d0e-4b1c-9a53-0b7d7b1f3c1e".into()),
        success: true,
        detail: None,
        ..login.clone()
    };
    let change = AuditRecord {
        id: 1,
        timestamp: NOW - 90_000.0,
        event: "role_change".into(),
        actor: Some("uid:0".into()),
        client_ip: None,
        success: true,
        detail: Some("student to admin".into()),
        ..login.clone()
    };
    AuditLog { records: vec![login, start, change] }
}

#[tokio::test]
async fn the_audit_ends_with_the_newest_record() {
    let daemon = FakeDaemon::new().answer("GET /v1/audit?limit=100", &log()).start();
    snapshot::check("audit", &Ctl::new("audit").to(&daemon).run().await, &daemon);
    let said = Ctl::new("audit --json").to(&daemon).run().await;
    assert_eq!(said.json::<AuditLog>(), log());
}

#[tokio::test]
async fn conditions_are_handed_on() {
    let route = "GET /v1/audit?user=ada%40example%2Eorg&event=login&since=1759992800&limit=3";
    let daemon = FakeDaemon::new().answer(route, &AuditLog::default()).start();
    let audit = Ctl::new("audit --user ada@example.org --event login --since 2h -n 3");
    let said = audit.to(&daemon).run().await;
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", "no records\n"));
    assert_eq!(Ctl::new("audit --limit 1001").to(&daemon).run().await.code, 2);
}
