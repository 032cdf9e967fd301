//! The bound on what waits for the disk.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::StateError;

/// One part in so many of the room is left for the registry: a death must be noted even when
/// states wait.
const RESERVE: usize = 8;

/// How much waits and how much may.
#[derive(Debug)]
pub(super) struct Room {
    taken: Mutex<Taken>,
    most: usize,
    most_bytes: usize,
}

#[derive(Debug, Default, Clone, Copy)]
struct Taken {
    waiting: usize,
    bytes: usize,
}

/// A place among those who wait; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    room: Arc<Room>,
    bytes: usize,
}

impl Room {
    pub(super) fn new(most: usize, most_bytes: usize) -> Arc<Self> {
        Arc::new(Self { taken: Mutex::default(), most: most.max(RESERVE), most_bytes })
    }

    /// A place for a state of so many bytes. One alone always has room.
    pub(super) fn for_state(self: &Arc<Self>, bytes: usize) -> Result<Place, StateError> {
        self.take(self.most - self.most / RESERVE, bytes)
    }

    /// A place for a change of the registry.
    pub(super) fn for_registry(self: &Arc<Self>) -> Result<Place, StateError> {
        self.take(self.most, 0)
    }

    fn take(self: &Arc<Self>, most: usize, bytes: usize) -> Result<Place, StateError> {
        let mut taken = self.lock();
        let fits = bytes == 0 || taken.bytes == 0 || taken.bytes + bytes <= self.most_bytes;
        if taken.waiting >= most || !fits {
            return Err(StateError::Busy { waiting: taken.waiting, bytes: taken.bytes });
        }
        taken.waiting += 1;
        taken.bytes += bytes;
        drop(taken);
        Ok(Place { room: Arc::clone(self), bytes })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.room.lock();
        taken.waiting -= 1;
        taken.bytes -= self.bytes;
    }
}
