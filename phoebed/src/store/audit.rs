//! Reads the audit: who did what, and whether it was allowed. It is written as any other record.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::error::StoreError;
use super::events::AuditRecord;
use super::fold::fold;
use super::read::{open_reader, reading};

/// Which audit rows are asked for; none asks for all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AuditFilter {
    /// The user's id, as actor or as whom it concerns, or the address whatever its case.
    pub user: Option<String>,
    /// The event's exact name.
    pub event: Option<String>,
    /// Not before this time, Unix seconds.
    pub since: Option<f64>,
    /// At most so many.
    pub limit: usize,
}

impl Store {
    /// The audit rows that the filter asks for with their ids, newest first. What was recorded in the last
    /// moments may still be on its way; `flush` waits for it.
    pub async fn audit(&self, filter: AuditFilter) -> Result<Vec<(i64, AuditRecord)>, StoreError> {
        self.read(move |path| reading(path, select(&open_reader(path)?, &filter))).await
    }

    /// What is audited, once there is something.
    #[cfg(test)]
    pub async fn audited(&self) -> Vec<AuditRecord> {
        loop {
            self.flush().await.expect("flush");
            let filter = AuditFilter { limit: usize::MAX, ..AuditFilter::default() };
            let rows = self.audit(filter).await.expect("read");
            if !rows.is_empty() {
                return rows.into_iter().map(|(_, record)| record).collect();
            }
        }
    }
}

fn select(
    connection: &Connection,
    filter: &AuditFilter,
) -> rusqlite::Result<Vec<(i64, AuditRecord)>> {
    let mut statement = connection.prepare(
        "SELECT id, timestamp, event, actor, user_id, email, session_id, client_ip, success,
             detail
         FROM audit WHERE timestamp >= ?1 AND (?2 IS NULL OR event = ?2)
         ORDER BY timestamp DESC, id DESC",
    )?;
    let since = filter.since.unwrap_or(f64::MIN);
    let rows = statement.query_map(params![since, filter.event], record)?;
    let email = filter.user.as_deref().map(fold);
    let concerns = |record: &AuditRecord| match (&filter.user, &email) {
        (Some(user), Some(email)) => {
            record.user_id.as_ref() == Some(user)
                || record.actor.as_ref() == Some(user)
                || record.email.as_deref().map(fold).as_ref() == Some(email)
        }
        _ => true,
    };
    // A row that cannot be read is an error, not one that does not match.
    rows.filter(|row| row.as_ref().map_or(true, |(_, record)| concerns(record)))
        .take(filter.limit)
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
