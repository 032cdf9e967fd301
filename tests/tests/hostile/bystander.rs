//! Somebody who has nothing to do with it and must not notice anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, spawn};

use phoebed_tests::{Daemon, Session, Settings, eventually};

/// A session that is pinged all the time, one ping after the other.
pub struct Bystander {
    session: Session,
    pid: i32,
    stop: Arc<AtomicBool>,
    pings: JoinHandle<u64>,
}

impl Bystander {
    /// Starts a daemon with these settings, and a session in it.
    #[track_caller]
    pub fn of(settings: Settings) -> (Daemon, Self) {
        let daemon = Daemon::start(settings);
        let bystander = Self::in_daemon(&daemon);
        (daemon, bystander)
    }

    /// Starts a session in a daemon.
    #[track_caller]
    pub fn in_daemon(daemon: &Daemon) -> Self {
        let session = daemon.start_session();
        let stop = Arc::new(AtomicBool::new(false));
        let (pinged, until) = (session.clone(), stop.clone());
        let pings = spawn(move || {
            let mut pings = 0;
            // Once at least: a busy machine may begin this after the test's end.
            while pings == 0 || !until.load(Ordering::Relaxed) {
                pinged.ping();
                pings += 1;
            }
            pings
        });
        Self { session, pid: daemon.pid(), stop, pings }
    }

    /// Whether it was left in peace; stops the daemon.
    #[track_caller]
    pub fn was_undisturbed(self, daemon: Daemon) {
        eventually("one more ping or a failed one", || {
            self.stop.store(true, Ordering::Relaxed);
            self.pings.is_finished().then_some(())
        });
        let pings = self.pings.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        assert!(pings > 0, "it was not there");
        self.session.ping();
        assert_eq!(daemon.pid(), self.pid);
        let log = daemon.log();
        assert!(!log.contains("panicked"), "{log}");
        daemon.stop();
    }
}
