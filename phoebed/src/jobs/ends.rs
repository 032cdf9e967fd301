//! How jobs end: the end is kept, then told. One that cannot be kept, on a full disk say, is owed: it
//! is tried again until it is, and what is shown of the job until then says why.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::job::GivenUp;
use super::{Job, Jobs, now};
use crate::state::{JobEnd, JobState, Kept, StateError};

/// What is told of a job that somebody cancelled.
pub const CANCELLED: &str = "Cancelled";
/// Characters of an error that are kept with a job; its answer has the whole text.
const LONGEST_ERROR: usize = 2000;
/// Ends that could not be kept are tried again after this.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// Ends that could not be kept yet.
#[derive(Debug, Default)]
pub(super) struct Owed {
    ends: Mutex<Vec<(Arc<Job>, JobEnd)>>,
    came: Notify,
}

impl Owed {
    fn add(&self, ends: impl IntoIterator<Item = (Arc<Job>, JobEnd)>) {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).extend(ends);
        self.came.notify_one();
    }

    /// All of them. They stay until they are settled: whoever tries may be dropped on the way.
    fn ends(&self) -> Vec<(Arc<Job>, JobEnd)> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn settled(&self, ends: &[(Arc<Job>, JobEnd)]) {
        let is_settled = |id: &str| ends.iter().any(|(job, _)| job.id == id);
        let mut owed = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        owed.retain(|(job, _)| !is_settled(&job.id));
    }
}

impl Jobs {
    /// Fails a job for a reason of ours.
    pub async fn fail(&self, job: &Arc<Job>, why: &str) {
        self.end_all(vec![job.clone()], JobState::Failed, why).await;
    }

    /// Ends jobs that wait, or whose session ended; all in one transaction.
    pub async fn cancelled(&self, jobs: Vec<Arc<Job>>, why: &str) {
        self.end_all(jobs, JobState::Cancelled, why).await;
    }

    /// Cancels a job: at once if it waits; else its session is asked to end it. Whoever asks may
    /// leave meanwhile.
    pub async fn cancel(&self, job: &Arc<Job>) -> Result<(), StateError> {
        if !job.cancel() {
            return Ok(());
        }
        let (jobs, job) = (self.clone(), job.clone());
        let kept = tokio::spawn(async move {
            let end = end_of(&job, JobState::Cancelled, Some(CANCELLED), None);
            jobs.keep_ends(vec![(job, end)]).await
        });
        kept.await.unwrap_or(Err(StateError::Closed))
    }

    async fn end_all(&self, jobs: Vec<Arc<Job>>, state: JobState, why: &str) {
        let ours = jobs.into_iter().filter(|job| job.ends());
        let ends: Vec<_> = ours
            .map(|job| {
                let end = end_of(&job, state, Some(why), None);
                (job, end)
            })
            .collect();
        if !ends.is_empty() {
            // What could not be kept is owed, and the log says so.
            let _ = self.keep_ends(ends).await;
        }
    }

    /// Keeps ends that are the caller's to keep, and owes them if that fails.
    async fn keep_ends(&self, ends: Vec<(Arc<Job>, JobEnd)>) -> Result<(), StateError> {
        let kept = self.0.state.end_jobs(ends.iter().map(|(_, end)| end.clone()).collect()).await;
        match &kept {
            Ok(()) => ends.iter().for_each(|(job, end)| self.told(job, end)),
            Err(error) => self.owe(ends, error),
        }
        kept
    }

    fn owe(&self, ends: Vec<(Arc<Job>, JobEnd)>, error: &StateError) {
        for (job, end) in &ends {
            log::error!(
                session = job.session_id.as_str(), job = job.id.as_str();
                "the end of a job ({}) could not be kept and is tried again: {error}",
                end.state.as_str()
            );
            let state = end.state.as_str();
            job.is_owed_because(format!(
                "It is over ({state}), but that could not be kept yet; it is tried again for as \
                 long as the daemon runs: {error}"
            ));
        }
        self.0.owed.add(ends);
    }

    /// The end of a job with its answer, which its caller has had, could not be kept. Too much
    /// waits as it is: the answer is not kept either.
    pub fn owe_without_answer(&self, job: &Arc<Job>, mut end: JobEnd, error: &StateError) {
        if end.state == JobState::Succeeded {
            end.state = JobState::Failed;
            end.error = Some(format!("The result could not be kept: {error}"));
        }
        end.result = None;
        self.owe(vec![(job.clone(), end)], error);
    }

    /// Tries again to keep the ends that are owed. Runs until it is dropped.
    pub async fn settle(self) {
        loop {
            self.0.owed.came.notified().await;
            sleep(AGAIN_AFTER).await;
            self.settle_now().await;
        }
    }

    /// Tries again once.
    pub async fn settle_now(&self) {
        let ends = self.0.owed.ends();
        if ends.is_empty() {
            return;
        }
        let kept = self.0.state.end_jobs(ends.iter().map(|(_, end)| end.clone()).collect()).await;
        if kept.is_ok() {
            self.0.owed.settled(&ends);
            ends.iter().for_each(|(job, end)| self.told(job, end));
        } else {
            self.0.owed.came.notify_one();
        }
    }

    /// The end of a job with the worker's answer, to be kept with what it has changed; nothing if
    /// it was ended otherwise.
    pub fn ends(
        &self,
        job: &Job,
        success: bool,
        error: Option<&str>,
        body: &Bytes,
    ) -> Option<JobEnd> {
        let is_cancelled = !success && job.cancel.is_cancelled();
        let state = match success {
            true => JobState::Succeeded,
            false if is_cancelled => JobState::Cancelled,
            false => JobState::Failed,
        };
        let error = (!success).then(|| error.unwrap_or("unknown error"));
        let error = if is_cancelled { Some(CANCELLED) } else { error };
        job.ends().then(|| end_of(job, state, error, Some(body.clone())))
    }

    /// The end of a job could not be kept: it can end in another way.
    pub fn not_ended(&self, job: &Job) {
        job.goes_on();
    }

    /// Keeps the end of a job, with what it has changed in its session.
    pub async fn keep(&self, kept: Option<Kept>, end: JobEnd) -> Result<(), StateError> {
        self.0.state.keep_with_job(kept, end).await
    }

    /// The end of a job is kept: all who listen are told, and it is in memory no more.
    pub fn told(&self, job: &Job, end: &JobEnd) {
        job.ended(end);
        self.live().remove(&job.id);
        log::info!(
            session = job.session_id.as_str(), job = job.id.as_str(), command = job.command.as_str();
            "job {}", end.state.as_str()
        );
    }

    /// A command that was given up before it was begun is no job; one that is kept already is
    /// cancelled soon.
    pub fn forget(&self, job: &Arc<Job>) {
        match job.give_up() {
            GivenUp::TooLate => {}
            GivenUp::Unknown => drop(self.live().remove(&job.id)),
            GivenUp::Kept => self.0.owed.add([(job.clone(), given_up(job))]),
        }
    }

    /// One that was given up while it was being kept.
    pub(super) async fn forget_kept(&self, job: &Arc<Job>) {
        // What could not be kept is owed, and the log says so.
        let _ = self.keep_ends(vec![(job.clone(), given_up(job))]).await;
    }
}

fn given_up(job: &Job) -> JobEnd {
    end_of(job, JobState::Cancelled, Some("Cancelled: it was given up before it was begun"), None)
}

fn end_of(job: &Job, state: JobState, error: Option<&str>, result: Option<Bytes>) -> JobEnd {
    let error = error.map(|text| text.chars().take(LONGEST_ERROR).collect());
    let view = job.view();
    let progress = if state == JobState::Succeeded { 1.0 } else { view.progress() };
    let (job_id, session_id) = (job.id.clone(), job.session_id.clone());
    let unlisted = (!view.record.is_submitted).then(|| Box::new(view.record));
    JobEnd { job_id, session_id, unlisted, state, at: now(), error, progress, result }
}
