//! The one thread that writes.
//!
//! ```text
//!   waiting ──▶ taking what waits ──▶ one transaction ──▶ answering all of it
//! ```
//!
//! While it commits, others gather: so a sync (durability `power`) is shared by all who came
//! during the one before. Every request is answered after its effect.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::changes::{Change, Fail};
use super::database::Database;
use super::error::{StateError, Trouble};
use super::opening::LATEST;
use super::record;
use super::room::Place;
use super::syncer::Pulse;

/// How many changes may share a transaction.
const MOST_GROUPED: usize = 256;
/// How many bytes they may have: more would keep the first of them waiting.
const MOST_GROUPED_BYTES: usize = 16 << 20;

pub(super) type Reply = oneshot::Sender<Result<u32, StateError>>;

/// What the daemon can ask for.
pub(super) enum Request {
    /// A change, and the room that it takes.
    Change(Change, Option<Place>, Reply),
    /// Activity has gathered.
    Activity,
    /// A commit of what is there already.
    Probe(Reply),
    /// Bring everything to the disk.
    #[cfg(test)]
    Flush(Reply),
    Close(Reply),
}

pub(super) struct Writer {
    pub database: Database,
    pub requests: mpsc::Receiver<Request>,
    pub pulse: Arc<Pulse>,
}

type Waiting = (Change, Option<Place>, Reply);

/// Writes the first page, without a change to it: a commit of nothing would not touch the disk.
fn mark_again(tx: &rusqlite::Transaction<'_>) -> rusqlite::Result<()> {
    tx.pragma_update(None, "user_version", LATEST)
}

impl Writer {
    /// The thread's body; ends at `Close` or when the last handle is gone.
    pub(super) fn run(mut self) {
        loop {
            let Some(first) = self.requests.blocking_recv() else {
                self.close().unwrap_or_else(|error| {
                    log::warn!("the state database was not closed cleanly: {error}");
                });
                return;
            };
            let (group, control) = self.gather(first);
            let outcome = self.write(group);
            match control {
                None => {}
                #[cfg(test)]
                Some(Request::Flush(reply)) => {
                    let synced = outcome.and_then(|()| self.database.sync());
                    drop(reply.send(synced.map(|()| 0)));
                }
                Some(Request::Probe(reply)) => {
                    let committed = outcome.and_then(|()| self.database.transact(mark_again));
                    drop(reply.send(committed.map(|()| 0)));
                }
                Some(Request::Close(reply)) => {
                    // No more requests: those that still wait are told that it is closed.
                    self.requests.close();
                    let closed = self.close();
                    drop(reply.send(outcome.and(closed).map(|()| 0)));
                    return;
                }
                Some(Request::Activity | Request::Change(..)) => {}
            }
        }
    }

    /// Takes changes that wait, up to the first request of another kind.
    fn gather(&mut self, first: Request) -> (Vec<Waiting>, Option<Request>) {
        let (mut group, mut bytes) = (Vec::new(), 0);
        let mut next = Some(first);
        while let Some(request) = next.take() {
            match request {
                Request::Change(change, place, reply) => {
                    bytes += change.bytes();
                    group.push((change, place, reply));
                }
                control => return (group, Some(control)),
            }
            if group.len() < MOST_GROUPED && bytes < MOST_GROUPED_BYTES {
                next = self.requests.try_recv().ok();
            }
        }
        (group, None)
    }

    /// Writes the group and what activity has gathered, and answers. The outcome is that of the
    /// activity, which nobody waits for by itself.
    fn write(&mut self, group: Vec<Waiting>) -> Result<(), StateError> {
        match self.commit(&group) {
            Ok(answers) => {
                answer(group, answers);
                Ok(())
            }
            // A large one may be all that does not fit.
            Err(error) if error.trouble() == Some(Trouble::Full) && group.len() > 1 => {
                let mut outcome = Ok(());
                for waiting in group {
                    outcome = self.write(vec![waiting]);
                }
                outcome
            }
            Err(error) => {
                let answers = group.iter().map(|_| Err(error.clone())).collect();
                answer(group, answers);
                Err(error)
            }
        }
    }

    /// One transaction, with an answer to each change unless all of them failed.
    fn commit(&mut self, group: &[Waiting]) -> Result<Vec<Result<u32, StateError>>, StateError> {
        let activity = self.pulse.take_activity();
        if group.is_empty() && activity.is_empty() {
            return Ok(Vec::new());
        }
        let outcome = self.database.transact(|tx| {
            for (session_id, at) in &activity {
                record::touch(tx, session_id, *at)?;
            }
            let apply = |(change, ..): &Waiting| match change.apply(tx) {
                Ok(answer) => Ok(Ok(answer)),
                Err(Fail::Refused(error)) => Ok(Err(error)),
                Err(Fail::Sql(error)) => Err(error),
            };
            group.iter().map(apply).collect()
        });
        match &outcome {
            Ok(_) => self.pulse.note_written(),
            Err(_) => self.pulse.give_back(activity),
        }
        outcome
    }

    fn close(&mut self) -> Result<(), StateError> {
        self.write(Vec::new()).and(self.database.close())
    }
}

fn answer(group: Vec<Waiting>, answers: Vec<Result<u32, StateError>>) {
    for ((change, place, reply), answer) in group.into_iter().zip(answers) {
        // Its room is free before its asker goes on.
        drop((change, place));
        drop(reply.send(answer));
    }
}

/// However the thread ends, the syncer ends with it.
impl Drop for Writer {
    fn drop(&mut self) {
        self.pulse.end();
    }
}
