//! Takes over an older server's database in place, in one transaction.
//!
//! The old tables are set aside, new ones of the latest schema are made, the rows are copied with
//! their ids, the old tables go. Columns of the old tables that are unknown here are kept at the
//! end of the new ones. A failure leaves the database as it was.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::fold::fold_emails;
use super::schema::{TABLES, columns, make};

/// Adopts the database; answers the columns that were kept though unknown, as `table.column`.
pub(super) fn adopt(connection: &mut Connection) -> rusqlite::Result<Vec<String>> {
    // Old style: renaming a table leaves views that name it alone, so they see the new one.
    connection.pragma_update(None, "legacy_alter_table", true)?;
    let outcome = rebuild(connection);
    connection.pragma_update(None, "legacy_alter_table", false)?;
    outcome
}

fn rebuild(connection: &mut Connection) -> rusqlite::Result<Vec<String>> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let last_user = last_user_id(&tx)?;
    let mut old = Vec::new();
    for table in TABLES {
        if !columns(&tx, table)?.is_empty() {
            drop_indexes(&tx, table)?;
            tx.execute_batch(&format!("ALTER TABLE {table} RENAME TO {}", aside(table)))?;
            old.push(table);
        }
    }
    make(&tx)?;
    let mut kept = Vec::new();
    for table in old {
        kept.extend(copy(&tx, table)?);
        tx.execute_batch(&format!("DROP TABLE {}", aside(table)))?;
    }
    continue_user_ids(&tx, last_user)?;
    fold_emails(&tx)?;
    tx.commit()?;
    Ok(kept)
}

/// Lets new users' ids begin after `last`.
pub(super) fn continue_user_ids(connection: &Connection, last: i64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM sqlite_sequence WHERE name = 'users'", [])?;
    connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('users', ?1)", [last])?;
    Ok(())
}

/// The highest user id that was ever given, as far as the database shows: of users, of the
/// sequence, and of sessions whose users were deleted.
pub(super) fn last_user_id(connection: &Connection) -> rusqlite::Result<i64> {
    let mut sources = Vec::new();
    if !columns(connection, "users")?.is_empty() {
        sources.push("SELECT max(id) FROM users");
    }
    if !columns(connection, "sqlite_sequence")?.is_empty() {
        sources.push("SELECT seq FROM sqlite_sequence WHERE name = 'users'");
    }
    if columns(connection, "sessions")?.iter().any(|name| name == "user_id") {
        // Digits only, and not too many for a number: in other modes the ids are no numbers.
        sources.push(
            "SELECT max(CAST(user_id AS INTEGER)) FROM sessions \
             WHERE user_id NOT GLOB '*[^0-9]*' AND length(user_id) <= 15",
        );
    }
    let mut last = 0;
    for source in sources {
        let mut statement = connection.prepare(source)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            last = last.max(row.get::<_, Option<i64>>(0)?.unwrap_or(0));
        }
    }
    Ok(last)
}

fn aside(table: &str) -> String {
    format!("phoebed_old_{table}")
}

fn drop_indexes(tx: &Transaction<'_>, table: &str) -> rusqlite::Result<()> {
    let names: Vec<String> = tx
        .prepare(
            "SELECT name FROM sqlite_schema \
             WHERE tbl_name = ?1 AND sql IS NOT NULL AND type IN ('index', 'trigger')",
        )?
        .query_map([table], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for name in names {
        tx.execute_batch(&format!(
            "DROP INDEX IF EXISTS {0}; DROP TRIGGER IF EXISTS {0}",
            quoted(&name)
        ))?;
    }
    Ok(())
}

fn copy(tx: &Transaction<'_>, table: &str) -> rusqlite::Result<Vec<String>> {
    let old = columns(tx, &aside(table))?;
    let new = columns(tx, table)?;
    let mut kept = Vec::new();
    let mut names = Vec::new();
    let mut values = Vec::new();
    for column in &old {
        let name = quoted(column);
        if !new.contains(column) {
            tx.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {name}"))?;
            kept.push(format!("{table}.{column}"));
        }
        values.push(match stand_in(tx, table, column)? {
            Some(value) => format!("COALESCE({name}, {value})"),
            None => name.clone(),
        });
        names.push(name);
    }
    let (names, values) = (names.join(", "), values.join(", "));
    let from = aside(table);
    tx.execute_batch(&format!("INSERT INTO {table} ({names}) SELECT {values} FROM {from}"))?;
    Ok(kept)
}

/// What stands for NULL in a column that takes none: its default, or empty, or zero.
fn stand_in(tx: &Transaction<'_>, table: &str, column: &str) -> rusqlite::Result<Option<String>> {
    tx.query_row(
        "SELECT CASE WHEN \"notnull\" = 0 THEN NULL WHEN dflt_value IS NOT NULL THEN dflt_value \
         WHEN type = 'TEXT' THEN '''''' ELSE '0' END FROM pragma_table_info(?1) WHERE name = ?2",
        [table, column],
        |row| row.get(0),
    )
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
