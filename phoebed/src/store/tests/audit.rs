//! What is audited is found again, newest first.

use super::{open, place};
use crate::store::events::StoreEvent;
use crate::store::{AuditFilter, AuditRecord, Store};

fn record(timestamp: f64, event: &str, user_id: Option<&str>, email: &str) -> AuditRecord {
    AuditRecord {
        timestamp,
        event: event.to_owned(),
        actor: Some("uid:0".to_owned()),
        user_id: user_id.map(str::to_owned),
        email: Some(email.to_owned()),
        session_id: Some("s".to_owned()),
        client_ip: Some("10.0.0.7".to_owned()),
        success: true,
        detail: Some("more".to_owned()),
    }
}

async fn times(store: &Store, filter: AuditFilter) -> Vec<f64> {
    let rows = store.audit(filter).await.expect("read");
    rows.into_iter().map(|(_, row)| row.timestamp).collect()
}

#[tokio::test]
async fn rows_are_found_by_user_event_and_time() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    let now = 4_000_000_000.0;
    let first = record(now, "login", Some("7"), "Ä@x.org");
    for row in [
        first.clone(),
        record(now + 1.0, "register", None, "ä@x.org"),
        record(now + 2.0, "login", Some("8"), "b@x.org"),
    ] {
        store.record(StoreEvent::Audit(row));
    }
    store.flush().await.expect("flush");
    let all = || AuditFilter { limit: 9, ..AuditFilter::default() };
    let by = |user: &str| AuditFilter { user: Some(user.to_owned()), ..all() };
    assert_eq!(times(&store, all()).await, [now + 2.0, now + 1.0, now]);
    assert_eq!(times(&store, AuditFilter { limit: 1, ..all() }).await, [now + 2.0]);
    assert_eq!(store.audit(by("7")).await.expect("read"), [(1, first)]);
    assert_eq!(times(&store, by("ä@X.ORG")).await, [now + 1.0, now]);
    assert_eq!(times(&store, by("uid:0")).await.len(), 3);
    let event = Some("login".to_owned());
    let logins = AuditFilter { event, since: Some(now + 0.5), ..all() };
    assert_eq!(times(&store, logins).await, [now + 2.0]);
    store.close().await.expect("close");
}

#[tokio::test]
async fn wild_texts_are_tamed() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    let wild = || "x\u{1b}\n".repeat(100_000);
    store.record(StoreEvent::Audit(AuditRecord {
        timestamp: f64::NAN,
        event: wild(),
        actor: Some(wild()),
        user_id: Some(wild()),
        email: Some(wild()),
        session_id: Some(wild()),
        client_ip: Some(wild()),
        success: false,
        detail: Some(wild()),
    }));
    store.flush().await.expect("flush");
    let filter = AuditFilter { limit: 1, ..AuditFilter::default() };
    let (_, row) = store.audit(filter).await.expect("read").remove(0);
    assert!(row.timestamp > 1_700_000_000.0);
    let texts = [row.actor, row.user_id, row.email, row.session_id, row.client_ip];
    for text in texts.into_iter().flatten().chain([row.event]) {
        assert!(text.len() <= 256 && text.starts_with("x\u{fffd} ") && text.ends_with('…'));
    }
    assert!(row.detail.expect("detail").len() <= 512);
    store.close().await.expect("close");
}
