//! Reads the newest state of a session that can be used.
//!
//! Each snapshot that the engine can read leads, by the unbroken run of good journal entries after
//! it, to some change; the one that leads furthest is taken, the fast form first. Anything whose
//! checksum is wrong does not count and is reported.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound::{Excluded, Included};
use std::path::Path;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};

use super::damaged::{Damaged, Finding};
use super::error::StateError;
use super::kept::{Label, SnapshotForm, Stored, is_whole, unpack};

/// What is read of a session.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// The newest state that can be used.
    pub stored: Option<Stored>,
    /// Something is kept, or was.
    pub is_any_kept: bool,
    /// What is lost and why.
    pub damage: Option<String>,
    /// What is to be noted in the database before the state is used.
    pub finding: Finding,
}

struct Snapshot {
    rowid: i64,
    seq: i64,
    form: SnapshotForm,
    engine: String,
}

/// A session's row, as far as it is about its states.
struct Head {
    last_seq: i64,
    resumed_at: Option<i64>,
    portable_until: Option<i64>,
}

/// Reads it; nothing for a session that is not registered.
pub(super) fn load(
    path: &Path,
    connection: &Connection,
    session_id: &str,
    engine: &str,
) -> Result<Loaded, StateError> {
    read(connection, session_id, engine)
        .map_err(|error| StateError::from_sqlite(path, "read", error))
}

fn read(connection: &Connection, session_id: &str, engine: &str) -> rusqlite::Result<Loaded> {
    // One transaction: the tables are read as they are at one moment.
    let tx = connection.unchecked_transaction()?;
    let head = tx
        .query_row(
            "SELECT last_seq, resumed_at, portable_until FROM sessions WHERE session_id = ?1",
            [session_id],
            |row| {
                let (last_seq, resumed_at) = (row.get(0)?, row.get(1)?);
                Ok(Head { last_seq, resumed_at, portable_until: row.get(2)? })
            },
        )
        .optional()?;
    let Some(head) = head else { return Ok(Loaded::default()) };
    let mut finding = Finding::default();
    let snapshots = snapshots(&tx, session_id)?;
    let journal = journal(&tx, session_id, &mut finding.damaged)?;
    let numbers = snapshots.iter().map(|snapshot| snapshot.seq).chain(journal.keys().copied());
    let newest = numbers.max().unwrap_or(0).max(head.last_seq);

    let reach = |from: i64| (from..).find(|seq| !journal.contains_key(&(seq + 1))).unwrap_or(from);
    let mut readable: Vec<&Snapshot> = snapshots
        .iter()
        .filter(|snapshot| snapshot.form == SnapshotForm::Portable || snapshot.engine == engine)
        .collect();
    readable.sort_by_key(|snapshot| {
        let is_fast = snapshot.form == SnapshotForm::Fast;
        std::cmp::Reverse((reach(snapshot.seq), is_fast, snapshot.seq))
    });
    let mut found = None;
    for snapshot in readable {
        if let Some(bytes) = content(&tx, session_id, snapshot, &mut finding.damaged)? {
            found = Some((snapshot, bytes));
            break;
        }
    }

    let reached = found.as_ref().map(|(snapshot, _)| reach(snapshot.seq));
    let engines: HashSet<&str> = snapshots
        .iter()
        .filter(|snapshot| snapshot.form == SnapshotForm::Fast && snapshot.engine != engine)
        .filter(|snapshot| Some(snapshot.seq) > reached)
        .map(|snapshot| snapshot.engine.as_str())
        .collect();
    let damage = describe(&finding.damaged, newest - reached.unwrap_or(0), &engines);
    if let Some(reached) = reached {
        let goes_on_at = head.resumed_at.unwrap_or(head.last_seq);
        finding.resumed_at = (reached != goes_on_at).then_some(reached);
    }
    let is_portable = |snapshot: &Snapshot| snapshot.form == SnapshotForm::Portable;
    let portable_is_old = head.portable_until.is_some() || !snapshots.iter().any(is_portable);
    let stored = found.map(|(snapshot, bytes)| {
        let entries = journal.range((Excluded(snapshot.seq), Included(reach(snapshot.seq))));
        let journal = entries.map(|(_, entry)| entry.clone()).collect();
        Stored { form: snapshot.form, bytes, journal, portable_is_old, damage: damage.clone() }
    });
    Ok(Loaded { stored, is_any_kept: newest > 0 || !snapshots.is_empty(), damage, finding })
}

fn snapshots(connection: &Connection, session_id: &str) -> rusqlite::Result<Vec<Snapshot>> {
    let mut statement = connection
        .prepare("SELECT rowid, seq, form, engine FROM snapshots WHERE session_id = ?1")?;
    let mut rows = statement.query([session_id])?;
    let mut snapshots = Vec::new();
    while let Some(row) = rows.next()? {
        let form: String = row.get(2)?;
        if let Some(form) = SnapshotForm::named(&form) {
            let (rowid, seq, engine) = (row.get(0)?, row.get(1)?, row.get(3)?);
            snapshots.push(Snapshot { rowid, seq, form, engine });
        }
    }
    Ok(snapshots)
}

/// The good entries by their numbers.
fn journal(
    connection: &Connection,
    session_id: &str,
    damaged: &mut Vec<Damaged>,
) -> rusqlite::Result<BTreeMap<i64, Bytes>> {
    let mut statement =
        connection.prepare("SELECT seq, checksum, entry FROM journal WHERE session_id = ?1")?;
    let mut rows = statement.query([session_id])?;
    let mut journal = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let seq = row.get(0)?;
        let (checksum, entry) = (blob(row, 1)?, blob(row, 2)?);
        if is_whole(&Label { session_id, seq, snapshot: None }, entry, checksum) {
            journal.insert(seq, Bytes::copy_from_slice(entry));
        } else {
            let checksum = checksum.to_vec();
            damaged.push(Damaged { form: "journal".to_owned(), seq, checksum });
        }
    }
    Ok(journal)
}

/// The snapshot's bytes, if they are what was kept.
fn content(
    connection: &Connection,
    session_id: &str,
    snapshot: &Snapshot,
    damaged: &mut Vec<Damaged>,
) -> rusqlite::Result<Option<Bytes>> {
    let mut statement =
        connection.prepare("SELECT checksum, compressed FROM snapshots WHERE rowid = ?1")?;
    let mut rows = statement.query(params![snapshot.rowid])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (checksum, compressed) = (blob(row, 0)?, blob(row, 1)?);
    let label = Label {
        session_id,
        seq: snapshot.seq,
        snapshot: Some((snapshot.form, snapshot.engine.as_str())),
    };
    if is_whole(&label, compressed, checksum)
        && let Ok(bytes) = unpack(compressed)
    {
        return Ok(Some(bytes));
    }
    let form = snapshot.form.name().to_owned();
    damaged.push(Damaged { form, seq: snapshot.seq, checksum: checksum.to_vec() });
    Ok(None)
}

/// The column's bytes; a value that is none any more is as good as empty.
fn blob<'a>(row: &'a rusqlite::Row<'_>, column: usize) -> rusqlite::Result<&'a [u8]> {
    Ok(row.get_ref(column)?.as_bytes_or_null().ok().flatten().unwrap_or_default())
}

fn describe(damaged: &[Damaged], lost: i64, engines: &HashSet<&str>) -> Option<String> {
    let mut said = Vec::new();
    if lost > 0 {
        said.push(format!("the latest changes are lost ({lost})"));
    }
    for row in damaged {
        let what = if row.form == "journal" { "journal entry" } else { "snapshot" };
        let form = if row.form == "journal" { "" } else { row.form.as_str() };
        let text = format!("{form} {what} {} is damaged and was set aside", row.seq);
        said.push(text.trim_start().to_owned());
    }
    let mut engines: Vec<_> = engines.iter().collect();
    engines.sort();
    for engine in engines {
        said.push(format!("later states are for another engine ({engine})"));
    }
    (!said.is_empty()).then(|| said.join("; "))
}
