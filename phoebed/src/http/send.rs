//! `POST /send/{session_id}`: a command for the session's worker, its answer as it came.

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::Serialize;

use super::authenticated::Authenticated;
use super::body::CommandBody;
use super::docs;
use super::error::ApiError;
use super::patience::{LONGEST, Patience};
use super::request_id::RequestId;
use super::session_id::SessionId;
use super::state::Shared;
use crate::sessions::{AccessError, CommandError, EndReason, Outcome, unix_seconds};

/// Command names in log and status are cut to this, in bytes.
const LONGEST_NAME: usize = 64;

/// The route.
pub fn routes() -> ApiRouter<Shared> {
    ApiRouter::new().api_route(
        "/send/{session_id}",
        post_with(send, |op| {
            let op = docs::session_operation(op, "commands", "Have the worker carry out a command");
            let about = "Seconds that the caller waits for the answer; then it is told so, and of \
                         a long command the job to ask for the result";
            let op = docs::worker_command(op);
            let op = docs::seconds_parameter(op, "timeout", about, LONGEST);
            docs::errors(op, &[409, 429])
        }),
    )
}

async fn send(
    Authenticated(caller): Authenticated,
    State(state): State<Shared>,
    SessionId(id): SessionId,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Patience(patience): Patience,
    CommandBody { name, bytes }: CommandBody,
) -> Result<Response, ApiError> {
    let unknown = || ApiError::NotFound("Invalid session ID");
    let session = state.sessions.get(&caller, &id).map_err(|error| match error {
        AccessError::NotFound => unknown(),
        AccessError::NotOwner => error.into(),
    })?;
    let answer = state.sessions.command(&session, display_name(name), bytes, request_id, patience);
    match answer.await {
        Ok(Outcome::Answered(body)) => Ok(json_bytes(body.into())),
        Ok(Outcome::TimedOut { command, seconds, job }) => {
            let location = job.as_deref().map(|id| (LOCATION, format!("/dash/jobs/{id}")));
            let late = Late { job_id: job, ..Late::new("Worker timed out", command, seconds) };
            Ok((AppendHeaders(location), Json(late)).into_response())
        }
        Ok(Outcome::NotBegun { command, busy_with }) => {
            let with = busy_with.map(|it| format!(" ({it})")).unwrap_or_default();
            let text = format!(
                "The session was busy{with} for as long as you wait; this command was not carried \
                 out"
            );
            Ok(Json(Late::new(&text, command, 0)).into_response())
        }
        Ok(Outcome::Busy { command, since, seconds }) => {
            let text = format!(
                "The session is still busy with {command}, for {seconds} s now; its caller was \
                 told that it timed out"
            );
            let busy = Some(Busy { command: command.clone(), since: unix_seconds(since) });
            Ok(Json(Late { busy, ..Late::new(&text, command, seconds) }).into_response())
        }
        // Told as a state of the server, so that the client comes again.
        Err(error @ CommandError::Ended(EndReason::ServerShutdown)) => Err(error.into()),
        Err(CommandError::Ended(_)) => Err(unknown()),
        Err(error) => Err(error.into()),
    }
}

/// The answer when there is none of the worker: a failure with what is known beside it.
#[derive(Debug, Serialize)]
struct Late {
    success: bool,
    error: String,
    command: String,
    seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    busy: Option<Busy>,
    /// Whose result the answer will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<String>,
}

/// What keeps the session busy, and since when (Unix seconds).
#[derive(Debug, Serialize)]
struct Busy {
    command: String,
    since: f64,
}

impl Late {
    fn new(error: &str, command: String, seconds: u64) -> Self {
        let error = error.to_owned();
        Self { success: false, error, command, seconds, busy: None, job_id: None }
    }
}

/// A body that is JSON already.
pub fn json_bytes(body: Body) -> Response {
    let mut response = Response::new(body);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// A client's text, short and without control characters.
pub fn display_name(name: Option<String>) -> String {
    let Some(mut name) = name else { return "(no command)".to_owned() };
    if name.len() > LONGEST_NAME {
        let cut = (0..=LONGEST_NAME).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
        name.truncate(cut);
    }
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_name_is_harmless_in_a_log() {
        assert_eq!(display_name(Some("ping\nroot".into())), "ping\u{fffd}root");
        assert_eq!(display_name(Some("ä".repeat(100))).len(), LONGEST_NAME);
        assert_eq!(display_name(None), "(no command)");
    }
}
