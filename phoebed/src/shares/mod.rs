//! The processes that compute, shared by all sessions: who wants some takes a ticket, which says
//! at any time how many it may have.

mod policy;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, watch};

use policy::{Policy, QUANTUM};

/// A handle to the shares; cheap to clone.
#[derive(Debug, Clone)]
pub struct Shares(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    /// Somebody has no process.
    lacks: Notify,
}

#[derive(Debug)]
struct State {
    policy: Policy,
    tickets: HashMap<u64, watch::Sender<u32>>,
    last_id: u64,
}

/// A command's place among those that compute; dropping it gives its processes back.
#[derive(Debug)]
pub struct Ticket {
    id: u64,
    shares: Shares,
    grant: watch::Receiver<u32>,
}

impl Shares {
    /// So many processes in all.
    pub fn new(capacity: u32) -> Self {
        let policy = Policy::new(capacity);
        let state = State { policy, tickets: HashMap::new(), last_id: 0 };
        Self(Arc::new(Inner { state: Mutex::new(state), lacks: Notify::new() }))
    }

    /// From now on so many.
    pub fn set_capacity(&self, capacity: u32) {
        let mut state = self.lock();
        state.policy.set_capacity(capacity, Instant::now());
        self.tell(&state);
    }

    /// A command of this user wants at most so many.
    pub fn enter(&self, user: &str, most: u32) -> Ticket {
        let mut state = self.lock();
        state.last_id += 1;
        let id = state.last_id;
        let (sender, grant) = watch::channel(0);
        state.tickets.insert(id, sender);
        state.policy.enter(id, user, most, Instant::now());
        self.tell(&state);
        Ticket { id, shares: self.clone(), grant }
    }

    /// Has those who wait get their turn; runs until it is dropped.
    pub async fn take_turns(self) {
        loop {
            let notified = self.0.lacks.notified();
            if self.lock().policy.lacks() {
                tokio::time::sleep(QUANTUM).await;
                let mut state = self.lock();
                state.policy.decide(Instant::now());
                self.tell(&state);
            } else {
                notified.await;
            }
        }
    }

    fn tell(&self, state: &State) {
        for (id, grant) in state.policy.grants() {
            if let Some(sender) = state.tickets.get(&id) {
                sender.send_if_modified(|known| std::mem::replace(known, grant) != grant);
            }
        }
        if state.policy.lacks() {
            self.0.lacks.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// How many processes it may have now.
    pub fn count(&self) -> u32 {
        *self.grant.borrow()
    }

    /// The next number, once it is another one. Cancel safe.
    pub async fn changed(&mut self) -> u32 {
        match self.grant.changed().await {
            Ok(()) => *self.grant.borrow_and_update(),
            // The sender goes with the ticket.
            Err(_closed) => std::future::pending().await,
        }
    }

    /// Waits until it may have one. Cancel safe.
    pub async fn granted(&mut self) {
        if self.grant.wait_for(|count| *count > 0).await.is_err() {
            std::future::pending().await
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.shares.lock();
        state.tickets.remove(&self.id);
        state.policy.leave(self.id, Instant::now());
        self.shares.tell(&state);
    }
}
