//! The rows of `audit`: who did what.

use rusqlite::{Connection, Row, params};

use super::events::AuditRecord;

/// Which rows are asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditFilter {
    /// By whom or about whom: an id, an operator such as `uid:0`, or an address of whatever case.
    pub user: Option<String>,
    /// One event.
    pub event: Option<String>,
    /// Unix seconds.
    pub since: Option<f64>,
    /// At most so many, the latest.
    pub limit: usize,
}

pub(super) fn insert(connection: &Connection, record: &AuditRecord) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "INSERT INTO audit (timestamp, event, actor, user_id, email, session_id, client_ip, \
                 success, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            record.timestamp,
            record.event,
            record.actor,
            record.user_id,
            record.email,
            record.session_id,
            record.client_ip,
            record.success,
            record.detail,
        ])
}

/// Newest first, with their ids.
pub(super) fn select(
    connection: &Connection,
    filter: &AuditFilter,
) -> rusqlite::Result<Vec<(i64, AuditRecord)>> {
    let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
    connection
        .prepare(
            "SELECT id, timestamp, event, actor, user_id, email, session_id, client_ip, success, \
                 detail FROM audit \
             WHERE (?1 IS NULL OR user_id = ?1 OR actor = ?1 OR email = ?1 COLLATE NOCASE) \
                 AND (?2 IS NULL OR event = ?2) AND (?3 IS NULL OR timestamp >= ?3) \
             ORDER BY timestamp DESC, id DESC LIMIT ?4",
        )?
        .query_map(params![filter.user, filter.event, filter.since, limit], record)?
        .collect()
}

fn record(row: &Row<'_>) -> rusqlite::Result<(i64, AuditRecord)> {
    let record = AuditRecord {
        timestamp: row.get(1)?,
        event: row.get(2)?,
        actor: row.get(3)?,
        user_id: row.get(4)?,
        email: row.get(5)?,
        session_id: row.get(6)?,
        client_ip: row.get(7)?,
        success: row.get(8)?,
        detail: row.get(9)?,
    };
    Ok((row.get(0)?, record))
}
