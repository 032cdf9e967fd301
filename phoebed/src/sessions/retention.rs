//! What becomes of sessions that sleep: those that were used last are woken after a start of the
//! daemon, those that nobody wants any more end.

use std::time::{Duration, Instant, SystemTime};

use tokio::time::{MissedTickBehavior, interval};

use super::lifecycle::EndReason;
use super::registry::Sessions;
use super::session::Session;

/// How often those that nobody wants are looked for.
const EVERY: Duration = Duration::from_secs(3600);
/// So long before its end a session announces it.
const ANNOUNCED: Duration = Duration::from_secs(7 * 24 * 3600);
/// Without an idle timeout, sessions that were used so lately are woken after a start.
const LATELY: Duration = Duration::from_secs(1800);
/// A clock that goes by more than this in another time was set.
const JUMP: Duration = Duration::from_secs(60);
/// Sessions are woken when the engine is ready, if that is not later than this.
const ENGINE_WITHIN: Duration = Duration::from_secs(3600);
/// One in so many ports is for sessions that nobody has asked for yet.
const PORTS_FOR_EACH: usize = 4;

impl Sessions {
    /// When a session will end for good, in Unix seconds, if that is soon.
    pub fn terminates_at(&self, session: &Session) -> Option<f64> {
        let retention = self.settings.borrow().retention.filter(|_| self.are_kept())?;
        let is_soon = session.unused_for() + ANNOUNCED >= retention;
        is_soon.then(|| session.last_activity() + retention.as_secs_f64())
    }

    /// Ends those that nobody has used for as long as sessions are kept. Runs until it is cancelled.
    pub async fn end_expired(self) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut clocks = (Instant::now(), SystemTime::now());
        loop {
            ticks.tick().await;
            let before = std::mem::replace(&mut clocks, (Instant::now(), SystemTime::now()));
            if has_jumped(before, clocks) {
                log::warn!(
                    "the clock was set: no session expires before it has gone right for a while"
                );
                continue;
            }
            let Some(retention) = self.settings.borrow().retention else { continue };
            for session in self.all() {
                if !session.is_awake() && session.unused_for() >= retention {
                    log::info!(session = session.id.as_str(); "a session has expired");
                    self.end_if_idle(&session, EndReason::Expired, Some(retention)).await;
                }
            }
        }
    }

    /// Wakes those that were used last before the daemon stopped, one after the other, so that
    /// their users need not wait. A part of the ports stays for others.
    pub async fn wake_latest(self) {
        let lately = self.settings.borrow().timeouts.idle.unwrap_or(LATELY);
        let mut latest: Vec<_> =
            self.all().into_iter().filter(|session| session.unused_for() < lately).collect();
        latest.sort_by(|a, b| b.last_activity().total_cmp(&a.last_activity()));
        if latest.is_empty() || self.pool.engine(ENGINE_WITHIN).await.is_err() {
            return;
        }
        let most = self.pool.ports().total / PORTS_FOR_EACH;
        let mut woken = 0;
        for session in latest.into_iter().take(most) {
            // None is to hibernate for one that nobody has asked for yet.
            if self.has_room_for(&session) && self.wake(&session).await {
                woken += 1;
            }
        }
        log::info!("{woken} sessions that were used before the daemon stopped are awake");
    }
}

/// Whether the clock of the wall has gone otherwise than the one that never jumps.
fn has_jumped(before: (Instant, SystemTime), now: (Instant, SystemTime)) -> bool {
    let passed = now.0.duration_since(before.0);
    let by_the_wall = now.1.duration_since(before.1).unwrap_or_default();
    passed.abs_diff(by_the_wall) > JUMP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_noticed_in_both_directions() {
        let (start, wall) = (Instant::now(), SystemTime::now());
        let after = |passed, by_the_wall| (start + passed, wall + by_the_wall);
        let hour = Duration::from_secs(3600);
        assert!(!has_jumped((start, wall), after(hour, hour)));
        assert!(!has_jumped((start, wall), after(hour, hour + JUMP / 2)));
        assert!(has_jumped((start, wall), after(hour, 2 * hour)));
        assert!(has_jumped((start, wall + hour), after(hour, Duration::ZERO)));
    }
}
