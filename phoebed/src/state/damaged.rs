//! States that cannot be used any more: set aside, never silently deleted.

use rusqlite::{Transaction, params};

use crate::store::unix_now;

/// A session's rows may take so much: twice the largest state. Who writes the states runs users'
/// code, and must not fill the disk with what cannot be used.
const MOST_BYTES: i64 = 512 << 20;
/// What a row takes beside its content.
const BYTES_OF_A_ROW: i64 = 1000;

/// What reading a session found to be noted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Finding {
    /// Rows whose checksums are wrong.
    pub damaged: Vec<Damaged>,
    /// The change after which the session goes on, if later ones are lost.
    pub resumed_at: Option<i64>,
}

/// A row whose checksum is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Damaged {
    /// `fast`, `portable` or `journal`.
    pub form: String,
    pub seq: i64,
    /// As it was read: a row that was replaced meanwhile is left alone.
    pub checksum: Vec<u8>,
}

impl Finding {
    /// Whether there is nothing to be noted.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Sets the damaged rows aside and notes where the session goes on.
pub(super) fn settle(
    tx: &Transaction<'_>,
    session_id: &str,
    finding: &Finding,
) -> rusqlite::Result<()> {
    const WHY: &str = "its checksum is wrong";
    for row in &finding.damaged {
        move_rows(tx, &row.form, "seq = ?2 AND checksum = ?5", session_id, row.seq, WHY, row)?;
    }
    remove_oldest(tx, session_id, MOST_BYTES)?;
    if let Some(resumed_at) = finding.resumed_at {
        tx.prepare_cached("UPDATE sessions SET resumed_at = ?2 WHERE session_id = ?1")?
            .execute(params![session_id, resumed_at])?;
    }
    Ok(())
}

/// Sets aside all that came after the change `at`: the session goes on from there.
pub(super) fn cut(tx: &Transaction<'_>, session_id: &str, at: i64) -> rusqlite::Result<()> {
    const WHY: &str = "the session went on from an earlier state";
    let none = Damaged { form: String::new(), seq: at, checksum: Vec::new() };
    for form in ["fast", "portable", "journal"] {
        move_rows(tx, form, "seq > ?2 AND ?5 IS NOT NULL", session_id, at, WHY, &none)?;
    }
    remove_oldest(tx, session_id, MOST_BYTES)?;
    tx.prepare_cached(
        "UPDATE sessions SET portable_until = NULL WHERE session_id = ?1 AND portable_until > ?2",
    )?
    .execute(params![session_id, at])?;
    Ok(())
}

/// Removes what was set aside first, beyond so many bytes.
fn remove_oldest(tx: &Transaction<'_>, session_id: &str, most: i64) -> rusqlite::Result<()> {
    let removed = tx
        .prepare_cached(
            "DELETE FROM damaged WHERE id IN (SELECT id FROM \
             (SELECT id, sum(length(content) + ?3) OVER (ORDER BY id DESC) AS bytes \
             FROM damaged WHERE session_id = ?1) WHERE bytes > ?2)",
        )?
        .execute(params![session_id, most, BYTES_OF_A_ROW])?;
    if removed > 0 {
        log::warn!(session_id, removed; "the oldest of a session's damaged states are removed");
    }
    Ok(())
}

fn move_rows(
    tx: &Transaction<'_>,
    form: &str,
    which: &str,
    session_id: &str,
    seq: i64,
    why: &str,
    row: &Damaged,
) -> rusqlite::Result<()> {
    let (table, engine, content) = match form {
        "journal" => ("journal", "NULL", "entry"),
        _ => ("snapshots", "engine", "compressed"),
    };
    let and_form = if form == "journal" { "?3 = 'journal'" } else { "form = ?3" };
    let matching = format!("FROM {table} WHERE session_id = ?1 AND {and_form} AND {which}");
    tx.prepare_cached(&format!(
        "INSERT INTO damaged \
         (session_id, seq, form, engine, checksum, content, why, set_aside_at) \
         SELECT session_id, seq, ?3, {engine}, checksum, {content}, ?4, ?6 {matching}"
    ))?
    .execute(params![session_id, seq, form, why, row.checksum, unix_now()])?;
    // The same parameters, so that the same rows match.
    tx.prepare_cached(&format!("DELETE {matching} AND ?4 IS NOT NULL"))?.execute(params![
        session_id,
        seq,
        form,
        why,
        row.checksum
    ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn what_is_set_aside_of_a_session_is_bounded_and_the_newest_stays() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(include_str!("../../../migrations/state/0001_sessions.sql"))
            .unwrap();
        let tx = connection.transaction().unwrap();
        for (session, bytes) in [("a", 5000), ("b", 9000), ("a", 4000), ("a", 3000)] {
            tx.execute(
                "INSERT INTO damaged (session_id, seq, form, content, why, set_aside_at) \
                 VALUES (?1, 1, 'fast', zeroblob(?2), '', 0)",
                params![session, bytes],
            )
            .unwrap();
        }
        let left = || -> Vec<i64> {
            let sql = "SELECT length(content) FROM damaged ORDER BY id";
            let mut statement = tx.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        remove_oldest(&tx, "a", 15_000).unwrap();
        assert_eq!(left(), [5000, 9000, 4000, 3000]);
        remove_oldest(&tx, "a", 9_000).unwrap();
        assert_eq!(left(), [9000, 4000, 3000], "of this session only");
    }
}
