//! Pings that prove something: that the event loop turns and that both databases take changes.
//!
//! ```text
//!   main task ──▶ a task of its own answers ──▶ store answers ──▶ state answers ──▶ WATCHDOG=1
//!       ▲                                                                              │
//!       └──────────────────── a quarter of the manager's patience ◀────────────────────┘
//! ```
//!
//! There is no deadline here but the manager's: what does not answer is waited for, without a ping.
//! That a database cannot be written (it is locked, the disk is full, somebody has removed the file)
//! is an answer as well: a restart would not help, and end what still can be read. The status tells
//! it. A writer that hangs gives none.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::Notifier;

/// The manager is pinged so many times in the time after which it gives up.
const PINGS: u32 = 4;

/// A part of the daemon that has to answer.
pub struct Vital {
    name: &'static str,
    ask: Box<dyn Fn() -> BoxFuture<'static, Option<String>> + Send + Sync>,
}

impl Vital {
    /// A part with this name, and how it is asked; the answer is what troubles it, if anything.
    pub fn new<A>(name: &'static str, ask: impl Fn() -> A + Send + Sync + 'static) -> Self
    where
        A: Future<Output = Option<String>> + Send + 'static,
    {
        Self { name, ask: Box::new(move || Box::pin(ask())) }
    }

    /// Waits for an answer for as long as that takes; says when it is late. What troubles it comes
    /// with its name.
    async fn answered(&self, late: Duration) -> Option<String> {
        let mut answer = (self.ask)();
        let trouble = match tokio::time::timeout(late, &mut answer).await {
            Ok(trouble) => trouble,
            Err(_elapsed) => {
                log::error!(
                    "{} has not answered for {} s; until it does, the service manager is not told \
                     that all is well",
                    self.name,
                    late.as_secs_f64()
                );
                answer.await
            }
        };
        Some(format!("{}: {}", self.name, trouble?))
    }
}

/// What the manager wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watchdog {
    /// It ends the daemon after so long without a ping.
    pub patience: Duration,
}

impl Watchdog {
    /// What it says in the environment, if it is meant for this process.
    pub fn of_environment() -> Option<Self> {
        let variable = |name| std::env::var(name).ok();
        Self::read(variable("WATCHDOG_USEC"), variable("WATCHDOG_PID"), std::process::id())
    }

    fn read(patience: Option<String>, addressee: Option<String>, own: u32) -> Option<Self> {
        if addressee.is_some_and(|pid| pid != own.to_string()) {
            return None;
        }
        let patience = Duration::from_micros(patience?.parse().ok()?);
        (!patience.is_zero()).then_some(Self { patience })
    }

    /// Pings for as long as it is polled, which should be where connections are accepted, and
    /// publishes what troubles the parts.
    pub async fn run(
        self,
        notifier: &Notifier,
        vitals: &[Vital],
        troubles: &watch::Sender<Vec<String>>,
    ) {
        loop {
            // Another thread of the runtime turns as well.
            let _ = tokio::spawn(std::future::ready(())).await;
            let mut found = Vec::new();
            for vital in vitals {
                found.extend(vital.answered(self.patience / 2).await);
            }
            notifier.alive();
            troubles.send_if_modified(|now| std::mem::replace(now, found.clone()) != found);
            tokio::time::sleep(self.patience / PINGS).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::net::UnixDatagram;
    use tokio::sync::Semaphore;

    use super::*;

    const OWN: u32 = 7;

    fn read(patience: &str, addressee: Option<&str>) -> Option<Duration> {
        let watchdog = Watchdog::read(Some(patience.into()), addressee.map(str::to_owned), OWN);
        watchdog.map(|watchdog| watchdog.patience)
    }

    #[test]
    fn the_patience_is_read_when_it_is_meant_for_this_process() {
        assert_eq!(read("30000000", None), Some(Duration::from_secs(30)));
        assert_eq!(read("30000000", Some("7")), Some(Duration::from_secs(30)));
        assert_eq!(read("30000000", Some("8")), None);
        assert_eq!(read("0", None), None);
        assert_eq!(read("soon", None), None);
        assert_eq!(Watchdog::read(None, None, OWN), None);
    }

    #[tokio::test]
    async fn there_is_a_ping_for_each_answer_and_none_without() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let notifier = Notifier::to(path.as_os_str()).unwrap();
        let (answers, asked) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
        let (given, counted) = (answers.clone(), asked.clone());
        let vital = Vital::new("the log database", move || {
            counted.fetch_add(1, Ordering::SeqCst);
            let given = given.clone();
            async move {
                given.acquire_owned().await.unwrap().forget();
                Some("the disk is full".to_owned())
            }
        });
        let watchdog = Watchdog { patience: Duration::from_millis(20) };
        let troubles = watch::Sender::default();
        let vitals = std::slice::from_ref(&vital);
        let mut pings = Box::pin(watchdog.run(&notifier, vitals, &troubles));
        let mut buffer = [0; 32];
        // Far beyond the patience: the manager would have ended the daemon.
        let _ = tokio::time::timeout(watchdog.patience * 10, &mut pings).await;
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert!(manager.try_recv(&mut buffer).is_err(), "a ping without an answer");
        answers.add_permits(3);
        for _ in 0..3 {
            let heard = tokio::select! {
                heard = manager.recv(&mut buffer) => heard.unwrap(),
                () = &mut pings => unreachable!(),
            };
            assert_eq!(&buffer[..heard], b"WATCHDOG=1");
        }
        // An answer is a sign of life, whatever it says.
        assert_eq!(*troubles.borrow(), ["the log database: the disk is full"]);
    }
}
