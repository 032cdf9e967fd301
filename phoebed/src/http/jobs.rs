//! Jobs: `/dash/jobs/…` and those of a session.

use std::sync::Arc;
use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, post_with};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use phoebed_common::api::{JobList, JobObject, JobState, ValidationErrorItem};
use phoebed_common::commands::{WorkerAnswer, WorkerCommand};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::authenticated::Authenticated;
use super::body::CommandBody;
use super::docs;
use super::error::ApiError;
use super::job_docs;
use super::job_events::events;
use super::patience::LONGEST;
use super::send::{display_name, json_bytes};
use super::session_id::SessionId;
use super::state::Shared;
use crate::jobs::{Job, JobView, Jobs};
use crate::sessions::{AccessError, Caller};
use crate::state::{self, Listed};

/// By which a repeated submission is known.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Characters of such a key.
const LONGEST_KEY: usize = 255;
/// How long a caller waits to hear that its job has ended; it ends within a second.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// The routes.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new()
        .api_route(
            "/dash/sessions/{session_id}/jobs",
            post_with(submit, |op| {
                let about = "Have the worker carry out a command as a job";
                let op = docs::session_operation(op, "jobs", about);
                let about = "A name of your own for the job: the same again gives the same job";
                let op = job_docs::header(op, "Idempotency-Key", about, LONGEST_KEY);
                let op = docs::json_body::<WorkerCommand>(op).response::<202, Json<JobObject>>();
                docs::errors(op, &[409, 422, 429])
            })
            .merge(get_with(list, |op| {
                let op = docs::session_operation(op, "jobs", "The jobs of a session");
                docs::errors(op.response::<200, Json<JobList>>(), &[])
            })),
        )
        .api_route(
            "/dash/jobs/{job_id}",
            get_with(show, |op| {
                let op = job_docs::operation(op, "One job");
                docs::errors(op.response::<200, Json<JobObject>>(), &[])
            })
            .merge(delete_with(cancel, |op| {
                let op = job_docs::operation(op, "Cancel a job");
                docs::errors(op.response::<200, Json<JobObject>>(), &[409])
            })),
        )
        .api_route(
            "/dash/jobs/{job_id}/result",
            get_with(result, |op| {
                let op = job_docs::operation(op, "What the worker answered, as /send would");
                docs::errors(op.response::<200, Json<WorkerAnswer>>(), &[409])
            }),
        )
        .api_route(
            "/dash/jobs/{job_id}/events",
            get_with(events, |op| {
                let about = "How far a job is, as server-sent events, until it is over";
                let op = job_docs::operation(op, about);
                let about = "Answer with the job instead: as soon as it is another than now, or \
                             after so many seconds";
                let op = docs::seconds_parameter(op, "wait", about, LONGEST);
                docs::errors(job_docs::events(op), &[422])
            }),
        )
}

/// A job that the caller may see.
#[derive(Debug)]
pub struct OwnJob {
    /// As it is now.
    pub view: JobView,
    /// While it has not ended.
    pub job: Option<Arc<Job>>,
}

impl FromRequestParts<Shared> for OwnJob {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, ApiError> {
        let Authenticated(caller) = Authenticated::from_request_parts(parts, state).await?;
        let SessionId(id) = SessionId::from_request_parts(parts, state)
            .await
            .unwrap_or_else(|never| match never {});
        let jobs = state.sessions.jobs();
        let (job, found) = match jobs.running(&id) {
            Some(job) => (Some(job), None),
            None => {
                let found = jobs.find(&id).await.map_err(ApiError::Unreadable)?;
                // Looked for again: one that was kept just now is in memory a moment later.
                (jobs.running(&id), found)
            }
        };
        let view = job.as_ref().map(|job| job.view()).or(found);
        let view = view.ok_or(ApiError::NotFound("Job not found"))?;
        if !caller.may_use(view.record.user_id.as_deref()) {
            return Err(ApiError::Forbidden("You are not the owner of this job"));
        }
        Ok(Self { view, job })
    }
}

impl aide::OperationInput for OwnJob {}

/// The `Idempotency-Key`, if there is one.
#[derive(Debug)]
struct Key(Option<String>);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let wrong = || ValidationErrorItem::header("Idempotency-Key", LONGEST_KEY);
        let read = |headers: &HeaderMap| {
            let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
            let text = value.to_str().ok().filter(|text| (1..=LONGEST_KEY).contains(&text.len()));
            text.map(|text| Some(text.to_owned())).ok_or_else(wrong)
        };
        Ok(Self(read(&parts.headers)?))
    }
}

impl aide::OperationInput for Key {}

async fn submit(
    Authenticated(caller): Authenticated,
    State(state): State<Shared>,
    SessionId(id): SessionId,
    Key(key): Key,
    CommandBody { name, bytes }: CommandBody,
) -> Result<Response, ApiError> {
    let session = state.sessions.get(&caller, &id)?;
    let sessions = state.sessions.clone();
    // On a task of its own: a job that is kept is in its session's line, though the client leaves.
    let submitted =
        tokio::spawn(
            async move { sessions.submit(&session, display_name(name), bytes, key).await },
        );
    let (view, _) = submitted.await.unwrap_or_else(|error| {
        std::panic::resume_unwind(error.into_panic());
    })?;
    let location = [(LOCATION, format!("/dash/jobs/{}", view.record.job_id))];
    Ok((StatusCode::ACCEPTED, location, Json(on_the_wire(view))).into_response())
}

async fn list(
    Authenticated(caller): Authenticated,
    State(state): State<Shared>,
    SessionId(id): SessionId,
) -> Result<Json<JobList>, ApiError> {
    let session = state.sessions.get(&caller, &id);
    if let Err(error @ AccessError::NotOwner) = session {
        return Err(error.into());
    }
    let jobs = of_session(state.sessions.jobs(), &caller, &id).await?;
    match session {
        // One that has ended is known by its jobs.
        Err(error) if jobs.is_empty() => Err(error.into()),
        _ => Ok(Json(JobList { jobs })),
    }
}

async fn of_session(jobs: &Jobs, caller: &Caller, id: &str) -> Result<Vec<JobObject>, ApiError> {
    let views = jobs.all(Listed::OfSession(id.to_owned())).await.map_err(ApiError::Unreadable)?;
    let own = views.into_iter().filter(|view| caller.may_use(view.record.user_id.as_deref()));
    Ok(own.map(on_the_wire).collect())
}

async fn show(OwnJob { view, .. }: OwnJob) -> Json<JobObject> {
    Json(on_the_wire(view))
}

async fn cancel(
    State(state): State<Shared>,
    OwnJob { view, job }: OwnJob,
) -> Result<Json<JobObject>, ApiError> {
    let view = match job {
        Some(job) => cancelled(state.sessions.jobs(), &job).await?,
        None => view,
    };
    match view.record.state {
        state::JobState::Succeeded | state::JobState::Failed => {
            Err(ApiError::Conflict("The job was over before it could be cancelled"))
        }
        _ => Ok(Json(on_the_wire(view))),
    }
}

/// A job is over, which could not be kept yet; in the job's own words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EndOwed(String);

impl EndOwed {
    fn of(view: &JobView) -> Self {
        Self(view.record.error.clone().unwrap_or_default())
    }
}

/// Cancels a job and waits until it has ended; what it is then.
pub async fn cancelled(jobs: &Jobs, job: &Arc<Job>) -> Result<JobView, EndOwed> {
    let (mut view, mut views) = job.subscribe();
    // What could not be kept is owed.
    let _ = jobs.cancel(job).await;
    let over = async {
        while !view.record.state.is_finished() && !job.is_owed() {
            match views.recv().await {
                Ok(next) => view = next,
                Err(RecvError::Lagged(_)) => view = job.view(),
                Err(RecvError::Closed) => break,
            }
        }
    };
    // One that computes in the worker itself ends when it is done; it is told as it is.
    let _ = timeout(ENDS_WITHIN, over).await;
    if job.is_owed() { Err(EndOwed::of(&job.view())) } else { Ok(view) }
}

async fn result(State(state): State<Shared>, own: OwnJob) -> Result<Response, ApiError> {
    if own.job.is_some_and(|job| job.is_owed()) {
        return Err(EndOwed::of(&own.view).into());
    }
    let record = own.view.record;
    if !record.state.is_finished() {
        return Err(ApiError::Conflict("The job is not over; its events tell when it is"));
    }
    let jobs = state.sessions.jobs();
    let body = jobs.result(&record.job_id).await.map_err(ApiError::Unreadable)?;
    if body.is_none() && record.state == state::JobState::Succeeded {
        return Err(ApiError::NotFound(
            "The result is kept no more: newer results of the session took its place",
        ));
    }
    let body = body.unwrap_or_else(|| {
        let error = record.error.unwrap_or_else(|| record.state.as_str().to_owned());
        Bytes::from(serde_json::json!({ "success": false, "error": error }).to_string())
    });
    Ok(json_bytes(body.into()))
}

/// The job as it goes to clients and operators.
pub fn on_the_wire(view: JobView) -> JobObject {
    let (progress, remaining_seconds) = (view.progress(), view.remaining());
    let JobView { record, report, processes, elapsed } = view;
    let report = report.as_ref();
    JobObject {
        id: record.job_id,
        session_id: record.session_id,
        user_id: record.user_id,
        command: record.command,
        state: match record.state {
            state::JobState::Queued => JobState::Queued,
            state::JobState::Running => JobState::Running,
            state::JobState::Succeeded => JobState::Succeeded,
            state::JobState::Failed => JobState::Failed,
            state::JobState::Cancelled => JobState::Cancelled,
        },
        progress,
        stage: report.map(|report| report.stage.chars().take(64).collect()),
        step: report.map(|report| report.step),
        steps: report.and_then(|report| report.steps),
        best: report.and_then(|report| report.best).filter(|best| best.is_finite()),
        processes,
        attempts: record.attempts,
        elapsed_seconds: elapsed,
        remaining_seconds,
        submitted_at: record.submitted_at,
        started_at: record.started_at,
        finished_at: record.finished_at,
        error: record.error,
    }
}
