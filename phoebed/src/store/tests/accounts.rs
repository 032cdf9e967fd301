//! What changes about users: together, at the same time, on a bad disk, and when they go.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::Connection;

use super::{command, metric, new_user, one, open, place, start, started};
use crate::store::events::Login;
use crate::store::events::StoreEvent;
use crate::store::users::EmailTaken;
use crate::store::{
    AuditFilter, AuditRecord, NewUser, Store, StoreError, StoreOptions, TokenRecord, UserAccess,
    UserChange, UserRecord, unix_now,
};

fn token(id: &str, user_id: i64) -> TokenRecord {
    TokenRecord {
        id: id.to_owned(),
        user_id,
        label: "lab\u{1b} script".to_owned(),
        created_at: 1_700_000_000.0,
        expires_at: 4_000_000_000.0,
        revoked_at: None,
    }
}

#[tokio::test]
async fn a_hundred_registrations_of_one_address_make_one_user() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    let spellings = ["Ärger@x.org", "ärger@X.org", "ÄRGER@X.ORG", "äRGER@x.org"];
    let tasks: Vec<_> = (0..100)
        .map(|turn| {
            let store = store.clone();
            tokio::spawn(async move { store.create_user(new_user(spellings[turn % 4])).await })
        })
        .collect();
    let mut made: Vec<UserRecord> = Vec::new();
    for task in tasks {
        match task.await.expect("task") {
            Ok(user) => made.push(user),
            Err(error) => assert!(matches!(error, StoreError::EmailTaken), "{error:?}"),
        }
    }
    assert_eq!(made.len(), 1);
    assert_eq!(store.list_users().await.expect("read"), made);
    assert_eq!(store.users_by_email("äRgEr@x.ORG").await.expect("read"), made);
    store.close().await.expect("close");
}

#[tokio::test]
async fn who_proved_another_password_changes_nothing() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    let proven = store.create_user(new_user("a@x.org")).await.expect("user");
    let hash = |hash: &str| UserChange {
        hashed_password: Some(hash.to_owned()),
        ..UserChange::of_proven(&proven)
    };
    let changed = store.update_user(proven.id, hash("second")).await.expect("write");
    assert_eq!(changed.map(|user| user.hashed_password).as_deref(), Some("second"));
    assert_eq!(store.update_user(proven.id, hash("third")).await.expect("write"), None);
    let kept = store.user_by_id(proven.id).await.expect("read").expect("the user");
    assert_eq!(kept.hashed_password, "second");
    store.close().await.expect("close");
}

#[tokio::test]
async fn a_class_is_made_at_once_and_taken_addresses_are_told() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    store.create_user(new_user("Ä@x.org")).await.expect("user");
    let class = ["b@x.org", "ä@x.org", "B@x.org", "c@x.org"];
    let instructor = |email| NewUser { role: "instructor".repeat(99), ..new_user(email) };
    let made = store.create_users(class.map(instructor).into()).await.expect("import");
    let ids: Vec<_> = made.iter().map(|one| one.as_ref().map(|user| user.id)).collect();
    assert_eq!(ids, [Ok(2), Err(&EmailTaken), Err(&EmailTaken), Ok(3)]);
    let users = store.list_users().await.expect("read");
    assert_eq!(users.iter().map(|user| user.id).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(users[2].role.len() <= 256 && users[2].role.ends_with('…'));
    store.close().await.expect("close");
}

#[tokio::test]
async fn addresses_that_somebody_wrote_by_hand_count_too() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    let made = store.create_user(new_user("a@x.org")).await.expect("user");
    super::build(
        &path,
        "UPDATE users SET email = 'Ö@x.org';
         INSERT INTO users (email, hashed_password, created_at) VALUES ('Ü@x.org', 'x', 1)",
    );
    assert!(store.users_by_email("a@x.org").await.expect("read").is_empty());
    assert_eq!(store.users_by_email("ö@x.org").await.expect("read")[0].id, made.id);
    let taken = store.create_user(new_user("ü@x.org")).await;
    assert!(matches!(taken, Err(StoreError::EmailTaken)));
    store.close().await.expect("close");
}

#[tokio::test]
async fn a_change_changes_only_what_it_names() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    let made = store.create_user(new_user("a@x.org")).await.expect("user");
    assert_eq!((made.token_generation, made.last_login), (0, None));
    let same = store.update_user(1, UserChange::default()).await.expect("update");
    assert_eq!(same, Some(made.clone()));
    let change = UserChange {
        hashed_password: Some("new".to_owned()),
        role: Some("admin".to_owned()),
        is_active: Some(false),
        revoke_tokens: true,
        only_with_hash: None,
    };
    let changed = store.update_user(1, change.clone()).await.expect("update").expect("user");
    let expected = UserRecord {
        hashed_password: "new".to_owned(),
        role: "admin".to_owned(),
        is_active: false,
        token_generation: 1,
        ..made
    };
    assert!(changed == expected);
    assert_eq!(store.user_by_id(1).await.expect("read"), Some(expected));
    assert_eq!(store.update_user(2, change).await.expect("update"), None);
    store.record(StoreEvent::Login(Login { user_id: 1, at: 1_700_000_000.5 }));
    store.flush().await.expect("flush");
    let user = store.user_by_id(1).await.expect("read").expect("user");
    assert_eq!(user.last_login, Some(1_700_000_000.5));

    assert!(!store.replace_hash(1, "the hash", "argon").await.expect("replace"));
    assert!(store.replace_hash(1, "new", "argon").await.expect("replace"));
    let user = store.user_by_id(1).await.expect("read").expect("user");
    assert_eq!((user.hashed_password.as_str(), user.token_generation), ("argon", 1));
    store.close().await.expect("close");
}

#[tokio::test]
async fn the_costliest_bcrypt_hash_is_found_while_there_is_one() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    for (id, hash, cost) in [
        (1, "$argon2id$v=19$m=1,t=1,p=1$x$y", None),
        (2, "$2b$31$broken", None),
        (3, "$2b$12$", Some(12)),
        (4, "$2y$05$", Some(12)),
        (5, "$2x$13$", Some(13)),
        (6, "$2a$14$", Some(14)),
        (7, "$2b$03$", Some(14)),
        (8, "$2b$32$", Some(14)),
    ] {
        let whole = hash.starts_with("$2") && hash.len() == 7;
        let hash = if whole { format!("{hash:x<60}") } else { hash.to_owned() };
        let user = NewUser { hashed_password: hash.clone(), ..new_user(&id.to_string()) };
        store.create_user(user).await.expect("user");
        assert_eq!(store.bcrypt_cost().await.expect("read"), cost, "{hash}");
    }
    store.close().await.expect("close");
}

#[tokio::test]
async fn tokens_are_listed_revoked_once_and_told_with_the_access() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    let user = store.create_user(new_user("a@x.org")).await.expect("user");
    let expired = TokenRecord { expires_at: unix_now() - 1.0, ..token("old", 1) };
    for token in [token("t1", 1), token("t2", 1), expired] {
        assert!(store.add_token(token).await.expect("add"));
    }
    assert!(!store.add_token(token("t3", 7)).await.expect("no such user"));
    store.add_token(token("t1", 1)).await.expect_err("an id is used once");
    for id in ["t2", "old"] {
        assert!(store.revoke_token(id).await.expect("revoke"));
    }
    assert!(!store.revoke_token("t3").await.expect("no such token"));
    let revoked_at: f64 = one(&path, "SELECT revoked_at FROM tokens WHERE id = 't2'");
    assert!(store.revoke_token("t2").await.expect("again"));
    assert_eq!(revoked_at, one::<f64>(&path, "SELECT revoked_at FROM tokens WHERE id = 't2'"));
    let access = store.user_access(1).await.expect("read");
    assert_eq!(access, Some(UserAccess { user, revoked_tokens: vec!["t2".to_owned()] }));
    assert_eq!(store.user_access(2).await.expect("read"), None);
    let all = store.list_tokens(None).await.expect("read");
    assert_eq!(all.iter().map(|token| token.id.as_str()).collect::<Vec<_>>(), ["old", "t1", "t2"]);
    assert_eq!(all[1].label, "lab\u{fffd} script");
    assert!(store.list_tokens(Some(2)).await.expect("read").is_empty());
    store.close().await.expect("close");
}

fn noted(actor: Option<&str>, user: Option<&str>, email: &str) -> StoreEvent {
    StoreEvent::Audit(AuditRecord {
        timestamp: 4_000_000_000.0,
        event: "login".to_owned(),
        actor: actor.map(str::to_owned),
        user_id: user.map(str::to_owned),
        email: Some(email.to_owned()),
        client_ip: Some("10.0.0.7".to_owned()),
        ..AuditRecord::default()
    })
}

#[tokio::test]
async fn a_removed_user_leaves_nothing_but_what_happened() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    for email in ["ä@x.org", "b@x.org"] {
        store.create_user(new_user(email)).await.expect("user");
    }
    for user in [1, 2] {
        store.add_token(token(&format!("t{user}"), user)).await.expect("token");
    }
    let others = StoreEvent::SessionStarted(crate::store::events::SessionStarted {
        user_id: Some("2".to_owned()),
        ..started("other")
    });
    for event in [start("mine"), others] {
        store.record(event);
    }
    for session in ["mine", "other"] {
        store.record(command(session, "get_value"));
        store.record(metric(session));
    }
    store.record(noted(Some("1"), Some("1"), "ä@x.org"));
    store.record(noted(None, None, "Ä@x.org"));
    store.record(noted(Some("1"), Some("2"), "b@x.org"));
    store.record(noted(None, None, "b@x.org"));
    assert!(store.remove_user(1).await.expect("remove"));
    assert!(!store.remove_user(1).await.expect("again"));
    let left: String = one(
        &path,
        "SELECT (SELECT group_concat(id) FROM users) || (SELECT group_concat(id) FROM tokens) ||
         (SELECT group_concat(session_id) FROM sessions) ||
         (SELECT group_concat(session_id) FROM session_commands) ||
         (SELECT group_concat(session_id) FROM session_metrics)",
    );
    assert_eq!(left, "2t2otherotherother");
    let rows = store.audit(AuditFilter { limit: 9, ..AuditFilter::default() }).await.expect("read");
    let rows: Vec<_> =
        rows.iter().map(|(_, row)| (row.email.as_deref(), row.client_ip.is_some())).collect();
    let b = Some("b@x.org");
    assert_eq!(rows, [(b, true), (b, false), (None, false), (None, false)]);
    assert_eq!(store.create_user(new_user("ä@x.org")).await.expect("user").id, 3);
    store.close().await.expect("close");
}

#[tokio::test]
async fn what_comes_after_a_removal_is_not_written() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    for email in ["a@x.org", "b@x.org"] {
        store.create_user(new_user(email)).await.expect("user");
    }
    assert!(!store.remove_user(3).await.expect("nobody yet"));
    assert!(store.remove_user(1).await.expect("remove"));
    assert!(!store.remove_user(1).await.expect("again"));
    // A start that was under way: begun, measured, undone.
    let of = |session: &str, user: &str| {
        let user_id = Some(user.to_owned());
        StoreEvent::SessionStarted(crate::store::events::SessionStarted {
            user_id,
            ..started(session)
        })
    };
    store.create_user(new_user("c@x.org")).await.expect("user");
    for (session, user) in [("late", "1"), ("other", "2"), ("third", "3")] {
        store.record(of(session, user));
        store.record(metric(session));
        store.record(command(session, "get_value"));
        store.record(super::end(session));
    }
    store.record(noted(None, Some("1"), "a@x.org"));
    store.record(noted(Some("1"), Some("2"), "b@x.org"));
    store.record(noted(Some("2"), Some("2"), "b@x.org"));
    store.flush().await.expect("flush");
    for table in ["sessions", "session_commands", "session_metrics"] {
        let list =
            format!("SELECT group_concat(session_id) FROM (SELECT * FROM {table} ORDER BY 1)");
        assert_eq!(one::<String>(&path, &list), "other,third", "{table}");
    }
    let rows = store.audit(AuditFilter { limit: 9, ..AuditFilter::default() }).await.expect("read");
    let rows: Vec<_> =
        rows.iter().map(|(_, row)| (row.email.as_deref(), row.client_ip.is_some())).collect();
    let b = Some("b@x.org");
    assert_eq!(rows, [(b, true), (b, false), (None, false)]);
    store.close().await.expect("close");
}

#[tokio::test]
async fn a_removal_that_fails_keeps_nothing_out() {
    let (_folder, path) = place();
    let options = StoreOptions::new(&path);
    let faults = Arc::clone(&options.faults);
    let (store, _) = Store::open(options).expect("open");
    store.create_user(new_user("a@x.org")).await.expect("user");
    faults.read_only.store(true, Ordering::SeqCst);
    store.remove_user(1).await.expect_err("read-only");
    faults.read_only.store(false, Ordering::SeqCst);
    store.record(start("a"));
    store.flush().await.expect("flush");
    assert_eq!(one::<i64>(&path, "SELECT count(*) FROM sessions"), 1);
    store.close().await.expect("close");
}

/// A thousand users do not fit into the pages that a fresh database has.
async fn import(store: &Store) -> Result<usize, StoreError> {
    let class = (0..1000).map(|turn| new_user(&format!("{turn}@x.org"))).collect();
    Ok(store.create_users(class).await?.into_iter().filter(Result::is_ok).count())
}

#[tokio::test]
async fn a_bad_disk_is_told_changes_nothing_and_can_recover() {
    let (_folder, path) = place();
    let options = StoreOptions::new(&path);
    let faults = Arc::clone(&options.faults);
    let (store, _) = Store::open(options).expect("open");
    store.create_user(new_user("a@x.org")).await.expect("user");
    faults.full.store(true, Ordering::SeqCst);
    let error = import(&store).await.expect_err("full");
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}");
    faults.full.store(false, Ordering::SeqCst);
    faults.read_only.store(true, Ordering::SeqCst);
    let revoke = || UserChange { revoke_tokens: true, ..UserChange::default() };
    let error = store.update_user(1, revoke()).await.expect_err("read-only");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    store.remove_user(1).await.expect_err("read-only");
    store.add_token(token("t", 1)).await.expect_err("read-only");
    assert_eq!(store.list_users().await.expect("reads go on").len(), 1);
    faults.read_only.store(false, Ordering::SeqCst);
    assert_eq!(import(&store).await.expect("recovered"), 1000);
    let user = store.update_user(1, revoke()).await.expect("recovered").expect("user");
    assert_eq!(user.token_generation, 1);
    store.close().await.expect("close");
}

#[tokio::test]
async fn everybody_who_waits_for_a_locked_database_is_told() {
    let (_folder, path) = place();
    let (store, _) = open(&path);
    let other = Connection::open(&path).expect("open");
    other.execute_batch("BEGIN IMMEDIATE").expect("lock");
    let tasks: Vec<_> = (0..100)
        .map(|turn| {
            let store = store.clone();
            tokio::spawn(async move { store.create_user(new_user(&turn.to_string())).await })
        })
        .collect();
    for task in tasks {
        let error = task.await.expect("task").expect_err("locked");
        assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    }
    store.record(start("a"));
    let error = store.remove_user(1).await.expect_err("its records could come back");
    assert!(matches!(error, StoreError::Unwritten { .. }), "{error:?}");
    other.execute_batch("COMMIT").expect("unlock");
    store.create_user(new_user("1")).await.expect("unlocked");
    store.close().await.expect("close");
}
