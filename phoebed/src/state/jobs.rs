//! The rows of jobs: long commands and what came of them.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::changes::Fail;
use super::error::StateError;

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It waits for its turn.
    Queued,
    /// It runs.
    Running,
    /// It has a result.
    Succeeded,
    /// It has an error.
    Failed,
    /// It was ended before it was done.
    Cancelled,
}

impl JobState {
    const ALL: [Self; 5] =
        [Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// Its name in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing will come of it any more.
    pub fn is_finished(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }

    fn named(name: &str) -> Self {
        // The table takes no other name.
        Self::ALL.into_iter().find(|state| state.as_str() == name).unwrap_or(Self::Failed)
    }
}

/// A job as its row has it. Times are Unix seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRecord {
    /// A version 4 UUID.
    pub job_id: String,
    /// Whose session's it is; that may have ended.
    pub session_id: String,
    /// Whose it is; nobody's in mode none.
    pub user_id: Option<String>,
    /// The command's name.
    pub command: String,
    /// It was submitted as a job, and runs again after a restart; else a caller waited for it.
    pub is_submitted: bool,
    /// The client's own name for it, by which a repeated submission is known.
    pub idempotency_key: Option<String>,
    /// Of the command as it was sent.
    pub body_hash: Vec<u8>,
    /// Where it is.
    pub state: JobState,
    /// How often it was begun.
    pub attempts: u32,
    /// When it came.
    pub submitted_at: f64,
    /// When it was begun last.
    pub started_at: Option<f64>,
    /// When nothing more came of it.
    pub finished_at: Option<f64>,
    /// Why it failed.
    pub error: Option<String>,
    /// How far it was when it ended, from 0 to 1.
    pub progress: f64,
}

/// How a job ends, and with what answer.
#[derive(Debug, Clone)]
pub struct JobEnd {
    /// Whose.
    pub job_id: String,
    /// The job's session.
    pub session_id: String,
    /// The row to end where there is none: one whose caller waits is noted without waiting for the
    /// disk, and not before it is begun.
    pub unlisted: Option<Box<JobRecord>>,
    /// One in which nothing more comes of it.
    pub state: JobState,
    /// When, in Unix seconds.
    pub at: f64,
    /// Why it failed.
    pub error: Option<String>,
    /// How far it was, from 0 to 1.
    pub progress: f64,
    /// The worker's answer.
    pub result: Option<Bytes>,
}

const COLUMNS: &str = "job_id, session_id, user_id, command, is_submitted, idempotency_key, \
     body_hash, state, attempts, submitted_at, started_at, finished_at, error, progress";
const LEVEL: i32 = 1;
/// Finished jobs that are kept of a session: a script that computes all day fills no disk.
pub(super) const MOST_FINISHED: u32 = 1000;
/// Results that are kept of a session, in bytes as they are stored; the latest one in any case.
pub(super) const MOST_RESULTS: i64 = 256 << 20;
/// Commands of a session that wait as jobs, in bytes as they are stored; one in any case.
const MOST_BODIES: u64 = 64 << 20;

fn from_row(row: &Row<'_>) -> rusqlite::Result<JobRecord> {
    Ok(JobRecord {
        job_id: row.get(0)?,
        session_id: row.get(1)?,
        user_id: row.get(2)?,
        command: row.get(3)?,
        is_submitted: row.get(4)?,
        idempotency_key: row.get(5)?,
        body_hash: row.get(6)?,
        state: JobState::named(&row.get::<_, String>(7)?),
        attempts: row.get(8)?,
        submitted_at: row.get(9)?,
        started_at: row.get(10)?,
        finished_at: row.get(11)?,
        error: row.get(12)?,
        progress: row.get(13)?,
    })
}

/// Compresses what is kept with a job; for a blocking thread.
pub(super) fn pack(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    zstd::bulk::compress(bytes, LEVEL)
}

/// Writes a new job; refused if its session has one of that key, or if so many wait already. Both
/// are asked in the same transaction, so that submissions at the same time are counted as well.
pub(super) fn add(
    tx: &Transaction<'_>,
    job: &JobRecord,
    packed_body: Option<&[u8]>,
    most_waiting: usize,
) -> Result<(), Fail> {
    if let Some(key) = &job.idempotency_key {
        let known = tx
            .prepare_cached(
                "SELECT job_id, body_hash FROM jobs WHERE session_id = ?1 AND idempotency_key = ?2",
            )?
            .query_row(params![job.session_id, key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((job_id, body_hash)) = known {
            let body_hash: Vec<u8> = body_hash;
            let is_same = body_hash == job.body_hash;
            return Err(Fail::Refused(StateError::JobKnown { job_id, is_same }));
        }
    }
    if job.is_submitted {
        let waiting: i64 = tx
            .prepare_cached(
                "SELECT count(*) FROM jobs WHERE session_id = ?1 AND finished_at IS NULL \
                 AND is_submitted AND state = ?2",
            )?
            .query_row(params![job.session_id, JobState::Queued.as_str()], |row| row.get(0))?;
        let waiting = usize::try_from(waiting).unwrap_or_default();
        if waiting >= most_waiting {
            return Err(Fail::Refused(StateError::JobsWaiting { waiting }));
        }
    }
    if let Some(packed) = packed_body {
        let waiting: i64 = tx
            .prepare_cached(
                "SELECT coalesce(sum(length(compressed)), 0) FROM job_bodies \
                 WHERE job_id IN (SELECT job_id FROM jobs \
                 WHERE session_id = ?1 AND finished_at IS NULL)",
            )?
            .query_row([&job.session_id], |row| row.get(0))?;
        let waiting = waiting.unsigned_abs();
        if waiting > 0 && waiting + packed.len() as u64 > MOST_BODIES {
            let refused = StateError::JobsTooLarge { bytes: waiting, most: MOST_BODIES };
            return Err(Fail::Refused(refused));
        }
    }
    if !insert(tx, job)? {
        return Ok(());
    }
    if let Some(packed) = packed_body {
        tx.prepare_cached(
            "INSERT OR REPLACE INTO job_bodies (job_id, compressed) VALUES (?1, ?2)",
        )?
        .execute(params![job.job_id, packed])?;
    }
    Ok(())
}

/// Writes a row, over one of the same job that has not ended; false for one that has.
fn insert(tx: &Transaction<'_>, job: &JobRecord) -> rusqlite::Result<bool> {
    let written = tx
        .prepare_cached(&format!(
            "INSERT INTO jobs ({COLUMNS}) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
             ON CONFLICT (job_id) DO UPDATE SET is_submitted = excluded.is_submitted, \
             state = excluded.state, attempts = excluded.attempts, \
             started_at = excluded.started_at WHERE finished_at IS NULL"
        ))?
        .execute(params![
            job.job_id,
            job.session_id,
            job.user_id,
            job.command,
            job.is_submitted,
            job.idempotency_key,
            job.body_hash,
            job.state.as_str(),
            job.attempts,
            job.submitted_at,
            job.started_at,
            job.finished_at,
            job.error,
            job.progress,
        ])?;
    Ok(written > 0)
}

/// Notes that a job is begun, or that it waits again.
pub(super) fn turn(
    tx: &Transaction<'_>,
    job_id: &str,
    state: JobState,
    attempts: u32,
    started_at: Option<f64>,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE jobs SET state = ?2, attempts = ?3, started_at = ?4 \
         WHERE job_id = ?1 AND finished_at IS NULL",
    )?
    .execute(params![job_id, state.as_str(), attempts, started_at])?;
    Ok(())
}

/// Notes the end of a job. One that has ended stays as it is.
pub(super) fn end(
    tx: &Transaction<'_>,
    end: &JobEnd,
    packed_result: Option<&[u8]>,
) -> rusqlite::Result<()> {
    if let Some(record) = &end.unlisted {
        insert(tx, record)?;
    }
    let changed = tx
        .prepare_cached(
            "UPDATE jobs SET state = ?2, finished_at = ?3, error = ?4, progress = ?5 \
             WHERE job_id = ?1 AND finished_at IS NULL",
        )?
        .execute(params![end.job_id, end.state.as_str(), end.at, end.error, end.progress])?;
    if changed == 0 {
        return Ok(());
    }
    tx.prepare_cached("DELETE FROM job_bodies WHERE job_id = ?1")?.execute([&end.job_id])?;
    if let Some(packed) = packed_result {
        tx.prepare_cached(
            "INSERT OR REPLACE INTO job_results (job_id, compressed) VALUES (?1, ?2)",
        )?
        .execute(params![end.job_id, packed])?;
    }
    Ok(())
}

/// Removes the oldest finished jobs of a session beyond so many, and results beyond so many bytes.
pub(super) fn trim(
    tx: &Transaction<'_>,
    session_id: &str,
    most: u32,
    most_bytes: i64,
) -> rusqlite::Result<()> {
    const SAME: &str = "session_id = ?1 AND finished_at IS NOT NULL";
    let oldest = format!(
        "job_id IN (SELECT job_id FROM jobs WHERE {SAME} \
         ORDER BY finished_at DESC, rowid DESC LIMIT -1 OFFSET ?2)"
    );
    remove(tx, &oldest, params![session_id, most])?;
    let too_many_bytes = format!(
        "DELETE FROM job_results WHERE job_id IN (SELECT job_id FROM (SELECT job_id, \
         row_number() OVER newest AS place, sum(length(compressed)) OVER newest AS bytes \
         FROM jobs JOIN job_results USING (job_id) WHERE {SAME} \
         WINDOW newest AS (ORDER BY finished_at DESC, jobs.rowid DESC)) \
         WHERE place > 1 AND bytes > ?2)"
    );
    tx.prepare_cached(&too_many_bytes)?.execute(params![session_id, most_bytes])?;
    Ok(())
}

/// Removes the jobs that ended before this, in Unix seconds.
pub(super) fn expire(tx: &Transaction<'_>, before: f64) -> rusqlite::Result<()> {
    remove(tx, "finished_at < ?1", params![before])
}

/// Removes what the finished jobs of a user were.
pub(super) fn forget_user(tx: &Transaction<'_>, user_id: &str) -> rusqlite::Result<()> {
    remove(tx, "user_id = ?1 AND finished_at IS NOT NULL", params![user_id])
}

fn remove(
    tx: &Transaction<'_>,
    which: &str,
    parameters: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<()> {
    // One that has ended has no command any more.
    let results =
        format!("DELETE FROM job_results WHERE job_id IN (SELECT job_id FROM jobs WHERE {which})");
    tx.prepare_cached(&results)?.execute(parameters)?;
    tx.prepare_cached(&format!("DELETE FROM jobs WHERE {which}"))?.execute(parameters)?;
    Ok(())
}

/// The jobs that have not ended, in the order in which they came.
pub(super) fn unfinished(connection: &Connection) -> rusqlite::Result<Vec<JobRecord>> {
    let query = format!(
        "SELECT {COLUMNS} FROM jobs WHERE finished_at IS NULL ORDER BY submitted_at, rowid"
    );
    connection.prepare_cached(&query)?.query_map([], from_row)?.collect()
}

/// Which jobs to list.
#[derive(Debug, Clone)]
pub enum Listed {
    /// Those of a session.
    OfSession(String),
    /// The latest of all, so many.
    Latest(u32),
}

/// Jobs, in the order in which they came.
pub(super) fn list(connection: &Connection, which: &Listed) -> rusqlite::Result<Vec<JobRecord>> {
    match which {
        Listed::OfSession(id) => connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM jobs WHERE session_id = ?1 ORDER BY submitted_at, rowid"
            ))?
            .query_map([id], from_row)?
            .collect(),
        Listed::Latest(most) => connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM (SELECT rowid AS number, * FROM jobs \
                 ORDER BY submitted_at DESC, rowid DESC LIMIT ?1) ORDER BY submitted_at, number"
            ))?
            .query_map([most], from_row)?
            .collect(),
    }
}

/// One job.
pub(super) fn find(connection: &Connection, job_id: &str) -> rusqlite::Result<Option<JobRecord>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM jobs WHERE job_id = ?1"))?
        .query_row([job_id], from_row)
        .optional()
}

/// The command of a job that has not ended, or the answer of one that has; compressed.
pub(super) fn content(
    connection: &Connection,
    table: Content,
    job_id: &str,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let table = match table {
        Content::Body => "job_bodies",
        Content::Result => "job_results",
    };
    connection
        .prepare_cached(&format!("SELECT compressed FROM {table} WHERE job_id = ?1"))?
        .query_row([job_id], |row| row.get(0))
        .optional()
}

/// What is kept beside a job's row.
#[derive(Debug, Clone, Copy)]
pub enum Content {
    /// The command as it was sent.
    Body,
    /// The worker's answer.
    Result,
}
