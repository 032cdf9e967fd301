//! Memory of each session's worker, into the log database once a minute.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::registry::Sessions;

const EVERY: Duration = Duration::from_secs(60);

impl Sessions {
    /// Measures one worker after the other, since each takes milliseconds of a core. Runs until
    /// it is cancelled.
    pub async fn sample_memory(self) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            for session in self.all().into_iter().filter(|session| session.is_awake()) {
                self.records.clone().sample_memory(session).await;
            }
        }
    }
}
