//! Removes what newer snapshots make superfluous.
//!
//! ```text
//!   fast ── j ── j ── portable ── j ── fast ── j ── fast ── j      (changes, oldest first)
//!    ╳      ╳    ╳     stays    stays  stays stays  stays stays
//! ```
//!
//! Two generations stay: the latest fast snapshot, and the one before it with its journal, in
//! case the latest turns out damaged. The portable snapshot stays with the journal that leads on
//! from it, as far as a journal leads: up to the next fast snapshot.

use rusqlite::{Transaction, params};

/// Brings the session's rows down to what may still be needed.
pub(super) fn compact(tx: &Transaction<'_>, session_id: &str) -> rusqlite::Result<()> {
    let (latest, portable, until): (Option<i64>, Option<i64>, Option<i64>) = tx
        .prepare_cached(
            "SELECT (SELECT max(seq) FROM snapshots WHERE session_id = ?1 AND form = 'fast'), \
             (SELECT max(seq) FROM snapshots WHERE session_id = ?1 AND form = 'portable'), \
             portable_until FROM sessions WHERE session_id = ?1",
        )?
        .query_row([session_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let before: Option<i64> = tx
        .prepare_cached(
            "SELECT max(seq) FROM snapshots \
             WHERE session_id = ?1 AND form = 'fast' AND seq < ?2",
        )?
        .query_row(params![session_id, latest], |row| row.get(0))?;
    let oldest_fast = before.or(latest);
    let mut delete = tx
        .prepare_cached("DELETE FROM snapshots WHERE session_id = ?1 AND form = ?2 AND seq < ?3")?;
    delete.execute(params![session_id, "fast", oldest_fast])?;
    delete.execute(params![session_id, "portable", portable])?;
    let Some(oldest) = oldest_fast.or(portable) else { return Ok(()) };
    // Without a portable snapshot nothing is between it and the next fast one.
    let from = portable.unwrap_or(i64::MAX);
    tx.prepare_cached(
        "DELETE FROM journal WHERE session_id = ?1 AND seq <= ?2 \
         AND NOT (seq > ?3 AND seq < ?4)",
    )?
    .execute(params![session_id, oldest, from, until.unwrap_or(i64::MAX)])?;
    Ok(())
}
