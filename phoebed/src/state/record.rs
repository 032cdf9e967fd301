//! The registry's rows: what is known of a session besides its state.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// A session as the registry has it. Times are Unix seconds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SessionRecord {
    /// A version 4 UUID.
    pub session_id: String,
    /// Whose it is; nobody's in mode none.
    pub user_id: Option<String>,
    /// The owner's name, or nothing.
    pub full_name: String,
    /// The client's own JSON value, as it was sent.
    pub project_name: Option<String>,
    /// Where it was started from.
    pub client_ip: Option<String>,
    /// By which program.
    pub user_agent: Option<String>,
    /// When it started.
    pub created_at: f64,
    /// When it was last used.
    pub last_activity: f64,
    /// The engine that made its latest fast snapshot; what is registered never clears it.
    pub engine: Option<String>,
    /// Why its worker died last.
    pub died_of: Option<String>,
    /// The hash of the command that it died of.
    pub deadly_command: Option<Vec<u8>>,
    /// How often that command killed the worker in a row.
    pub deaths: u32,
}

const ALL: &str = "SELECT session_id, user_id, full_name, project_name, client_ip, user_agent, \
     created_at, last_activity, engine, died_of, deadly_command, deaths FROM sessions \
     ORDER BY created_at, session_id";

/// All of them, oldest first.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<SessionRecord>> {
    connection.prepare(ALL)?.query_map([], from_row)?.collect()
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<SessionRecord> {
    Ok(SessionRecord {
        session_id: row.get(0)?,
        user_id: row.get(1)?,
        full_name: row.get(2)?,
        project_name: row.get(3)?,
        client_ip: row.get(4)?,
        user_agent: row.get(5)?,
        created_at: row.get(6)?,
        last_activity: row.get(7)?,
        engine: row.get(8)?,
        died_of: row.get(9)?,
        deadly_command: row.get(10)?,
        deaths: row.get(11)?,
    })
}

/// Registers the session, or renews what is known of it; its states stay.
pub(super) fn register(tx: &Transaction<'_>, record: &SessionRecord) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO sessions (session_id, user_id, full_name, project_name, client_ip, \
         user_agent, created_at, last_activity, engine, died_of, deadly_command, deaths) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
         ON CONFLICT (session_id) DO UPDATE SET user_id = ?2, full_name = ?3, \
         project_name = ?4, client_ip = ?5, user_agent = ?6, created_at = ?7, \
         last_activity = ?8, engine = coalesce(?9, engine), died_of = ?10, \
         deadly_command = ?11, deaths = ?12",
    )?
    .execute(params![
        record.session_id,
        record.user_id,
        record.full_name,
        record.project_name,
        record.client_ip,
        record.user_agent,
        record.created_at,
        record.last_activity,
        record.engine,
        record.died_of,
        record.deadly_command,
        record.deaths,
    ])?;
    Ok(())
}

/// Notes a death of the session's worker; answers how many in a row that makes for this command,
/// or nothing if there is no such session.
pub(super) fn died(
    tx: &Transaction<'_>,
    session_id: &str,
    cause: &str,
    command: Option<&[u8]>,
) -> rusqlite::Result<Option<u32>> {
    tx.prepare_cached(
        "UPDATE sessions SET died_of = ?2, deadly_command = ?3, \
         deaths = CASE WHEN deaths > 0 AND deadly_command IS ?3 THEN deaths + 1 ELSE 1 END \
         WHERE session_id = ?1 RETURNING deaths",
    )?
    .query_row(params![session_id, cause, command], |row| row.get(0))
    .optional()
}

/// A command was survived: the next death is the first. The last cause stays to be shown.
pub(super) fn lived(tx: &Transaction<'_>, session_id: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE sessions SET deadly_command = NULL, deaths = 0 \
         WHERE session_id = ?1 AND deaths > 0",
    )?
    .execute([session_id])?;
    Ok(())
}

/// Notes when a session was last used. An older time than the known one changes nothing.
pub(super) fn touch(tx: &Transaction<'_>, session_id: &str, at: f64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE sessions SET last_activity = ?2 WHERE session_id = ?1 AND last_activity < ?2",
    )?
    .execute(params![session_id, at])?;
    Ok(())
}

/// Removes the session and all that was kept of it, damaged or not.
pub(super) fn forget(tx: &Transaction<'_>, session_id: &str) -> rusqlite::Result<()> {
    for table in ["journal", "snapshots", "damaged", "sessions"] {
        tx.prepare_cached(&format!("DELETE FROM {table} WHERE session_id = ?1"))?
            .execute([session_id])?;
    }
    Ok(())
}
