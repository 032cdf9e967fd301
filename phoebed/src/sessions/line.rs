//! The submitted jobs of a session that wait for their turn. A session that sleeps keeps its line:
//! it is woken when its first job may have a process, and not before.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::jobs::Job;
use crate::shares::Ticket;

/// The line of one session.
#[derive(Debug, Default)]
pub struct Line {
    state: Mutex<State>,
    /// For the owner: the first may be begun.
    pub ready: Notify,
    /// For who keeps the line: the first was taken, or what was taken is over.
    pub moved: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<(u64, Arc<Job>)>,
    /// The first one's, which may have a process.
    ticket: Option<Ticket>,
    /// Something runs beside which the first cannot be begun.
    is_busy: bool,
    is_kept: bool,
}

impl Line {
    /// Puts a job behind those of earlier turns; whether somebody is to keep the line from now on.
    pub fn enter(&self, turn: u64, job: Arc<Job>) -> bool {
        let mut state = self.state();
        let at = state.waiting.partition_point(|(other, _)| *other <= turn);
        state.waiting.insert(at, (turn, job));
        !std::mem::replace(&mut state.is_kept, true)
    }

    /// Puts one that was begun first again; as [`Line::enter`].
    pub fn put_back(&self, job: Arc<Job>) -> bool {
        let mut state = self.state();
        state.waiting.push_front((0, job));
        state.is_busy = false;
        let is_new = !std::mem::replace(&mut state.is_kept, true);
        drop(state);
        self.moved.notify_one();
        is_new
    }

    /// For who keeps the line: the first, while none runs. With nothing left the line is kept no
    /// more.
    pub fn first(&self) -> First {
        let mut state = self.state();
        state.drop_ended();
        if state.is_busy || state.ticket.is_some() {
            return First::Later;
        }
        match state.waiting.front() {
            Some((_, job)) => First::Waits(job.clone()),
            None => {
                state.is_kept = false;
                First::Nobody
            }
        }
    }

    /// The first may be begun, unless something goes before it now.
    pub fn may_begin(&self, ticket: Ticket) {
        let mut state = self.state();
        if state.is_busy {
            drop(state);
            // Others can use it meanwhile.
            return drop(ticket);
        }
        state.ticket = Some(ticket);
        drop(state);
        self.ready.notify_one();
    }

    /// Takes the permission back, if it was not used.
    pub fn take_back(&self) -> Option<Ticket> {
        self.state().ticket.take()
    }

    /// The first that waits, with its turn.
    pub fn waits(&self) -> Option<(u64, Arc<Job>)> {
        let mut state = self.state();
        state.drop_ended();
        state.waiting.front().cloned()
    }

    /// The first, if it may be begun.
    pub fn take(&self) -> Option<(Arc<Job>, Ticket)> {
        let mut state = self.state();
        state.drop_ended();
        let ticket = state.ticket.take()?;
        let Some((_, job)) = state.waiting.pop_front() else {
            drop(state);
            // What it was for has ended meanwhile.
            drop(ticket);
            self.moved.notify_one();
            return None;
        };
        state.is_busy = true;
        Some((job, ticket))
    }

    /// Something that is not of the line runs, beside which nothing of it can be begun: the
    /// process that the first may have is for others meanwhile.
    pub fn busy(&self) {
        let mut state = self.state();
        state.is_busy = true;
        let ticket = state.ticket.take();
        drop(state);
        drop(ticket);
    }

    /// Takes one out again.
    pub fn leave(&self, job: &Arc<Job>) {
        self.state().waiting.retain(|(_, other)| !Arc::ptr_eq(job, other));
        self.moved.notify_one();
    }

    /// What was taken, or ran beside the line, is over.
    pub fn over(&self) {
        self.state().is_busy = false;
        self.moved.notify_one();
    }

    /// Takes all out: the session has ended.
    pub fn take_all(&self) -> Vec<Arc<Job>> {
        let mut state = self.state();
        state.ticket = None;
        state.is_busy = false;
        let all = std::mem::take(&mut state.waiting).into_iter().map(|(_, job)| job).collect();
        drop(state);
        self.moved.notify_one();
        all
    }

    /// How many wait.
    pub fn count(&self) -> usize {
        let mut state = self.state();
        state.drop_ended();
        state.waiting.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is first in a line.
#[derive(Debug)]
pub enum First {
    /// This one.
    Waits(Arc<Job>),
    /// One runs, or may.
    Later,
    /// Nobody: the line is kept no more.
    Nobody,
}

impl State {
    fn drop_ended(&mut self) {
        self.waiting.retain(|(_, job)| !job.is_over());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::waiting_job;

    #[test]
    fn jobs_wait_in_the_order_of_their_turns_and_one_that_was_begun_comes_first() {
        let line = Line::default();
        let [one, two, three, begun] = ["one", "two", "three", "begun"].map(waiting_job);
        assert!(line.enter(1, one), "somebody is to keep it");
        assert!(!line.enter(3, three));
        // Its caller has waited until now.
        assert!(!line.enter(2, two));
        assert!(!line.put_back(begun));
        let order: Vec<String> = line.take_all().iter().map(|job| job.id.clone()).collect();
        assert_eq!(order, ["begun", "one", "two", "three"]);
    }

    #[tokio::test]
    async fn a_process_is_for_others_while_something_goes_before_the_first() {
        let shares = crate::shares::Shares::new(1);
        let line = Line::default();
        line.enter(1, waiting_job("one"));
        let mut ticket = shares.enter("ada", 1);
        ticket.granted().await;
        line.may_begin(ticket);
        line.busy();
        shares.enter("bob", 1).granted().await;
        // One that is granted meanwhile is not kept either.
        line.may_begin(shares.enter("ada", 1));
        shares.enter("bob", 1).granted().await;
        assert!(matches!(line.first(), First::Later));
        line.over();
        assert!(matches!(line.first(), First::Waits(job) if job.id == "one"));
    }
}
