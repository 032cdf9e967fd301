//! New connections: as many as may be open, however the accepting goes.

use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit};
use tokio::sync::watch;

use super::listener::Listener;
use super::serve::Limits;

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
}

impl Acceptor {
    /// With no connection yet.
    pub fn new() -> Self {
        let open = OpenConnections(watch::Sender::new(0));
        let most = most_by_descriptors();
        Self { open, most, full: Seldom::default(), failing: Seldom::default() }
    }

    /// The next connection of any listener, once there is room for it; it is open until what is
    /// given along is dropped. Cancel safe.
    pub async fn accept<L: Listener>(
        &mut self,
        listeners: &[L],
        limits: &mut watch::Receiver<Limits>,
    ) -> (L::Stream, L::Peer, OpenConnection) {
        loop {
            self.room(limits).await;
            let accepts = listeners.iter().map(|listener| Box::pin(listener.accept()));
            let (accepted, ..) = futures_util::future::select_all(accepts).await;
            match accepted {
                Ok((stream, peer)) => return (stream, peer, self.open.enter()),
                Err(error) => {
                    if self.failing.now(Instant::now()) {
                        log::warn!("cannot accept connections, and goes on trying: {error}");
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Waits until every connection is closed.
    pub async fn all_closed(&self) {
        // The sender is borrowed, so it is there.
        let _ = self.open.0.subscribe().wait_for(|open| *open == 0).await;
    }

    /// Waits until there are fewer than the limit, which may change meanwhile.
    async fn room(&mut self, limits: &mut watch::Receiver<Limits>) {
        let mut open = self.open.0.subscribe();
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

/// How many connections are open.
#[derive(Debug, Clone)]
struct OpenConnections(watch::Sender<usize>);

/// Counts as one connection until it is dropped.
#[derive(Debug)]
pub struct OpenConnection(OpenConnections);

impl OpenConnections {
    fn enter(&self) -> OpenConnection {
        self.0.send_modify(|open| *open += 1);
        OpenConnection(self.clone())
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.0.send_modify(|open| *open -= 1);
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

    #[tokio::test]
    async fn a_raised_limit_lets_the_next_connection_in_and_a_lowered_one_waits() {
        let limits =
            |connections| Limits { connections, header: SOON, keep_alive: SOON, grace: SOON };
        let (sender, mut receiver) = watch::channel(limits(1));
        let mut acceptor = Acceptor::new();
        let first = acceptor.open.enter();
        assert!(timeout(SOON, acceptor.room(&mut receiver)).await.is_err());
        sender.send_replace(limits(2));
        acceptor.room(&mut receiver).await;
        let second = acceptor.open.enter();
        sender.send_replace(limits(1));
        drop(first);
        assert!(timeout(SOON, acceptor.room(&mut receiver)).await.is_err());
        drop(second);
        acceptor.room(&mut receiver).await;
        acceptor.all_closed().await;
    }

    #[tokio::test]
    async fn there_are_no_more_connections_than_descriptors_allow() {
        let many = Limits { connections: 9, header: SOON, keep_alive: SOON, grace: SOON };
        let (_sender, mut receiver) = watch::channel(many);
        let mut acceptor = Acceptor { most: 1, ..Acceptor::new() };
        let open = acceptor.open.enter();
        assert!(timeout(SOON, acceptor.room(&mut receiver)).await.is_err());
        drop(open);
        acceptor.room(&mut receiver).await;
    }

    #[test]
    fn what_goes_on_is_said_once_in_a_while() {
        let (mut seldom, begin) = (Seldom::default(), Instant::now());
        let said = (0..120).filter(|n| seldom.now(begin + Duration::from_secs(*n))).count();
        assert_eq!(said, 2);
    }
}
