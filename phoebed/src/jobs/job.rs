//! One job while it has not ended: where it is, how far, and who wants to hear of it.
//!
//! ```text
//!   queued ──begin──▶ running ──end──▶ succeeded, failed, cancelled
//!     ▲ │                │
//!     │ └── cancel ──────┼───────────▶ cancelled
//!     └──── again ───────┘
//! ```

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::state::{JobEnd, JobRecord, JobState};
use crate::workers::Report;

/// Views that may wait for a listener: at ten a second one that lags by more is gone.
const MOST_BEHIND: usize = 64;

/// A job as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct JobView {
    /// What is known of it for good.
    pub record: JobRecord,
    /// How far it is; of one that has ended, as far as it came.
    pub report: Option<Report>,
    /// How many processes it may keep busy now.
    pub processes: u32,
    /// For how long it runs, or ran, in seconds.
    pub elapsed: Option<f64>,
}

impl JobView {
    /// One that has ended, or of which no more is known.
    pub fn of(record: JobRecord) -> Self {
        let until = record.finished_at.zip(record.started_at);
        let elapsed = until.map(|(end, start)| (end - start).max(0.0));
        Self { record, report: None, processes: 0, elapsed }
    }

    /// From 0 to 1.
    pub fn progress(&self) -> f64 {
        if self.record.state == JobState::Succeeded {
            return 1.0;
        }
        let reported = self.report.as_ref().map(|report| report.fraction.clamp(0.0, 1.0));
        reported.filter(|it| !it.is_nan()).unwrap_or(self.record.progress)
    }

    /// How long it will still take, in seconds, by how long it has taken.
    pub fn remaining(&self) -> Option<f64> {
        let (progress, elapsed) = (self.progress(), self.elapsed?);
        // One with an error is over, though that is not kept yet.
        let is_running = self.record.state == JobState::Running && self.record.error.is_none();
        (is_running && progress > 0.0).then(|| elapsed * (1.0 - progress) / progress)
    }
}

/// What giving up a job makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GivenUp {
    /// Nothing: it runs, or has ended.
    TooLate,
    /// Nobody knows of it.
    Unknown,
    /// It is kept, and its end is the caller's to keep.
    Kept,
}

/// A job that has not ended.
#[derive(Debug)]
pub struct Job {
    /// A version 4 UUID.
    pub id: String,
    /// Whose session's it is.
    pub session_id: String,
    /// The command's name.
    pub command: String,
    /// Somebody wants it to end.
    pub cancel: CancellationToken,
    live: Mutex<Live>,
}

#[derive(Debug)]
struct Live {
    record: JobRecord,
    report: Option<Report>,
    processes: u32,
    since: Option<Instant>,
    /// Its end is being kept.
    ends: bool,
    /// Nobody wanted it any more before anybody was told of it.
    given_up: bool,
    /// That has not succeeded yet, and it had run for so many seconds.
    owed: Option<Option<f64>>,
    /// Why that is so, or why it cannot be begun.
    trouble: Option<String>,
    /// Made for the first who listens: most jobs have nobody, and a thousand may wait.
    views: Option<broadcast::Sender<JobView>>,
}

impl Job {
    /// As it was noted.
    pub(super) fn new(record: JobRecord) -> Self {
        Self {
            id: record.job_id.clone(),
            session_id: record.session_id.clone(),
            command: record.command.clone(),
            cancel: CancellationToken::new(),
            live: Mutex::new(Live {
                record,
                report: None,
                processes: 0,
                since: None,
                ends: false,
                given_up: false,
                owed: None,
                trouble: None,
                views: None,
            }),
        }
    }

    /// What is known of it now.
    pub fn view(&self) -> JobView {
        self.live().view()
    }

    /// What is known of it now, and all that comes after that.
    pub fn subscribe(&self) -> (JobView, broadcast::Receiver<JobView>) {
        let mut live = self.live();
        let views = live.views.get_or_insert_with(|| broadcast::Sender::new(MOST_BEHIND));
        let views = views.subscribe();
        (live.view(), views)
    }

    /// It is begun, for the how manieth time; nothing if it has been cancelled meanwhile.
    pub(super) fn begin(&self, at: f64) -> Option<u32> {
        let mut live = self.live();
        if live.ends || live.record.state != JobState::Queued {
            return None;
        }
        live.record.attempts += 1;
        live.record.state = JobState::Running;
        live.trouble = None;
        live.record.started_at = Some(at);
        live.since = Some(Instant::now());
        let attempts = live.record.attempts;
        live.publish();
        Some(attempts)
    }

    /// It was submitted as a job; else a caller waits for it.
    pub fn is_submitted(&self) -> bool {
        self.live().record.is_submitted
    }

    /// It is kept, for its caller waits no longer: from now on it is as if it had been submitted.
    /// False if it was given up before that.
    pub(super) fn is_adopted(&self) -> bool {
        let mut live = self.live();
        live.record.is_submitted = true;
        !live.given_up
    }

    /// Nobody wants it any more; what that makes of it.
    pub(super) fn give_up(&self) -> GivenUp {
        let mut live = self.live();
        if live.ends || live.record.state != JobState::Queued {
            return GivenUp::TooLate;
        }
        live.ends = true;
        if live.record.is_submitted {
            return GivenUp::Kept;
        }
        live.given_up = true;
        GivenUp::Unknown
    }

    /// It waits again; false if it was cancelled meanwhile.
    pub(super) fn again(&self) -> bool {
        let mut live = self.live();
        if self.cancel.is_cancelled() {
            return false;
        }
        live.record.state = JobState::Queued;
        live.record.started_at = None;
        (live.report, live.since, live.processes) = (None, None, 0);
        live.publish();
        true
    }

    /// Somebody wants it to end; whether that is the caller's to keep, as of one that waits.
    pub(super) fn cancel(&self) -> bool {
        let mut live = self.live();
        let waits = !live.ends && live.record.state == JobState::Queued;
        live.ends |= waits;
        // Under the lock: it is cancelled while it waits or while it runs, not in between.
        self.cancel.cancel();
        waits
    }

    /// Why it cannot be begun yet, or that this is over.
    pub fn waits_because(&self, why: Option<String>) {
        let mut live = self.live();
        if live.trouble != why {
            live.trouble = why;
            live.publish();
        }
    }

    /// Whether its end is the caller's to keep: once.
    pub(super) fn ends(&self) -> bool {
        !std::mem::replace(&mut self.live().ends, true)
    }

    /// Its end could not be kept: it can be ended again.
    pub(super) fn goes_on(&self) {
        self.live().ends = false;
    }

    /// Its end could not be kept yet.
    pub(super) fn is_owed_because(&self, why: String) {
        let mut live = self.live();
        live.owed = Some(live.since.map(|since| since.elapsed().as_secs_f64()));
        (live.trouble, live.processes) = (Some(why), 0);
        live.publish();
    }

    /// Whether its end could not be kept yet: nothing else will come of it.
    pub fn is_owed(&self) -> bool {
        self.live().owed.is_some()
    }

    /// Its end is kept.
    pub(super) fn ended(&self, end: &JobEnd) {
        let mut live = self.live();
        (live.ends, live.owed, live.trouble) = (true, None, None);
        live.record.state = end.state;
        live.record.finished_at = Some(end.at);
        live.record.error.clone_from(&end.error);
        live.record.progress = end.progress;
        live.processes = 0;
        live.publish();
    }

    /// It says how far it is; that is never less than it was.
    pub fn report(&self, mut report: Report) {
        let mut live = self.live();
        if let Some(last) = &live.report {
            report.fraction = report.fraction.max(last.fraction);
        }
        live.report = Some(report);
        live.publish();
    }

    /// How many processes it may keep busy from now on.
    pub fn allow(&self, processes: u32) {
        let mut live = self.live();
        live.processes = processes;
        live.publish();
    }

    /// How often it was begun.
    pub fn attempts(&self) -> u32 {
        self.live().record.attempts
    }

    /// Whether nothing more comes of it.
    pub fn is_over(&self) -> bool {
        let live = self.live();
        live.ends || live.record.state.is_finished()
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Live {
    fn publish(&self) {
        if let Some(views) = &self.views {
            // Whoever listened may have gone.
            let _ = views.send(self.view());
        }
    }

    fn view(&self) -> JobView {
        let mut view = JobView::of(self.record.clone());
        let runs_for = || self.since.map(|since| since.elapsed().as_secs_f64());
        view.elapsed = view.elapsed.or(self.owed.unwrap_or_else(runs_for));
        view.report.clone_from(&self.report);
        view.processes = self.processes;
        if let Some(why) = &self.trouble {
            view.record.error = Some(why.clone());
        }
        view
    }
}
