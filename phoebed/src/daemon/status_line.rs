//! The line that `systemctl status` shows: how many sessions there are, and what else matters.

use std::time::Duration;

use phoebed_common::admin::SessionCounts;
use tokio::sync::watch;

use crate::drain::Drain;
use crate::http::admin::session_counts;
use crate::sessions::Sessions;
use crate::systemd::Notifier;
use crate::workers::ZygoteState;

/// How often the line is looked at; the manager is told when it has changed.
const EVERY: Duration = Duration::from_secs(2);

/// Keeps the line up to date for as long as it is polled.
pub async fn keep_status(
    notifier: Notifier,
    sessions: Sessions,
    drain: Drain,
    mut troubles: watch::Receiver<Vec<String>>,
) {
    let mut told = String::new();
    let mut draining = drain.watch();
    loop {
        let troubled = troubles.borrow_and_update().clone();
        let counts = session_counts(&sessions);
        let line = line(&counts, &sessions.pool().zygote(), drain.is_on(), &troubled);
        if line != told {
            notifier.status(&line);
            told = line;
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            // The operator who asked for it may look at once.
            Ok(()) = draining.changed() => {}
            Ok(()) = troubles.changed() => {}
        }
    }
}

/// The line; what is as it should be is left out.
fn line(
    counts: &SessionCounts,
    engine: &ZygoteState,
    draining: bool,
    troubles: &[String],
) -> String {
    let SessionCounts { total, busy, hibernated, overdue, idle: _ } = *counts;
    let plural = if total == 1 { "" } else { "s" };
    let running = busy + overdue;
    let parts = [
        draining.then(|| "draining: no new sessions".to_owned()),
        Some(format!("{total} session{plural} ({running} running, {hibernated} hibernated)")),
        match engine {
            ZygoteState::Ready { .. } => None,
            ZygoteState::Warming => Some("the engine is warming up".to_owned()),
            ZygoteState::Failed { cause } => Some(format!("the engine cannot start: {cause}")),
            ZygoteState::Stopped => Some("the engine has stopped".to_owned()),
        },
    ];
    let parts = parts.into_iter().flatten().chain(troubles.iter().cloned());
    parts.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_what_runs_and_what_is_wrong() {
        let counts = SessionCounts { total: 3, busy: 1, hibernated: 1, idle: 1, overdue: 0 };
        let line = |total, engine, draining| {
            line(&SessionCounts { total, ..counts }, &engine, draining, &[])
        };
        assert_eq!(
            line(1, ZygoteState::Warming, false),
            "1 session (1 running, 1 hibernated); the engine is warming up"
        );
        let failed = ZygoteState::Failed { cause: "no phoebe".to_owned() };
        assert_eq!(
            line(3, failed, true),
            "draining: no new sessions; 3 sessions (1 running, 1 hibernated); the engine cannot \
             start: no phoebe"
        );
        let full = ["the log database: the disk is full".to_owned()];
        let line = super::line(&counts, &ZygoteState::Stopped, false, &full);
        assert!(line.ends_with("; the engine has stopped; the log database: the disk is full"));
    }
}
