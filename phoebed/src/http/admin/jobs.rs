//! `GET /v1/jobs`, `GET /v1/jobs/{id}`, `POST /v1/jobs/{id}/cancel`: everybody's jobs.

use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::State;
use phoebed_common::admin::{DEFAULT_JOBS, JobQuery, JobsQuery, LONGEST_WAIT, MOST_JOBS, paths};
use phoebed_common::api::{JobList, JobObject};
use tokio::time::timeout;

use super::docs;
use super::error::AdminError;
use super::query::AdminQuery;
use super::segment::Segment;
use super::state::Shared;
use crate::http::docs::{path_parameter, query_parameter, seconds_parameter, text_parameter};
use crate::http::jobs::{cancelled, on_the_wire};
use crate::state::Listed;

/// The routes.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new()
        .api_route(
            paths::JOBS,
            get_with(list, |op| {
                let op = op.summary("Jobs of all sessions, the latest last");
                let op = text_parameter(op, "session", "Those of this session");
                let about = format!("At most so many of the latest; {DEFAULT_JOBS} if absent");
                let op = query_parameter(op, "limit", &about, 1..=MOST_JOBS);
                docs::errors(op.response::<200, Json<JobList>>(), &[400, 503])
            }),
        )
        .api_route(
            paths::JOB,
            get_with(show, |op| {
                let op = path_parameter(op.summary("One job"), "id", "The job's id");
                let about = "As soon as it is another than now, or after so many seconds";
                let op = seconds_parameter(op, "wait", about, LONGEST_WAIT);
                docs::errors(op.response::<200, Json<JobObject>>(), &[400, 404, 503])
            }),
        )
        .api_route(
            paths::JOB_CANCEL,
            post_with(cancel, |op| {
                let op = path_parameter(op.summary("Cancel a job"), "id", "The job's id");
                docs::errors(op.response::<200, Json<JobObject>>(), &[403, 404, 409, 503])
            }),
        )
}

async fn list(
    State(state): State<Shared>,
    AdminQuery(JobsQuery { session, limit }): AdminQuery<JobsQuery>,
) -> Result<Json<JobList>, AdminError> {
    let limit = limit.unwrap_or(DEFAULT_JOBS);
    if !(1..=MOST_JOBS).contains(&limit) {
        let why = format!("the query: limit is 1 to {MOST_JOBS}");
        return Err(AdminError::BadRequest(why));
    }
    let most = u32::try_from(limit).unwrap_or(u32::MAX);
    let which = session.map_or(Listed::Latest(most), Listed::OfSession);
    let mut views = state.sessions.jobs().all(which).await?;
    views.drain(..views.len().saturating_sub(limit));
    Ok(Json(JobList { jobs: views.into_iter().map(on_the_wire).collect() }))
}

async fn show(
    State(state): State<Shared>,
    Segment(id): Segment,
    AdminQuery(JobQuery { wait }): AdminQuery<JobQuery>,
) -> Result<Json<JobObject>, AdminError> {
    let wait = wait.unwrap_or(0.0);
    if !(0.0..=LONGEST_WAIT).contains(&wait) {
        let why = format!("the query: wait is 0 to {LONGEST_WAIT} seconds");
        return Err(AdminError::BadRequest(why));
    }
    let jobs = state.sessions.jobs();
    if let Some(job) = jobs.running(&id).filter(|_| wait > 0.0) {
        let (now, mut views) = job.subscribe();
        let next = tokio::select! {
            next = timeout(Duration::from_secs_f64(wait), views.recv()) => next,
            () = state.shutdown.cancelled() => return Ok(Json(on_the_wire(now))),
        };
        return Ok(Json(on_the_wire(next.ok().and_then(Result::ok).unwrap_or(now))));
    }
    let view = jobs.find(&id).await?.ok_or(AdminError::NoJob(id))?;
    Ok(Json(on_the_wire(view)))
}

async fn cancel(
    State(state): State<Shared>,
    Segment(id): Segment,
) -> Result<Json<JobObject>, AdminError> {
    let jobs = state.sessions.jobs().clone();
    let Some(job) = jobs.running(&id) else {
        let is_known = jobs.find(&id).await?.is_some();
        return Err(if is_known { AdminError::JobOver(id) } else { AdminError::NoJob(id) });
    };
    let view = cancelled(&jobs, &job).await?;
    Ok(Json(on_the_wire(view)))
}
