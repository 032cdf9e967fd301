//! Jobs over a real database: submissions, ends, and what a restart makes of them.

use bytes::Bytes;
use tempfile::TempDir;
use tokio::sync::watch;

use super::*;
use crate::state::{Durability, StateOptions};
use crate::workers::Report;

const BODY: &[u8] = br#"{"command":"run_compute"}"#;

async fn open(folder: &TempDir) -> (State, Jobs, Vec<Arc<Job>>) {
    let options = StateOptions::new(folder.path().join("state.db"), Durability::Process);
    let (state, _) = State::open(options).unwrap();
    let (_, settings) = watch::channel(JobSettings { retention: None });
    let (jobs, waiting) = Jobs::open(state.clone(), settings).await.unwrap();
    (state, jobs, waiting)
}

fn new(key: Option<&str>) -> NewJob<'static> {
    NewJob {
        session_id: "a session",
        user_id: Some("ada"),
        command: "run_compute",
        body_hash: vec![1],
        idempotency_key: key.map(str::to_owned),
    }
}

async fn submitted(jobs: &Jobs, key: Option<&str>) -> Arc<Job> {
    let body = Bytes::from_static(BODY);
    jobs.submit(new(key), body, usize::MAX).await.unwrap().0.unwrap()
}

/// Ends it as its worker's answer does.
async fn answered(jobs: &Jobs, job: &Job, success: bool, error: Option<&str>, body: &'static str) {
    let end = jobs.ends(job, success, error, &Bytes::from(body)).unwrap();
    jobs.keep(None, end.clone()).await.unwrap();
    jobs.told(job, &end);
}

#[tokio::test]
async fn a_job_is_kept_from_its_submission_to_its_result() {
    let folder = TempDir::new().unwrap();
    let (state, jobs, _) = open(&folder).await;
    let job = submitted(&jobs, None).await;
    assert_eq!(jobs.body(&job).await.unwrap().as_deref(), Some(BODY));
    assert!(jobs.begin(&job).await.unwrap());
    let report = Report { fraction: 0.5, stage: "times".to_owned(), step: 1, ..Report::default() };
    job.report(report);
    let view = jobs.find(&job.id).await.unwrap().unwrap();
    assert_eq!((view.record.state, view.progress()), (JobState::Running, 0.5));
    assert!(view.remaining().is_some());
    let (_, mut views) = job.subscribe();
    answered(&jobs, &job, true, None, r#"{"success":true}"#).await;
    let last = views.recv().await.unwrap();
    assert_eq!((last.record.state, last.progress()), (JobState::Succeeded, 1.0));
    state.close().await.unwrap();

    let (_state, jobs, waiting) = open(&folder).await;
    assert!(waiting.is_empty());
    let view = jobs.find(&job.id).await.unwrap().unwrap();
    assert_eq!((view.record.state, view.record.attempts), (JobState::Succeeded, 1));
    let result = jobs.result(&job.id).await.unwrap();
    assert_eq!(result.as_deref(), Some(&br#"{"success":true}"#[..]));
    assert_eq!(jobs.body(&job).await.unwrap(), None);
}

#[tokio::test]
async fn the_same_key_is_the_same_job_and_another_command_is_refused() {
    let folder = TempDir::new().unwrap();
    let (_state, jobs, _) = open(&folder).await;
    let job = submitted(&jobs, Some("mine")).await;
    let body = Bytes::from_static(BODY);
    let (again, view) = jobs.submit(new(Some("mine")), body.clone(), usize::MAX).await.unwrap();
    assert!(again.is_none());
    assert_eq!(view.record.job_id, job.id);
    let other = NewJob { body_hash: vec![2], ..new(Some("mine")) };
    let refused = jobs.submit(other, body.clone(), usize::MAX).await.unwrap_err();
    assert!(matches!(refused, SubmitError::KeyTaken { job_id } if job_id == job.id));
    let elsewhere = NewJob { session_id: "another", ..new(Some("mine")) };
    assert!(jobs.submit(elsewhere, body, usize::MAX).await.unwrap().0.is_some());
    // Also when it is over.
    jobs.cancel(&job).await.unwrap();
    let (again, view) =
        jobs.submit(new(Some("mine")), Bytes::from_static(BODY), usize::MAX).await.unwrap();
    assert!(again.is_none());
    assert_eq!(view.record.state, JobState::Cancelled);
}

#[tokio::test]
async fn after_a_restart_submitted_jobs_wait_again_and_others_have_failed() {
    let folder = TempDir::new().unwrap();
    let (state, jobs, _) = open(&folder).await;
    let first = submitted(&jobs, None).await;
    assert!(jobs.begin(&first).await.unwrap());
    let second = submitted(&jobs, None).await;
    let waited_for = jobs.accompany(new(None));
    assert!(jobs.begin(&waited_for).await.unwrap());
    let never_begun = jobs.accompany(new(None));
    state.close().await.unwrap();

    let (_state, jobs, waiting) = open(&folder).await;
    let ids: Vec<&str> = waiting.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids, [&first.id, &second.id]);
    assert_eq!(waiting[0].view().record.state, JobState::Queued);
    let view = jobs.find(&waited_for.id).await.unwrap().unwrap();
    assert_eq!(view.record.state, JobState::Failed);
    assert!(view.record.error.unwrap().starts_with("interrupted"));
    assert_eq!(jobs.find(&never_begun.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_job_that_is_interrupted_three_times_is_not_begun_again() {
    let folder = TempDir::new().unwrap();
    let (state, jobs, _) = open(&folder).await;
    let id = submitted(&jobs, None).await.id.clone();
    state.close().await.unwrap();
    for attempt in 1..=MOST_ATTEMPTS {
        let (state, jobs, waiting) = open(&folder).await;
        assert!(jobs.begin(&waiting[0]).await.unwrap());
        assert_eq!(waiting[0].attempts(), attempt);
        state.close().await.unwrap();
    }
    let (_state, jobs, waiting) = open(&folder).await;
    assert!(waiting.is_empty());
    let view = jobs.find(&id).await.unwrap().unwrap();
    assert_eq!(view.record.state, JobState::Failed);
    assert!(view.record.error.unwrap().contains("each of 3 attempts"));
}

#[tokio::test]
async fn a_job_that_was_cancelled_while_it_waited_is_never_begun() {
    let folder = TempDir::new().unwrap();
    let (_state, jobs, _) = open(&folder).await;
    let job = submitted(&jobs, None).await;
    jobs.cancel(&job).await.unwrap();
    assert!(!jobs.begin(&job).await.unwrap());
    assert_eq!(jobs.find(&job.id).await.unwrap().unwrap().record.state, JobState::Cancelled);
    assert!(jobs.running(&job.id).is_none());
}

#[tokio::test]
async fn a_cancelled_job_that_was_faster_has_succeeded() {
    let folder = TempDir::new().unwrap();
    let (_state, jobs, _) = open(&folder).await;
    let (quick, slow) = (submitted(&jobs, None).await, submitted(&jobs, None).await);
    for job in [&quick, &slow] {
        assert!(jobs.begin(job).await.unwrap());
        jobs.cancel(job).await.unwrap();
    }
    answered(&jobs, &quick, true, None, "{}").await;
    answered(&jobs, &slow, false, Some("Cancelled."), "{}").await;
    let state = async |job: &Job| jobs.find(&job.id).await.unwrap().unwrap().record.state;
    assert_eq!(state(&quick).await, JobState::Succeeded);
    assert_eq!(state(&slow).await, JobState::Cancelled);
}

#[tokio::test]
async fn a_session_keeps_its_latest_jobs_and_so_many_bytes_of_results() {
    let folder = TempDir::new().unwrap();
    let (state, jobs, _) = open(&folder).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        let job = submitted(&jobs, None).await;
        assert!(jobs.begin(&job).await.unwrap());
        answered(&jobs, &job, true, None, r#"{"success":true}"#).await;
        ids.push(job.id.clone());
    }
    let other = NewJob { session_id: "another", ..new(None) };
    let other = jobs.submit(other, Bytes::from_static(BODY), usize::MAX).await.unwrap().0.unwrap();
    jobs.cancel(&other).await.unwrap();
    state.close().await.unwrap();
    let mut file = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
    let kept = |file: &rusqlite::Connection, table: &str| -> Vec<String> {
        let query = format!("SELECT job_id FROM {table} ORDER BY rowid");
        let mut rows = file.prepare(&query).unwrap();
        let rows = rows.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let length: i64 = file
        .query_row("SELECT max(length(compressed)) FROM job_results", [], |row| row.get(0))
        .unwrap();
    let tx = file.transaction().unwrap();
    crate::state::trim_jobs(&tx, "a session", 3, 2 * length);
    tx.commit().unwrap();
    assert_eq!(kept(&file, "job_results"), ids[3..]);
    assert_eq!(kept(&file, "jobs"), [&ids[2..], std::slice::from_ref(&other.id)].concat());
    let tx = file.transaction().unwrap();
    crate::state::trim_jobs(&tx, "a session", 3, 0);
    tx.commit().unwrap();
    assert_eq!(kept(&file, "job_results"), ids[4..], "the latest stays, however large");
}

#[tokio::test]
async fn commands_that_wait_are_bounded_by_their_bytes() {
    let folder = TempDir::new().unwrap();
    let (_state, jobs, _) = open(&folder).await;
    // It does not get shorter by compression.
    let mut large = vec![0_u8; 40 << 20];
    aws_lc_rs::rand::fill(&mut large).unwrap();
    let large = Bytes::from(large);
    let first = jobs.submit(new(None), large.clone(), usize::MAX).await.unwrap().0.unwrap();
    let refused = jobs.submit(new(None), large.clone(), usize::MAX).await.unwrap_err();
    assert!(matches!(refused, SubmitError::TooLarge(_)), "{refused}");
    submitted(&jobs, None).await;
    jobs.cancel(&first).await.unwrap();
    jobs.submit(new(None), large, usize::MAX).await.unwrap();
}

#[tokio::test]
async fn finished_jobs_go_when_their_time_is_over_or_their_user_goes() {
    let folder = TempDir::new().unwrap();
    let (state, jobs, _) = open(&folder).await;
    let (over, waits) = (submitted(&jobs, None).await, submitted(&jobs, None).await);
    jobs.cancel(&over).await.unwrap();
    assert_eq!(jobs.all(Listed::OfSession("a session".to_owned())).await.unwrap().len(), 2);
    state.expire_jobs(now() + 1.0).await.unwrap();
    assert_eq!(jobs.find(&over.id).await.unwrap(), None);
    jobs.forget_user("ada").await.unwrap();
    assert!(jobs.find(&waits.id).await.unwrap().is_some());
    jobs.cancel(&waits).await.unwrap();
    jobs.forget_user("ada").await.unwrap();
    assert!(jobs.all(Listed::Latest(10)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_job_whose_caller_went_is_as_one_that_was_submitted_unless_it_is_over() {
    let folder = TempDir::new().unwrap();
    let (state, jobs, _) = open(&folder).await;
    let body = Bytes::from_static(BODY);
    let adopted = jobs.accompany(new(None));
    jobs.adopt(&adopted, body.clone(), 1).await.unwrap();
    assert!(adopted.is_submitted());
    let one_too_many = jobs.accompany(new(None));
    let refused = jobs.adopt(&one_too_many, body.clone(), 1).await.unwrap_err();
    assert!(matches!(refused, SubmitError::LineFull { waiting: 1, limit: 1 }), "{refused}");
    // Cancelled just before: it was never noted, and is known all the same.
    let cancelled = jobs.accompany(new(None));
    jobs.cancel(&cancelled).await.unwrap();
    jobs.adopt(&cancelled, body, usize::MAX).await.unwrap();
    state.close().await.unwrap();

    let (_state, jobs, waiting) = open(&folder).await;
    let ids: Vec<&str> = waiting.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids, [&adopted.id]);
    assert_eq!(jobs.body(&waiting[0]).await.unwrap().as_deref(), Some(BODY));
    let view = jobs.find(&cancelled.id).await.unwrap().unwrap();
    assert_eq!(view.record.state, JobState::Cancelled);
    assert_eq!(jobs.body(&cancelled).await.unwrap(), None);
}

#[tokio::test]
async fn how_far_a_job_is_never_falls_within_an_attempt() {
    let folder = TempDir::new().unwrap();
    let (_state, jobs, _) = open(&folder).await;
    let job = submitted(&jobs, None).await;
    for (reported, shown) in [(0.2, 0.2), (0.1, 0.2), (f64::NAN, 0.2), (0.3, 0.3)] {
        job.report(Report { fraction: reported, ..Report::default() });
        assert_eq!(job.view().progress(), shown);
    }
    assert!(jobs.begin(&job).await.unwrap());
    assert!(jobs.again(&job).await);
    job.report(Report { fraction: 0.1, ..Report::default() });
    assert_eq!(job.view().progress(), 0.1);
}

#[tokio::test]
async fn a_job_that_is_cancelled_while_it_runs_does_not_wait_again() {
    let folder = TempDir::new().unwrap();
    let (_state, jobs, _) = open(&folder).await;
    let job = submitted(&jobs, None).await;
    assert!(jobs.begin(&job).await.unwrap());
    jobs.cancel(&job).await.unwrap();
    assert!(!jobs.again(&job).await);
    jobs.cancelled(vec![job.clone()], CANCELLED).await;
    let record = jobs.find(&job.id).await.unwrap().unwrap().record;
    assert_eq!((record.state, record.error.as_deref()), (JobState::Cancelled, Some(CANCELLED)));
}

#[tokio::test]
async fn what_is_given_up_while_it_is_kept_is_no_job_that_waits() {
    let folder = TempDir::new().unwrap();
    let (state, jobs, _) = open(&folder).await;
    let body = Bytes::from_static(BODY);
    let before = jobs.accompany(new(None));
    jobs.forget(&before);
    jobs.adopt(&before, body.clone(), usize::MAX).await.unwrap();
    let after = jobs.accompany(new(None));
    jobs.adopt(&after, body, usize::MAX).await.unwrap();
    jobs.forget(&after);
    jobs.settle_now().await;
    assert!(jobs.sessions_at_work().is_empty());
    state.close().await.unwrap();

    let (_state, jobs, waiting) = open(&folder).await;
    assert!(waiting.is_empty());
    for job in [&before, &after] {
        let record = jobs.find(&job.id).await.unwrap().unwrap().record;
        assert_eq!(record.state, JobState::Cancelled);
    }
}
