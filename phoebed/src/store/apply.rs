//! Writes one record into an open transaction. It was made fit when it was queued (`fit.rs`).

use std::collections::HashMap;

use rusqlite::{Connection, ErrorCode, params};

use super::events::{
    AuditRecord, CommandDone, Login, MemorySample, SessionChanged, SessionEnded, SessionStarted,
    StoreEvent, status,
};
use super::queue::Batch;
use super::removal::Removed;

/// Writes the whole batch; answers how many records the database refused for themselves.
pub(super) fn apply_batch(
    connection: &Connection,
    batch: &Batch,
    removed: &Removed,
) -> rusqlite::Result<u64> {
    let mut rejected = 0;
    for event in batch.events.iter().filter_map(|event| removed.rest(event)) {
        match apply(connection, &event) {
            Ok(_) => {}
            // It would be refused again and hold up all others for ever.
            Err(error) if is_for_itself(&error) => {
                log::warn!(cause:% = error; "the log database refused a record");
                rejected += 1;
            }
            Err(error) => return Err(error),
        }
    }
    apply_activity(connection, &batch.activity)?;
    Ok(rejected)
}

fn is_for_itself(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig)
    )
}

fn apply(connection: &Connection, event: &StoreEvent) -> rusqlite::Result<usize> {
    match event {
        StoreEvent::SessionStarted(event) => start(connection, event),
        StoreEvent::SessionChanged(event) => change(connection, event),
        StoreEvent::SessionEnded(event) => end(connection, event),
        StoreEvent::Command(event) => command(connection, event),
        StoreEvent::Metric(event) => metric(connection, event),
        StoreEvent::Login(event) => login(connection, *event),
        StoreEvent::Audit(event) => audit(connection, event),
        // The queue keeps these apart.
        StoreEvent::SessionActivity(_) => Ok(0),
    }
}

/// A session that is registered again becomes active again under its old row.
pub(super) fn start(connection: &Connection, event: &SessionStarted) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "INSERT INTO sessions (session_id, user_id, full_name, created_at, last_activity, port,
                 client_ip, user_agent, project_name, status)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (session_id) DO UPDATE SET
                 user_id = excluded.user_id, full_name = excluded.full_name,
                 port = excluded.port, project_name = excluded.project_name,
                 client_ip = COALESCE(excluded.client_ip, client_ip),
                 user_agent = COALESCE(excluded.user_agent, user_agent),
                 status = excluded.status, destroyed_at = NULL, termination_reason = NULL,
                 exit_detail = NULL",
        )?
        .execute(params![
            event.session_id,
            event.user_id,
            event.full_name,
            event.created_at,
            event.port,
            event.client_ip,
            event.user_agent,
            event.project_name,
            if event.port.is_some() { status::ACTIVE } else { status::HIBERNATED },
        ])
}

fn change(connection: &Connection, event: &SessionChanged) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "UPDATE sessions SET status = ?2, port = ?3 \
             WHERE session_id = ?1 AND destroyed_at IS NULL",
        )?
        .execute(params![event.session_id, event.status, event.port])
}

fn end(connection: &Connection, event: &SessionEnded) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "UPDATE sessions SET status = ?2, destroyed_at = ?3, termination_reason = ?4,
                 exit_detail = ?5
             WHERE session_id = ?1 AND destroyed_at IS NULL",
        )?
        .execute(params![
            event.session_id,
            status::TERMINATED,
            event.destroyed_at,
            event.reason,
            event.detail,
        ])
}

fn command(connection: &Connection, event: &CommandDone) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "INSERT INTO session_commands (session_id, timestamp, command_name, success,
                 execution_time_ms, error_message)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            event.session_id,
            event.timestamp,
            event.command_name,
            event.success,
            event.execution_time_ms,
            event.error_message,
        ])
}

fn metric(connection: &Connection, event: &MemorySample) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "INSERT INTO session_metrics (session_id, timestamp, memory_used_mb) \
             VALUES (?1, ?2, ?3)",
        )?
        .execute(params![event.session_id, event.timestamp, event.memory_used_mb,])
}

fn audit(connection: &Connection, event: &AuditRecord) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "INSERT INTO audit (timestamp, event, actor, user_id, email, session_id, client_ip,
                 success, detail)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            event.timestamp,
            event.event,
            event.actor,
            event.user_id,
            event.email,
            event.session_id,
            event.client_ip,
            event.success,
            event.detail,
        ])
}

fn login(connection: &Connection, event: Login) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("UPDATE users SET last_login = ?2 WHERE id = ?1")?
        .execute(params![event.user_id, event.at])
}

fn apply_activity(
    connection: &Connection,
    activity: &HashMap<String, f64>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE sessions SET last_activity = max(COALESCE(last_activity, 0), ?2) \
         WHERE session_id = ?1",
    )?;
    for (session_id, &used) in activity {
        statement.execute(params![session_id, used])?;
    }
    Ok(())
}
