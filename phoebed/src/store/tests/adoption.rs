//! Older servers' databases are taken over in place.

use std::path::Path;

use rusqlite::Connection;

use super::{LEGACY, OLDEST, build, new_user, one, open, place};
use crate::store::init;

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
