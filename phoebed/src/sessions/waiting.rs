//! What waits for its turn in a session: a queue with a limit that can change. Who put something
//! in and goes takes it out again, so that neither its place nor its bytes are held for nobody.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The queue; clones share it.
#[derive(Debug)]
pub struct Queue<T>(Arc<Shared<T>>);

/// A place in the queue; dropping it gives it up, with what waits there.
#[derive(Debug)]
pub struct Place<T> {
    queue: Queue<T>,
    number: u64,
}

/// Why there is no place.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// So many wait.
    Full(usize),
    /// Nobody takes anything out any more.
    Closed,
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    /// For the one who takes out.
    entered: Notify,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<(u64, T)>,
    entered: u64,
    is_closed: bool,
}

/// The number of what was put back, before all others.
const PUT_BACK: u64 = 0;

impl<T> Queue<T> {
    /// Puts something at the end, unless as many wait as may.
    pub fn enter(&self, limit: usize, item: T) -> Result<Place<T>, Refused> {
        let mut state = self.state();
        if state.is_closed {
            return Err(Refused::Closed);
        }
        if state.waiting.len() >= limit {
            return Err(Refused::Full(state.waiting.len()));
        }
        let number = state.entered;
        state.entered += 1;
        state.waiting.push_back((number, item));
        drop(state);
        self.0.entered.notify_one();
        Ok(Place { queue: self.clone(), number })
    }

    /// Puts back what was taken out: it is the first again, and its place was given up. What it is
    /// comes back where nothing is let in any more.
    pub fn put_back(&self, item: T) -> Result<(), T> {
        let mut state = self.state();
        if state.is_closed {
            return Err(item);
        }
        state.waiting.push_front((PUT_BACK, item));
        drop(state);
        self.0.entered.notify_one();
        Ok(())
    }

    /// Takes out the first that is wanted.
    pub fn take_first(&self, is_wanted: impl Fn(&T) -> bool) -> Option<T> {
        let mut state = self.state();
        let at = state.waiting.iter().position(|(_, item)| is_wanted(item))?;
        state.waiting.remove(at).map(|(_, item)| item)
    }

    /// What `look` sees in the first.
    pub fn first<R>(&self, look: impl Fn(&T) -> R) -> Option<R> {
        self.state().waiting.front().map(|(_, item)| look(item))
    }

    /// Waits until something was put in since the last time; for one caller at a time.
    pub async fn entered(&self) {
        self.0.entered.notified().await;
    }

    /// All that wait.
    pub fn take_all(&self) -> impl Iterator<Item = T> + use<T> {
        std::mem::take(&mut self.state().waiting).into_iter().map(|(_, item)| item)
    }

    /// Lets nothing in any more; what waited.
    pub fn close(&self) -> impl Iterator<Item = T> + use<T> {
        let mut state = self.state();
        state.is_closed = true;
        std::mem::take(&mut state.waiting).into_iter().map(|(_, item)| item)
    }

    /// How many wait.
    pub fn count(&self) -> usize {
        self.state().waiting.len()
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        // Nothing panics while it is locked.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        let state = State { waiting: VecDeque::new(), entered: PUT_BACK + 1, is_closed: false };
        Self(Arc::new(Shared { state: Mutex::new(state), entered: Notify::new() }))
    }
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Place<T> {
    /// What `look` sees in what waits there; nothing if its turn has come before.
    pub fn look<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        let state = self.queue.state();
        let found = state.waiting.binary_search_by_key(&self.number, |(number, _)| *number);
        found.ok().and_then(|at| state.waiting.get(at)).map(|(_, item)| look(item))
    }

    /// Gives it up at once; what waited there, unless its turn has come before.
    pub fn give_up(&self) -> Option<T> {
        let mut state = self.queue.state();
        let found = state.waiting.binary_search_by_key(&self.number, |(number, _)| *number);
        found.ok().and_then(|at| state.waiting.remove(at)).map(|(_, item)| item)
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        self.give_up();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_waits_comes_out_in_order_and_who_goes_leaves_nothing(
            steps in prop::collection::vec((0..3_u8, 0_usize..6), 0..100)
        ) {
            let queue = Queue::default();
            let mut expected: Vec<(u64, Place<u64>)> = Vec::new();
            let mut served = Vec::new();
            for (n, (step, number)) in (0_u64..).zip(steps) {
                match step {
                    0 => match queue.enter(number, n) {
                        Ok(place) => { prop_assert!(expected.len() < number); expected.push((n, place)); }
                        Err(refused) => {
                            prop_assert!(expected.len() >= number);
                            prop_assert_eq!(refused, Refused::Full(expected.len()));
                        }
                    },
                    1 if !expected.is_empty() => {
                        let (n, place) = expected.remove(number % expected.len());
                        prop_assert_eq!(place.look(|item| *item), Some(n));
                        prop_assert_eq!(place.give_up(), Some(n));
                        prop_assert_eq!(place.look(|item| *item), None);
                    }
                    2 if !expected.is_empty() => {
                        let (first, place) = expected.remove(0);
                        prop_assert_eq!(queue.first(|n| *n), Some(first));
                        prop_assert_eq!(queue.take_first(|_| true), Some(first));
                        served.push(place);
                    }
                    _ => {}
                }
                prop_assert_eq!(queue.count(), expected.len());
            }
            let back = u64::MAX;
            prop_assert_eq!(queue.put_back(back), Ok(()));
            prop_assert_eq!(queue.take_first(|_| true), Some(back));
            let left: Vec<u64> = queue.close().collect();
            prop_assert_eq!(left, expected.iter().map(|(n, _)| *n).collect::<Vec<_>>());
            prop_assert_eq!(queue.enter(9, 0).unwrap_err(), Refused::Closed);
            prop_assert_eq!(queue.put_back(back), Err(back));
        }
    }

    #[tokio::test]
    async fn who_waits_for_the_first_is_woken() {
        let queue = Queue::default();
        let taker = queue.clone();
        let next = tokio::spawn(async move {
            taker.entered().await;
            taker.take_first(|n| *n == 7)
        });
        tokio::task::yield_now().await;
        let _place = queue.enter(1, 7).unwrap();
        assert_eq!(next.await.unwrap(), Some(7));
    }
}
