//! What requests with a token need to know of its user, kept for a moment: reading it from the
//! database takes longer than the rest of a request. A change by this daemon counts at once, one
//! that somebody makes in the database itself within [`FRESH`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::AuthError;
use super::trouble;
use crate::store::{Store, UserAccess};

/// How long what was read counts.
const FRESH: Duration = Duration::from_secs(2);
/// How long it stands in for what cannot be read.
const LAST_RESORT: Duration = Duration::from_secs(600);
/// Users that are kept.
const MOST: usize = 10_000;

/// The users of late requests.
#[derive(Debug)]
pub struct Users {
    store: Store,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    users: HashMap<i64, (Arc<UserAccess>, Instant)>,
    /// Counts changes: what was read before one is not kept after it.
    changes: u64,
}

impl Users {
    /// Of this database.
    pub fn new(store: Store) -> Self {
        Self { store, known: Mutex::default() }
    }

    /// The user of this id, if there is one.
    pub async fn get(&self, id: i64) -> Result<Option<Arc<UserAccess>>, AuthError> {
        let (kept, changes) = {
            let known = self.lock();
            (known.users.get(&id).cloned(), known.changes)
        };
        if let Some((user, read)) = &kept
            && read.elapsed() < FRESH
        {
            return Ok(Some(user.clone()));
        }
        let read = self.store.user_access(id).await;
        if read.is_ok() {
            trouble::succeeded();
        }
        match read {
            Ok(Some(user)) => {
                let user = Arc::new(user);
                self.lock().keep(id, user.clone(), changes);
                Ok(Some(user))
            }
            Ok(None) => {
                self.lock().users.remove(&id);
                Ok(None)
            }
            Err(error) => match kept {
                Some((user, read)) if read.elapsed() < LAST_RESORT => {
                    trouble::failed(&error.full_text());
                    Ok(Some(user))
                }
                _ => Err(error.into()),
            },
        }
    }

    /// The user was changed: what is kept counts no longer.
    pub fn changed(&self, id: i64) {
        let mut known = self.lock();
        known.users.remove(&id);
        known.changes += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn keep(&mut self, id: i64, user: Arc<UserAccess>, changes: u64) {
        if changes != self.changes {
            return;
        }
        if self.users.len() >= MOST {
            self.users.retain(|_, (_, read)| read.elapsed() < FRESH);
        }
        if self.users.len() < MOST {
            self.users.insert(id, (user, Instant::now()));
        }
    }
}
