//! Ends, in the log, the sessions that an unclean end of the daemon left half-done.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::events::{reason, status};

/// Every `active` session without an end gets one: status `terminated`, reason `server_died`, and
/// as the time of its end the last sign of life (use, command, sample, start), which is known,
/// while the moment of the crash is not. Sessions that are kept hibernate instead. Answers how many
/// were ended.
pub(super) fn end_half_done(
    connection: &Connection,
    kept: &HashSet<String>,
) -> rusqlite::Result<usize> {
    let mut hibernate = connection.prepare(
        "UPDATE sessions SET status = ?2, port = NULL
         WHERE session_id = ?1 AND status = ?3 AND destroyed_at IS NULL",
    )?;
    for session_id in kept {
        hibernate.execute(params![session_id, status::HIBERNATED, status::ACTIVE])?;
    }
    connection.execute(
        "UPDATE sessions SET status = ?1, termination_reason = ?2, destroyed_at = max(
             created_at,
             COALESCE(last_activity, 0),
             COALESCE((SELECT max(timestamp) FROM session_commands
                       WHERE session_id = sessions.session_id), 0),
             COALESCE((SELECT max(timestamp) FROM session_metrics
                       WHERE session_id = sessions.session_id), 0))
         WHERE status = ?3 AND destroyed_at IS NULL",
        params![status::TERMINATED, reason::SERVER_DIED, status::ACTIVE],
    )
}
