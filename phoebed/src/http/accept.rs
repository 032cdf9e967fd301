//! New connections: as many as may be open, however the accepting goes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit};
use tokio::sync::watch;

use super::listener::Listener;
use super::serve::Limits;
use crate::origin::Origin;

/// After `accept` failed, for instance for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What goes on for long is logged once in so long.
const SELDOM: Duration = Duration::from_secs(60);

/// Accepts connections and counts the open ones.
#[derive(Debug)]
pub struct Acceptor {
    open: OpenConnections,
    /// As many as the process has descriptors for.
    most: usize,
    full: Seldom,
    failing: Seldom,
    crowding: Seldom,
}

impl Acceptor {
    /// With no connection yet.
    pub fn new() -> Self {
        Self {
            open: OpenConnections::default(),
            most: most_by_descriptors(),
            full: Seldom::default(),
            failing: Seldom::default(),
            crowding: Seldom::default(),
        }
    }

    /// The next connection of any listener, once there is room for it; it is open until what is
    /// given along is dropped. One too many of its address is closed at once. Cancel safe.
    pub async fn accept<L: Listener>(
        &mut self,
        listeners: &[L],
        limits: &mut watch::Receiver<Limits>,
    ) -> (L::Socket, L::Peer, OpenConnection) {
        loop {
            self.room(limits).await;
            let accepts = listeners.iter().map(|listener| Box::pin(listener.accept()));
            let (accepted, ..) = futures_util::future::select_all(accepts).await;
            match accepted {
                Ok((socket, peer)) => {
                    let most = limits.borrow().per_address;
                    match self.open.enter(L::origin(&peer), most) {
                        Ok(open) => return (socket, peer, open),
                        Err(crowd) => self.refuse(crowd),
                    }
                }
                Err(error) => {
                    if self.failing.now(Instant::now()) {
                        log::warn!("cannot accept connections, and goes on trying: {error}");
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn refuse(&mut self, Crowd { origin, most }: Crowd) {
        if self.crowding.now(Instant::now()) {
            log::warn!(
                "{most} connections of {origin} are open (server.max_connections_per_address): \
                 more are closed"
            );
        }
    }

    /// Waits until every connection is closed.
    pub async fn all_closed(&self) {
        // The sender is borrowed, so it is there.
        let _ = self.open.count.subscribe().wait_for(|open| *open == 0).await;
    }

    /// Waits until there are fewer than the limit, which may change meanwhile.
    async fn room(&mut self, limits: &mut watch::Receiver<Limits>) {
        let mut open = self.open.count.subscribe();
        loop {
            let configured = limits.borrow_and_update().connections;
            let most = configured.min(self.most);
            if *open.borrow() >= most && self.full.now(Instant::now()) {
                let why = if self.most < configured {
                    "three quarters of the files that it may open"
                } else {
                    "server.max_connections"
                };
                log::warn!("{most} connections are open ({why}): new ones wait for room");
            }
            tokio::select! {
                _ = open.wait_for(|open| *open < most) => return,
                Ok(()) = limits.changed() => {}
            }
        }
    }
}

/// How many connections the process has descriptors for: each session takes some as well, and a
/// daemon without any could neither start one nor answer its operator.
fn most_by_descriptors() -> usize {
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((most, _)) => usize::try_from(most / 4 * 3).unwrap_or(usize::MAX).max(1),
        Err(_) => usize::MAX,
    }
}

/// How many connections are open, and of whom.
#[derive(Debug, Clone, Default)]
struct OpenConnections {
    count: watch::Sender<usize>,
    /// No more entries than connections; none is 0.
    by_origin: Arc<Mutex<HashMap<Origin, u32>>>,
}

/// Counts as one connection until it is dropped.
#[derive(Debug)]
pub struct OpenConnection {
    all: OpenConnections,
    origin: Option<Origin>,
}

/// An address has as many connections as it may have.
#[derive(Debug, PartialEq, Eq)]
struct Crowd {
    origin: Origin,
    most: u32,
}

impl OpenConnections {
    /// All are counted by origin, so that a limit that is set later counts them too.
    fn enter(&self, origin: Option<Origin>, most: Option<u32>) -> Result<OpenConnection, Crowd> {
        if let Some(origin) = origin {
            let mut by_origin = self.by_origin();
            let open = by_origin.get(&origin).copied().unwrap_or(0);
            if let Some(most) = most.filter(|most| open >= *most) {
                return Err(Crowd { origin, most });
            }
            by_origin.insert(origin, open + 1);
        }
        self.count.send_modify(|open| *open += 1);
        Ok(OpenConnection { all: self.clone(), origin })
    }

    fn by_origin(&self) -> MutexGuard<'_, HashMap<Origin, u32>> {
        // Nothing panics while it is locked.
        self.by_origin.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        if let Some(origin) = self.origin
            && let Entry::Occupied(mut entry) = self.all.by_origin().entry(origin)
        {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
        self.all.count.send_modify(|open| *open -= 1);
    }
}

/// Lets a message through once in [`SELDOM`].
#[derive(Debug, Default)]
struct Seldom(Option<Instant>);

impl Seldom {
    fn now(&mut self, now: Instant) -> bool {
        let due = self.0.is_none_or(|last| now.duration_since(last) >= SELDOM);
        if due {
            self.0 = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(50);

    fn limits(connections: usize) -> Limits {
        Limits { connections, per_address: None, header: SOON, keep_alive: SOON, grace: SOON }
    }

    #[tokio::test]
    async fn a_raised_limit_lets_the_next_connection_in_and_a_lowered_one_waits() {
        let (sender, mut receiver) = watch::channel(limits(1));
        let mut acceptor = Acceptor::new();
        let first = acceptor.open.enter(None, None).unwrap();
        assert!(timeout(SOON, acceptor.room(&mut receiver)).await.is_err());
        sender.send_replace(limits(2));
        acceptor.room(&mut receiver).await;
        let second = acceptor.open.enter(None, None).unwrap();
        sender.send_replace(limits(1));
        drop(first);
        assert!(timeout(SOON, acceptor.room(&mut receiver)).await.is_err());
        drop(second);
        acceptor.room(&mut receiver).await;
        acceptor.all_closed().await;
    }

    #[tokio::test]
    async fn there_are_no_more_connections_than_descriptors_allow() {
        let (_sender, mut receiver) = watch::channel(limits(9));
        let mut acceptor = Acceptor { most: 1, ..Acceptor::new() };
        let open = acceptor.open.enter(None, None).unwrap();
        assert!(timeout(SOON, acceptor.room(&mut receiver)).await.is_err());
        drop(open);
        acceptor.room(&mut receiver).await;
    }

    #[test]
    fn an_address_has_so_many_connections_and_those_that_end_make_room() {
        let open = OpenConnections::default();
        let [one, other] =
            ["192.0.2.1", "192.0.2.2"].map(|text| Some(Origin::of(text.parse().unwrap())));
        let first = open.enter(one, None).unwrap();
        let second = open.enter(one, Some(2)).unwrap();
        assert_eq!(open.enter(one, Some(2)).unwrap_err().most, 2);
        let _others = open.enter(other, Some(2)).unwrap();
        let _nobodys = open.enter(None, Some(1)).unwrap();
        assert_eq!(*open.count.borrow(), 4);
        drop(first);
        let third = open.enter(one, Some(2)).unwrap();
        drop((second, third));
        assert_eq!((*open.count.borrow(), open.by_origin().len()), (2, 1));
    }

    #[test]
    fn what_goes_on_is_said_once_in_a_while() {
        let (mut seldom, begin) = (Seldom::default(), Instant::now());
        let said = (0..120).filter(|n| seldom.now(begin + Duration::from_secs(*n))).count();
        assert_eq!(said, 2);
    }
}
