//! Deletes a user with what is kept of it, and keeps out what is still on its way.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, params};

use super::events::{AuditRecord, StoreEvent};
use super::fold::fold;
use super::text::{SHORT, bounded};
use super::user_rows::find;

/// Whether there was such a user. The caller's transaction makes it all or nothing.
pub(super) fn remove_user(connection: &Connection, id: i64) -> rusqlite::Result<bool> {
    let Some(user) = find(connection, id)? else { return Ok(false) };
    let text_id = id.to_string();
    for table in ["session_commands", "session_metrics"] {
        connection.execute(
            &format!(
                "DELETE FROM {table} WHERE session_id IN \
                 (SELECT session_id FROM sessions WHERE user_id = ?1)"
            ),
            [&text_id],
        )?;
    }
    connection.execute("DELETE FROM sessions WHERE user_id = ?1", [&text_id])?;
    connection.execute("DELETE FROM tokens WHERE user_id = ?1", [id])?;
    connection.execute("DELETE FROM users WHERE id = ?1", [id])?;
    take_out_of_audit(connection, &text_id, &user.email)?;
    Ok(true)
}

/// What happened stays, without address and client.
fn take_out_of_audit(connection: &Connection, id: &str, email: &str) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE audit SET email = NULL, client_ip = NULL \
         WHERE user_id = ?1 OR (actor = ?1 AND user_id IS NULL)",
        [id],
    )?;
    // The address there is that of another user.
    connection.execute("UPDATE audit SET client_ip = NULL WHERE actor = ?1", [id])?;
    // Attempts that were not matched to a user know the address only.
    let email = fold(&bounded(email, SHORT));
    let mut unmatched = connection
        .prepare("SELECT id, email FROM audit WHERE user_id IS NULL AND email IS NOT NULL")?;
    let mut rows = unmatched.query([])?;
    // Guesses at other addresses may be millions: only the rows of this one are held.
    let mut of_the_user: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        if fold(row.get_ref(1)?.as_str()?) == email {
            of_the_user.push(row.get(0)?);
        }
    }
    let mut clear =
        connection.prepare("UPDATE audit SET email = NULL, client_ip = NULL WHERE id = ?1")?;
    for row in of_the_user {
        clear.execute(params![row])?;
    }
    Ok(())
}

/// Users whom this process has removed. A start that was under way when its user went is undone, and
/// what it recorded must not come after the deletion. Ids are never given twice.
#[derive(Default)]
pub(super) struct Removed(Mutex<Gone>);

#[derive(Default)]
struct Gone {
    users: HashSet<String>,
    /// Sessions of theirs that have no row.
    sessions: HashSet<String>,
}

impl Removed {
    /// From here on nothing of this user is written; false when that was so.
    pub(super) fn add(&self, id: i64) -> bool {
        self.with(|gone| gone.users.insert(id.to_string()))
    }

    /// The user stays after all.
    pub(super) fn take_back(&self, id: i64) {
        self.with(|gone| gone.users.remove(&id.to_string()));
    }

    /// What of the record may be written; none when nothing.
    pub(super) fn rest<'e>(&self, event: &'e StoreEvent) -> Option<Cow<'e, StoreEvent>> {
        self.with(
            |gone| {
                if gone.users.is_empty() { Some(Cow::Borrowed(event)) } else { gone.rest(event) }
            },
        )
    }

    fn with<T>(&self, work: impl FnOnce(&mut Gone) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Gone {
    fn rest<'e>(&mut self, event: &'e StoreEvent) -> Option<Cow<'e, StoreEvent>> {
        let is_gone =
            |user: &Option<String>| user.as_ref().is_some_and(|id| self.users.contains(id));
        let is_kept = match event {
            StoreEvent::SessionStarted(start) if is_gone(&start.user_id) => {
                self.sessions.insert(start.session_id.clone());
                false
            }
            StoreEvent::SessionStarted(start) => {
                self.sessions.remove(&start.session_id);
                true
            }
            StoreEvent::Command(command) => !self.sessions.contains(&command.session_id),
            StoreEvent::Metric(sample) => !self.sessions.contains(&sample.session_id),
            StoreEvent::Audit(record) if is_gone(&record.user_id) || is_gone(&record.actor) => {
                // As the rows from before have it.
                let is_own = is_gone(&record.user_id) || record.user_id.is_none();
                let email = if is_own { None } else { record.email.clone() };
                let record = AuditRecord { email, client_ip: None, ..record.clone() };
                return Some(Cow::Owned(StoreEvent::Audit(record)));
            }
            _ => true,
        };
        is_kept.then_some(Cow::Borrowed(event))
    }
}
