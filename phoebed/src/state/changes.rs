//! What a change does to the database, inside the transaction that it shares with others.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Transaction, params};

use super::compact::compact;
use super::damaged::{self, Finding};
use super::error::StateError;
use super::job_requests::PackedEnd;
use super::jobs::{self, JobEnd, JobRecord, JobState};
use super::kept::{Packed, SnapshotForm};
use super::options::MOST_ENTRIES;
use super::record::{self, SessionRecord};

/// One change that somebody waits for. It can be tried again when its transaction failed.
pub(super) enum Change {
    Register(Box<SessionRecord>),
    Keep {
        session_id: String,
        packed: Packed,
    },
    Died {
        session_id: String,
        cause: String,
        command: Option<Vec<u8>>,
    },
    Lived {
        session_id: String,
    },
    Forget {
        session_id: String,
    },
    AddJob {
        job: Box<JobRecord>,
        body: Option<Vec<u8>>,
        most_waiting: usize,
    },
    TurnJob {
        job_id: String,
        state: JobState,
        attempts: u32,
        started_at: Option<f64>,
    },
    /// With what the job has changed in its session.
    EndJob {
        kept: Option<Packed>,
        end: Box<PackedEnd>,
    },
    /// Without answers.
    EndJobs {
        ends: Vec<JobEnd>,
    },
    ExpireJobs {
        before: f64,
    },
    ForgetJobsOf {
        user_id: String,
    },
    /// What was found when the session was read.
    Found {
        session_id: String,
        finding: Finding,
    },
}

/// Why a change was not made.
pub(super) enum Fail {
    /// The database failed, and with it all changes of the transaction.
    Sql(rusqlite::Error),
    /// This change alone cannot be made; it has written nothing.
    Refused(StateError),
}

impl From<rusqlite::Error> for Fail {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl Change {
    /// What it adds to the log.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Keep { packed, .. } => packed.content.len(),
            Self::EndJob { kept, end, .. } => {
                kept.as_ref().map_or(0, |packed| packed.content.len())
                    + end.result.as_ref().map_or(0, Vec::len)
            }
            Self::AddJob { body, .. } => body.as_ref().map_or(0, Vec::len),
            _ => 0,
        }
    }

    /// Makes the change; answers the deaths in a row after a death, else 0.
    pub(super) fn apply(&self, tx: &Transaction<'_>) -> Result<u32, Fail> {
        match self {
            Self::Register(record) => record::register(tx, record)?,
            Self::Keep { session_id, packed } => keep(tx, session_id, packed)?,
            Self::Died { session_id, cause, command } => {
                return record::died(tx, session_id, cause, command.as_deref())?
                    .ok_or_else(|| unknown(session_id));
            }
            Self::Lived { session_id } => record::lived(tx, session_id)?,
            Self::Forget { session_id } => record::forget(tx, session_id)?,
            Self::AddJob { job, body, most_waiting } => {
                jobs::add(tx, job, body.as_deref(), *most_waiting)?;
            }
            Self::TurnJob { job_id, state, attempts, started_at } => {
                jobs::turn(tx, job_id, *state, *attempts, *started_at)?;
            }
            Self::EndJob { kept, end } => {
                let session_id = &end.end.session_id;
                if let Some(packed) = kept {
                    keep(tx, session_id, packed)?;
                }
                jobs::end(tx, &end.end, end.result.as_deref())?;
                jobs::trim(tx, session_id, jobs::MOST_FINISHED, jobs::MOST_RESULTS)?;
            }
            Self::EndJobs { ends } => {
                for end in ends {
                    jobs::end(tx, end, None)?;
                }
                let sessions: BTreeSet<&str> =
                    ends.iter().map(|end| end.session_id.as_str()).collect();
                for session_id in sessions {
                    jobs::trim(tx, session_id, jobs::MOST_FINISHED, jobs::MOST_RESULTS)?;
                }
            }
            Self::ExpireJobs { before } => jobs::expire(tx, *before)?,
            Self::ForgetJobsOf { user_id } => jobs::forget_user(tx, user_id)?,
            Self::Found { session_id, finding } => damaged::settle(tx, session_id, finding)?,
        }
        Ok(0)
    }
}

/// Numbers the state and writes it, with what it makes superfluous removed.
fn keep(tx: &Transaction<'_>, session_id: &str, packed: &Packed) -> Result<(), Fail> {
    let row: Option<(i64, Option<i64>)> = tx
        .prepare_cached("SELECT last_seq, resumed_at FROM sessions WHERE session_id = ?1")?
        .query_row([session_id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (last, resumed) = row.ok_or_else(|| unknown(session_id))?;
    let before = resumed.unwrap_or(last);
    if packed.snapshot.is_none() {
        check_journal(tx, session_id, before)?;
    }
    if let Some(at) = resumed {
        // This change follows the state that was put back, not what was lost after it.
        damaged::cut(tx, session_id, at)?;
    }
    match &packed.snapshot {
        None => {
            let seq = before + 1;
            tx.prepare_cached(
                "INSERT INTO journal (session_id, seq, checksum, entry) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                session_id,
                seq,
                packed.checksum(session_id, seq),
                &packed.content[..]
            ])?;
            set_seq(tx, session_id, seq)?;
        }
        Some((SnapshotForm::Fast, engine)) => {
            let seq = before + 1;
            insert_snapshot(tx, session_id, seq, packed)?;
            set_seq(tx, session_id, seq)?;
            tx.prepare_cached(
                "UPDATE sessions SET engine = ?2, \
                 portable_until = coalesce(portable_until, ?3) WHERE session_id = ?1",
            )?
            .execute(params![session_id, engine, seq])?;
            compact(tx, session_id)?;
        }
        Some((SnapshotForm::Portable, _)) => {
            insert_snapshot(tx, session_id, before, packed)?;
            set_seq(tx, session_id, before)?;
            tx.prepare_cached("UPDATE sessions SET portable_until = NULL WHERE session_id = ?1")?
                .execute([session_id])?;
            compact(tx, session_id)?;
        }
    }
    Ok(())
}

/// Whether one more entry may follow: there is a snapshot, and not too many since.
fn check_journal(tx: &Transaction<'_>, session_id: &str, last: i64) -> Result<(), Fail> {
    let base: Option<i64> = tx
        .prepare_cached(
            "SELECT coalesce(max(seq) FILTER (WHERE form = 'fast'), max(seq)) FROM snapshots \
             WHERE session_id = ?1 AND seq <= ?2",
        )?
        .query_row(params![session_id, last], |row| row.get(0))?;
    let session_id = || session_id.to_owned();
    match base.map(|base| last - base) {
        None => Err(Fail::Refused(StateError::NoSnapshot { session_id: session_id() })),
        Some(entries) if entries >= MOST_ENTRIES => {
            Err(Fail::Refused(StateError::JournalFull { session_id: session_id(), entries }))
        }
        Some(_) => Ok(()),
    }
}

fn set_seq(tx: &Transaction<'_>, session_id: &str, seq: i64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE sessions SET last_seq = ?2, resumed_at = NULL WHERE session_id = ?1",
    )?
    .execute(params![session_id, seq])?;
    Ok(())
}

fn insert_snapshot(
    tx: &Transaction<'_>,
    session_id: &str,
    seq: i64,
    packed: &Packed,
) -> rusqlite::Result<()> {
    let Some((form, engine)) = &packed.snapshot else { return Ok(()) };
    tx.prepare_cached(
        "INSERT OR REPLACE INTO snapshots (session_id, seq, form, engine, checksum, compressed) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        session_id,
        seq,
        form.name(),
        engine,
        packed.checksum(session_id, seq),
        &packed.content[..],
    ])?;
    Ok(())
}

fn unknown(session_id: &str) -> Fail {
    Fail::Refused(StateError::UnknownSession { session_id: session_id.to_owned() })
}
