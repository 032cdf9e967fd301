//! Jobs: long commands that outlive the requests that asked for them, and their results.
//!
//! Those that have not ended are in memory, all are in `state.db`; what is told of one's end is
//! kept before it is told. When they run is the sessions' matter, not this module's.

mod ends;
mod job;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tokio::sync::watch;

pub use ends::CANCELLED;
use ends::Owed;
pub use job::{Job, JobView};

use crate::state::{Content, JobRecord, JobState, Listed, State, StateError};

/// So often a job is begun, for the daemon or its worker may end each time.
pub const MOST_ATTEMPTS: u32 = 3;

/// What can be changed while the daemon runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSettings {
    /// For how long finished jobs are kept; none is for ever.
    pub retention: Option<Duration>,
}

/// Why there is no new job.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SubmitError {
    /// The key is another command's.
    #[error(
        "This Idempotency-Key belongs to job {job_id} of this session, whose command is another one"
    )]
    KeyTaken {
        /// The job's id.
        job_id: String,
    },
    /// Too many wait.
    #[error(
        "Too many jobs of this session wait: {waiting} of {limit} (jobs.queue_limit); submit the \
         next one when one is done"
    )]
    LineFull {
        /// How many wait.
        waiting: usize,
        /// How many may.
        limit: usize,
    },
    /// The commands that wait are too large together.
    #[error("The job was not taken: {0}")]
    TooLarge(StateError),
    /// It could not be kept.
    #[error("The job was not taken, for it could not be kept")]
    NotKept(#[source] StateError),
}

impl SubmitError {
    fn of(error: StateError, limit: usize) -> Self {
        match error {
            StateError::JobKnown { job_id, .. } => Self::KeyTaken { job_id },
            StateError::JobsWaiting { waiting } => Self::LineFull { waiting, limit },
            error @ StateError::JobsTooLarge { .. } => Self::TooLarge(error),
            error => Self::NotKept(error),
        }
    }
}

/// All jobs; cheap to clone.
#[derive(Debug, Clone)]
pub struct Jobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: State,
    settings: watch::Receiver<JobSettings>,
    live: Mutex<HashMap<String, Arc<Job>>>,
    owed: Owed,
}

/// A job to be.
#[derive(Debug)]
pub struct NewJob<'a> {
    /// Whose session's it is.
    pub session_id: &'a str,
    /// Whose it is.
    pub user_id: Option<&'a str>,
    /// The command's name.
    pub command: &'a str,
    /// Of the command as it was sent.
    pub body_hash: Vec<u8>,
    /// The client's own name for it.
    pub idempotency_key: Option<String>,
}

impl NewJob<'_> {
    fn record(self, is_submitted: bool) -> JobRecord {
        JobRecord {
            job_id: uuid::Uuid::new_v4().to_string(),
            session_id: self.session_id.to_owned(),
            user_id: self.user_id.map(str::to_owned),
            command: self.command.to_owned(),
            is_submitted,
            idempotency_key: self.idempotency_key,
            body_hash: self.body_hash,
            state: JobState::Queued,
            attempts: 0,
            submitted_at: now(),
            started_at: None,
            finished_at: None,
            error: None,
            progress: 0.0,
        }
    }
}

impl Jobs {
    /// Those of this database, and what was unfinished in it: jobs that were submitted wait again,
    /// in the order in which they came; those whose callers waited have failed.
    pub async fn open(
        state: State,
        settings: watch::Receiver<JobSettings>,
    ) -> Result<(Self, Vec<Arc<Job>>), StateError> {
        let unfinished = state.unfinished_jobs().await?;
        let jobs = Self(Arc::new(Inner {
            state,
            settings,
            live: Mutex::default(),
            owed: Owed::default(),
        }));
        let mut waiting = Vec::new();
        for mut record in unfinished {
            let was_running = record.state == JobState::Running;
            (record.state, record.started_at) = (JobState::Queued, None);
            let why = match (record.is_submitted, record.attempts) {
                (false, _) => Some("interrupted: the daemon ended while it ran".to_owned()),
                (true, attempts) if was_running && attempts >= MOST_ATTEMPTS => Some(format!(
                    "interrupted: the daemon or the worker ended in each of {attempts} attempts"
                )),
                (true, _) => None,
            };
            let job = jobs.list(record);
            match why {
                Some(why) => jobs.fail(&job, &why).await,
                None => waiting.push(job),
            }
        }
        Ok((jobs, waiting))
    }

    /// Keeps a new job. With a key that the session has used, it is the job of that key: the
    /// second value tells a new one.
    pub async fn submit(
        &self,
        new: NewJob<'_>,
        body: Bytes,
        limit: usize,
    ) -> Result<(Option<Arc<Job>>, JobView), SubmitError> {
        let record = new.record(true);
        // Listed when it is kept: an unlisted one is found in the database.
        match self.0.state.add_job(record.clone(), body, limit).await {
            Ok(()) => {
                let job = self.list(record);
                let view = job.view();
                Ok((Some(job), view))
            }
            Err(StateError::JobKnown { job_id, is_same: true }) => {
                let known = self.find(&job_id).await.map_err(SubmitError::NotKept)?;
                let gone = || SubmitError::NotKept(StateError::Closed);
                Ok((None, known.ok_or_else(gone)?))
            }
            Err(error) => Err(SubmitError::of(error, limit)),
        }
    }

    /// Makes the job of a caller who waits no longer one that was submitted: it is begun without
    /// the caller.
    pub async fn adopt(
        &self,
        job: &Arc<Job>,
        body: Bytes,
        limit: usize,
    ) -> Result<(), SubmitError> {
        let record = JobRecord { is_submitted: true, ..job.view().record };
        let kept = self.0.state.add_job(record, body, limit).await;
        kept.map_err(|error| SubmitError::of(error, limit))?;
        if !job.is_adopted() {
            self.forget_kept(job).await;
        }
        Ok(())
    }

    /// A job for a command whose caller waits; noted when it is begun.
    pub fn accompany(&self, new: NewJob<'_>) -> Arc<Job> {
        self.list(new.record(false))
    }

    /// Notes a job of which its caller is to be told: after a restart it has failed.
    pub async fn note(&self, job: &Job) {
        if job.is_submitted() {
            return;
        }
        if let Err(error) = self.0.state.list_job(job.view().record).await {
            log::warn!(job = job.id.as_str(); "a job is not known after a restart: {error}");
        }
    }

    /// Begins a job; false if it was cancelled meanwhile. That it is begun is kept first, so that
    /// one which ends the daemon each time is begun no more than [`MOST_ATTEMPTS`] times.
    pub async fn begin(&self, job: &Job) -> Result<bool, StateError> {
        let at = now();
        let Some(attempts) = job.begin(at) else { return Ok(false) };
        if !job.is_submitted() {
            self.0.state.note_job(job.view().record);
            return Ok(true);
        }
        let turned = self.0.state.turn_job(&job.id, JobState::Running, attempts, Some(at)).await;
        if turned.is_err() {
            job.again();
        }
        turned.map(|()| true)
    }

    /// A job that was begun waits again; false if it was cancelled meanwhile, and is to be ended.
    pub async fn again(&self, job: &Job) -> bool {
        if !job.again() {
            return false;
        }
        let (state, attempts) = (JobState::Queued, job.attempts());
        if let Err(error) = self.0.state.turn_job(&job.id, state, attempts, None).await {
            log::warn!(job = job.id.as_str(); "a job that waits again is not noted as such: {error}");
        }
        true
    }

    /// The sessions of all jobs of which something will come.
    pub fn sessions_at_work(&self) -> HashSet<String> {
        let at_work = |job: &&Arc<Job>| !job.is_owed();
        self.live().values().filter(at_work).map(|job| job.session_id.clone()).collect()
    }

    /// The job of this id that has not ended.
    pub fn running(&self, id: &str) -> Option<Arc<Job>> {
        self.live().get(id).cloned()
    }

    /// The job of this id.
    pub async fn find(&self, id: &str) -> Result<Option<JobView>, StateError> {
        if let Some(job) = self.running(id) {
            return Ok(Some(job.view()));
        }
        Ok(self.0.state.job(id).await?.map(JobView::of))
    }

    /// Jobs in the order in which they came.
    pub async fn all(&self, which: Listed) -> Result<Vec<JobView>, StateError> {
        let is_listed = |record: &JobRecord| match &which {
            Listed::OfSession(id) => record.session_id == *id,
            Listed::Latest(_) => true,
        };
        let live: Vec<JobView> = self.live().values().map(|job| job.view()).collect();
        let mut views: HashMap<String, JobView> = live
            .into_iter()
            .filter(|view| is_listed(&view.record))
            .map(|view| (view.record.job_id.clone(), view))
            .collect();
        for record in self.0.state.jobs(which.clone()).await? {
            views.entry(record.job_id.clone()).or_insert_with(|| JobView::of(record));
        }
        let mut views: Vec<JobView> = views.into_values().collect();
        views.sort_by(|a, b| {
            let by_time = a.record.submitted_at.total_cmp(&b.record.submitted_at);
            by_time.then_with(|| a.record.job_id.cmp(&b.record.job_id))
        });
        if let Listed::Latest(most) = which {
            let surplus = views.len().saturating_sub(most as usize);
            views.drain(..surplus);
        }
        Ok(views)
    }

    /// The command of a job that waits.
    pub async fn body(&self, job: &Job) -> Result<Option<Bytes>, StateError> {
        self.0.state.job_content(Content::Body, &job.id).await
    }

    /// The answer to a job that has ended; none if no worker gave one, or if a session has so many
    /// that it is kept no more.
    pub async fn result(&self, id: &str) -> Result<Option<Bytes>, StateError> {
        self.0.state.job_content(Content::Result, id).await
    }

    /// Removes what ended long ago. Runs until it is dropped.
    pub async fn expire(self) {
        const EVERY: Duration = Duration::from_secs(3600);
        loop {
            let retention = self.0.settings.borrow().retention;
            if let Some(retention) = retention
                && let Err(error) = self.0.state.expire_jobs(now() - retention.as_secs_f64()).await
            {
                log::warn!("finished jobs were not removed: {error}");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Removes the finished jobs of a user who is no more.
    pub async fn forget_user(&self, user_id: &str) -> Result<(), StateError> {
        self.0.state.forget_jobs_of(user_id).await
    }

    fn list(&self, record: JobRecord) -> Arc<Job> {
        let job = Arc::new(Job::new(record));
        self.live().insert(job.id.clone(), job.clone());
        job
    }

    fn live(&self) -> MutexGuard<'_, HashMap<String, Arc<Job>>> {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}

/// One that waits, of this id.
#[cfg(test)]
pub fn waiting_job(id: &str) -> Arc<Job> {
    let new = NewJob {
        session_id: "a session",
        user_id: None,
        command: "run_compute",
        body_hash: Vec::new(),
        idempotency_key: None,
    };
    Arc::new(Job::new(JobRecord { job_id: id.to_owned(), ..new.record(true) }))
}
