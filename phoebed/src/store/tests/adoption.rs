//! Older servers' databases are taken over in place.

use std::path::Path;

use rusqlite::Connection;

use super::{LEGACY, OLDEST, build, new_user, one, open, place};
use crate::store::init;
use crate::store::schema::FIRST;

/// Everything that makes up the schema: definitions, columns, indexes, marks.
fn schema(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).expect("open");
    let list = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).expect(sql);
        let rows = statement.query_map([], |row| row.get(0)).expect(sql);
        rows.map(|row| row.expect("row")).collect()
    };
    let mut all = list(
        "SELECT type || ' ' || name || ' ' || tbl_name || ': ' || COALESCE(sql, '') \
         FROM sqlite_schema ORDER BY type, name",
    );
    all.extend(list(
        "SELECT t.name || '.' || c.cid || ' ' || c.name || ' ' || c.type || ' ' || c.\"notnull\"
             || ' ' || COALESCE(c.dflt_value, 'none') || ' ' || c.pk
         FROM sqlite_schema t, pragma_table_info(t.name) c
         WHERE t.type = 'table' ORDER BY t.name, c.cid",
    ));
    all.extend(list(
        "SELECT t.name || ' ' || i.name || ' ' || i.\"unique\" || ' ' || i.origin
         FROM sqlite_schema t, pragma_index_list(t.name) i
         WHERE t.type = 'table' ORDER BY t.name, i.name",
    ));
    for mark in ["user_version", "application_id"] {
        all.extend(list(&format!("SELECT '{mark} ' || {mark} FROM pragma_{mark}")));
    }
    all.extend(list("SELECT 'journal ' || journal_mode FROM pragma_journal_mode"));
    all
}

fn fresh_schema() -> Vec<String> {
    let (_folder, path) = place();
    init(&path, false).expect("a fresh database");
    schema(&path)
}

#[tokio::test]
async fn an_adopted_database_has_the_schema_of_a_fresh_one() {
    for fixture in [LEGACY, OLDEST] {
        let (_folder, path) = place();
        build(&path, fixture);
        let (store, report) = open(&path);
        assert!(report.adopted && !report.created && report.kept_columns.is_empty());
        store.close().await.expect("close");
        assert_eq!(schema(&path), fresh_schema());
        let (store, again) = open(&path);
        assert!(!again.adopted && again.upgraded_from.is_none());
        store.close().await.expect("close");
    }
}

#[tokio::test]
async fn a_database_of_the_first_version_is_upgraded_with_its_rows() {
    let (_folder, path) = place();
    build(&path, FIRST);
    build(
        &path,
        "PRAGMA user_version = 1;
         INSERT INTO users (id, email, hashed_password, created_at)
             VALUES (4, 'Ä@x.org', 'x', 1), (6, 'ä@x.org', 'y', 2);
         INSERT INTO sessions (session_id, user_id, created_at, status)
             VALUES ('a', '4', 1, 'terminated');
         INSERT INTO session_commands (session_id, timestamp, command_name, success)
             VALUES ('a', 4000000000, 'get_value', 1);
         INSERT INTO session_metrics (session_id, timestamp) VALUES ('a', 4000000000);",
    );
    let (store, report) = open(&path);
    assert_eq!((report.upgraded_from, report.adopted, report.created), (Some(1), false, false));
    let found = store.users_by_email("ä@X.org").await.expect("read");
    assert_eq!(found.iter().map(|user| user.id).collect::<Vec<_>>(), [4, 6]);
    assert_eq!((found[0].token_generation, found[0].last_login), (0, None));
    let folded: i64 = one(&path, "SELECT count(*) FROM users WHERE email_folded = 'ä@x.org'");
    assert_eq!(folded, 2);
    let rows: String = one(
        &path,
        "SELECT (SELECT count(*) FROM sessions) || (SELECT count(*) FROM session_commands) ||
         (SELECT count(*) FROM session_metrics)",
    );
    assert_eq!(rows, "111");
    assert_eq!(store.create_user(new_user("new@x.org")).await.expect("user").id, 7);
    store.close().await.expect("close");
    assert_eq!(schema(&path), fresh_schema());
}

#[tokio::test]
async fn a_backup_of_the_first_version_that_is_put_back_is_upgraded_in_use() {
    let (folder, path) = place();
    let (store, _) = open(&path);
    let backup = folder.path().join("backup.db");
    build(&backup, FIRST);
    build(&backup, "PRAGMA user_version = 1; PRAGMA journal_mode = WAL");
    store.flush().await.expect("flush");
    for suffix in ["-wal", "-shm"] {
        std::fs::remove_file(folder.path().join(format!("sessions.db{suffix}"))).ok();
    }
    std::fs::rename(&backup, &path).expect("put back");
    let made = store.create_user(new_user("a@x.org")).await.expect("user");
    assert_eq!(store.user_by_id(made.id).await.expect("read"), Some(made));
    store.close().await.expect("close");
}

#[tokio::test]
async fn adoption_keeps_every_row_with_its_id() {
    let (_folder, path) = place();
    build(&path, LEGACY);
    let (store, report) = open(&path);
    assert_eq!(report.ended_half_done, 2);
    let users: String = one(
        &path,
        "SELECT group_concat(id || email || '|' || first_name || '|' || role || is_active)
         FROM users ORDER BY id",
    );
    assert_eq!(
        users,
        "1ada@example.org|Ada|instructor1,2Ada@example.org||student1,\
         3off@example.org|Off|student0"
    );
    let hash: String = one(&path, "SELECT hashed_password FROM users WHERE id = 1");
    assert!(hash.starts_with("$2b$12$"));
    let times: f64 = one(&path, "SELECT created_at FROM users WHERE id = 1");
    assert_eq!(times, 1_700_000_000.25);
    let counts: String = one(
        &path,
        "SELECT (SELECT count(*) FROM sessions) || '/' || (SELECT group_concat(id) FROM \
         session_metrics) || '/' || (SELECT group_concat(id) FROM session_commands)",
    );
    assert_eq!(counts, "3/5,6/7,8");
    store.close().await.expect("close");
}

#[tokio::test]
async fn the_oldest_sessions_have_no_user_after_adoption() {
    let (_folder, path) = place();
    build(&path, OLDEST);
    let (store, _) = open(&path);
    let row: String = one(
        &path,
        "SELECT COALESCE(user_id, 'none') || COALESCE(full_name, 'none') || port || status
         FROM sessions",
    );
    assert_eq!(row, "nonenone6560terminated");
    store.close().await.expect("close");
}

#[tokio::test]
async fn ids_of_deleted_users_are_not_given_again_after_adoption() {
    for (fixture, next) in [(LEGACY, 10), (OLDEST, 5)] {
        let (_folder, path) = place();
        build(&path, fixture);
        let (store, _) = open(&path);
        let user = store.create_user(new_user("new@example.org")).await.expect("user");
        assert_eq!(user.id, next);
        store.close().await.expect("close");
    }
}

#[tokio::test]
async fn columns_that_somebody_added_are_kept_and_views_still_work() {
    let (_folder, path) = place();
    build(&path, LEGACY);
    build(
        &path,
        "ALTER TABLE sessions ADD COLUMN \"class room\" TEXT;
         UPDATE sessions SET \"class room\" = 'B12';
         CREATE VIEW running AS SELECT * FROM sessions WHERE status = 'active';",
    );
    let (store, report) = open(&path);
    assert_eq!(report.kept_columns, ["sessions.class room"]);
    let rooms: i64 = one(&path, "SELECT count(*) FROM sessions WHERE \"class room\" = 'B12'");
    assert_eq!(rooms, 3);
    let running: i64 = one(&path, "SELECT count(*) FROM running");
    assert_eq!(running, 0);
    store.close().await.expect("close");
}

#[tokio::test]
async fn a_column_that_a_later_version_has_too_is_taken_over() {
    let (_folder, path) = place();
    build(&path, LEGACY);
    build(
        &path,
        "ALTER TABLE users ADD COLUMN last_login REAL;
         ALTER TABLE users ADD COLUMN token_generation INTEGER;
         UPDATE users SET last_login = 1700000500 WHERE id = 1;",
    );
    let (store, report) = open(&path);
    assert!(report.adopted && report.kept_columns.is_empty());
    let user = store.user_by_id(1).await.expect("read").expect("user");
    assert_eq!((user.last_login, user.token_generation), (Some(1_700_000_500.0), 0));
    store.close().await.expect("close");
    assert_eq!(schema(&path), fresh_schema());
}
