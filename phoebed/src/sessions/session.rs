//! A session as everybody but its owner task sees it: what is fixed about it, what it tells of
//! itself, and whether it is awake. Without a worker it is no more than this record.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use phoebed_common::api::RawJson;
use tokio::sync::{mpsc, watch};

use super::caller::Client;
use super::command::CommandRequest;
use super::deaths::Deaths;
use super::lifecycle::{Activity, EndReason};
use super::line::Line;
use super::owner::Ask;
use super::waiting::Queue;
use crate::state::SessionRecord;
use crate::workers::{MemoryGauge, Worker};

/// What is fixed about a session, and where it is.
#[derive(Debug)]
pub struct Session {
    /// A version 4 UUID.
    pub id: String,
    /// When it started, in Unix seconds.
    pub created_at: f64,
    /// Whose it is; nobody's in mode none.
    pub user_id: Option<String>,
    /// The owner's name, or nothing.
    pub full_name: String,
    /// The client's own JSON value, as it was sent.
    pub project_name: Option<RawJson>,
    /// Where it was started from.
    pub client: Client,
    pub(super) deaths: Mutex<Deaths>,
    /// Workers in a row that were lost while they read its fast state.
    pub(super) restores_lost: AtomicU32,
    /// Why its last attempt to wake has failed.
    not_woken: Mutex<Option<String>>,
    presence: Mutex<Presence>,
    last_activity: AtomicU64,
    /// The same for what happened in this life of the daemon, by the clock that never jumps.
    used_at: Mutex<Option<Instant>>,
    /// Submitted jobs that wait.
    pub(super) line: Line,
    turns: AtomicU64,
}

/// Where a session is. Only its owner task leaves [`Presence::Awake`].
#[derive(Debug)]
pub(super) enum Presence {
    /// Without worker and task: the next command brings both.
    Asleep,
    /// A task owns it, which has a worker, or gets or ends one.
    Awake(Arc<Awake>),
    /// Gone for good.
    Ended(EndReason),
}

/// What a session has while a task owns it.
#[derive(Debug)]
pub(super) struct Awake {
    pub activity: watch::Receiver<Activity>,
    pub commands: Queue<CommandRequest>,
    pub asks: mpsc::Sender<Ask>,
    pub worker: Mutex<Option<WorkerFacts>>,
}

/// What is shown of a session's worker.
#[derive(Debug, Clone)]
pub struct WorkerFacts {
    /// Its port.
    pub port: u16,
    /// Its process id.
    pub pid: i32,
    /// Its memory.
    pub memory: MemoryGauge,
}

impl WorkerFacts {
    pub(super) fn of(worker: &Worker) -> Self {
        Self { port: worker.port, pid: worker.pid(), memory: worker.memory.clone() }
    }
}

impl Session {
    /// A session that sleeps, as it is known.
    pub(super) fn from_record(record: SessionRecord) -> Self {
        let deaths = Deaths::from_record(&record);
        Self {
            id: record.session_id,
            created_at: record.created_at,
            user_id: record.user_id,
            full_name: record.full_name,
            // What does not parse any more is shown as none rather than lost with its session.
            project_name: record.project_name.and_then(|text| RawJson::from_text(&text).ok()),
            client: Client { ip: record.client_ip, user_agent: record.user_agent },
            deaths: Mutex::new(deaths),
            restores_lost: AtomicU32::default(),
            not_woken: Mutex::default(),
            presence: Mutex::new(Presence::Asleep),
            last_activity: AtomicU64::new(record.last_activity.to_bits()),
            used_at: Mutex::default(),
            line: Line::default(),
            turns: AtomicU64::new(1),
        }
    }

    /// What is to be known of it after a restart.
    pub(super) fn to_record(&self) -> SessionRecord {
        SessionRecord {
            session_id: self.id.clone(),
            user_id: self.user_id.clone(),
            full_name: self.full_name.clone(),
            project_name: self.project_name.as_ref().map(|json| json.text().to_owned()),
            client_ip: self.client.ip.clone(),
            user_agent: self.client.user_agent.clone(),
            created_at: self.created_at,
            last_activity: self.last_activity(),
            ..SessionRecord::default()
        }
    }

    /// When it was last used, in Unix seconds.
    pub fn last_activity(&self) -> f64 {
        f64::from_bits(self.last_activity.load(Ordering::Relaxed))
    }

    /// For how long it has not been used. What the clock of the wall says counts for what was
    /// before the start of the daemon; one that was set since makes no session unused.
    pub fn unused_for(&self) -> Duration {
        let seconds = unix_seconds(SystemTime::now()) - self.last_activity();
        let by_the_wall = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let used_at = *self.used_at.lock().unwrap_or_else(PoisonError::into_inner);
        used_at.map_or(by_the_wall, |at| at.elapsed().min(by_the_wall))
    }

    /// What it does now.
    pub fn activity(&self) -> Activity {
        match &*self.presence() {
            Presence::Awake(awake) => awake.activity.borrow().clone(),
            Presence::Asleep | Presence::Ended(_) => Activity::Hibernated,
        }
    }

    /// How many commands wait for their turn.
    pub fn waiting(&self) -> usize {
        match &*self.presence() {
            Presence::Awake(awake) => awake.commands.count(),
            Presence::Asleep | Presence::Ended(_) => 0,
        }
    }

    /// Its worker, while it has one.
    pub fn worker(&self) -> Option<WorkerFacts> {
        match &*self.presence() {
            Presence::Awake(awake) => awake.worker().clone(),
            Presence::Asleep | Presence::Ended(_) => None,
        }
    }

    /// Whether a task owns it.
    pub fn is_awake(&self) -> bool {
        matches!(&*self.presence(), Presence::Awake(_))
    }

    /// Why its worker died last.
    pub fn worker_died(&self) -> Option<String> {
        self.deaths.lock().unwrap_or_else(PoisonError::into_inner).cause()
    }

    /// A worker has read its fast state, or was lost over it.
    pub(super) fn note_restore(&self, is_worker_lost: bool) {
        let lost = self.restores_lost.load(Ordering::Relaxed);
        let lost = if is_worker_lost { lost.saturating_add(1) } else { 0 };
        self.restores_lost.store(lost, Ordering::Relaxed);
    }

    /// How its last attempt to wake came out.
    pub(super) fn note_waking(&self, failure: Option<String>) {
        let is_awake = failure.is_none();
        *self.not_woken.lock().unwrap_or_else(PoisonError::into_inner) = failure;
        if is_awake {
            // Whoever tries to wake it for a job now and then need not wait.
            self.line.moved.notify_one();
        }
    }

    /// Why its last attempt to wake has failed.
    pub(super) fn not_woken(&self) -> Option<String> {
        self.not_woken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn presence(&self) -> MutexGuard<'_, Presence> {
        // Nothing panics while it is locked.
        self.presence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place after all that were given before.
    pub(super) fn next_turn(&self) -> u64 {
        self.turns.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn touch(&self) {
        let now = unix_seconds(SystemTime::now());
        self.last_activity.store(now.to_bits(), Ordering::Relaxed);
        *self.used_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

impl Awake {
    pub(super) fn worker(&self) -> MutexGuard<'_, Option<WorkerFacts>> {
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since 1970, as they stand on the wire and in the databases.
pub fn unix_seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_was_used_before_the_clock_was_set_is_in_use() {
        let year = Duration::from_secs(365 * 24 * 3600);
        let a_year_ago = unix_seconds(SystemTime::now() - year);
        let record = SessionRecord { last_activity: a_year_ago, ..SessionRecord::default() };
        let session = Session::from_record(record);
        assert!(session.unused_for() >= year, "what is read from the disk counts");
        session.touch();
        // The clock was a year behind.
        session.last_activity.store(a_year_ago.to_bits(), Ordering::Relaxed);
        assert!(session.unused_for() < year / 2, "{:?}", session.unused_for());
    }
}
