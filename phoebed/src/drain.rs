//! Draining: no new sessions, until the operator takes it back or the daemon ends. What runs goes
//! on, and sessions that exist are served as ever.

use tokio::sync::watch;

/// Whether the daemon drains; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Drain(watch::Sender<bool>);

impl Drain {
    /// Switches it; says whether that has changed anything.
    pub fn switch(&self, on: bool) -> bool {
        self.0.send_if_modified(|drains| std::mem::replace(drains, on) != on)
    }

    /// Whether it drains now.
    pub fn is_on(&self) -> bool {
        *self.0.borrow()
    }

    /// Tells of changes.
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switching_twice_changes_it_once() {
        let drain = Drain::default();
        let clone = drain.clone();
        assert!(!drain.is_on());
        assert!(drain.switch(true) && !drain.switch(true) && clone.is_on());
        assert!(clone.switch(false) && !drain.is_on());
    }
}
