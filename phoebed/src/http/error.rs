//! Every error of the public API and the one place where it becomes a status.

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use phoebed_common::api::{ErrorBody, ValidationErrorBody, ValidationErrorItem};

use super::jobs::EndOwed;
use super::rates::TooMany;
use crate::auth::AuthError;
use crate::jobs::SubmitError;
use crate::sessions::{AccessError, CommandError, EndReason, JobRefused, StartSessionError};
use crate::state::StateError;
use crate::workers::StartError;

/// What goes wrong with a request.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The caller did not prove who it is, or its account does not allow it.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The caller's role does not allow it.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The body is not what it should be.
    #[error("invalid body")]
    Invalid(Vec<ValidationErrorItem>),
    /// The body is not even text.
    #[error("There was an error parsing the body")]
    NotText,
    /// The body is larger than allowed.
    #[error("Request body too large: at most {} MiB (server.max_body_mb)", limit >> 20)]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// The body is larger than this path takes.
    #[error("Request body too large: at most {} KiB on this path", limit >> 10)]
    TooLargeHere {
        /// In bytes.
        limit: u64,
    },
    /// The bodies of all requests are as large together as they may be.
    #[error(
        "The server holds {} MiB of request bodies, as many as it may (a multiple of \
         server.max_body_mb); try again later",
        limit >> 20
    )]
    BodiesFull {
        /// In bytes.
        limit: u64,
    },
    /// The body did not come in time.
    #[error("The request body did not arrive in time (server.body_timeout_seconds)")]
    BodyTimeout,
    /// The connection broke within the body.
    #[error("The request body ended early")]
    BodyBroken,
    /// More requests than the operator allows.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// What is asked for does not go with the state that things are in.
    #[error("{0}")]
    Conflict(&'static str),
    /// Nothing is there, in the words of the route.
    #[error("{0}")]
    NotFound(&'static str),
    /// The path has no such method.
    #[error("Method Not Allowed")]
    MethodNotAllowed,
    /// No session for this caller under this id.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// No session was started.
    #[error(transparent)]
    Start(#[from] StartSessionError),
    /// The operator has asked for it.
    #[error("The server takes no new sessions now (it is being drained); try again later")]
    Draining,
    /// The engine is not there.
    #[error(transparent)]
    Engine(StartError),
    /// What is kept of a session cannot be removed.
    #[error(
        "The session was not ended, for what is kept of it could not be removed; it is kept, try \
         again"
    )]
    NotEnded,
    /// The job was not taken.
    #[error(transparent)]
    Job(#[from] JobRefused),
    /// The end of a job cannot be kept now.
    #[error(transparent)]
    EndOwed(#[from] EndOwed),
    /// What is kept cannot be read now.
    #[error("The database cannot be read now")]
    Unreadable(#[source] StateError),
    /// The command was not carried out.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Auth(error) => of_authentication(error),
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotText | Self::BodyBroken => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. } | Self::TooLargeHere { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodiesFull { .. } | Self::Draining => StatusCode::SERVICE_UNAVAILABLE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Conflict(_)
            | Self::Command(CommandError::Deadly { .. } | CommandError::WhileBusy { .. }) => {
                StatusCode::CONFLICT
            }
            Self::Job(JobRefused::Submit(error)) | Self::Command(CommandError::NoJob(error)) => {
                without_job(error)
            }
            Self::Job(JobRefused::Ended(_)) => StatusCode::NOT_FOUND,
            Self::EndOwed(_) | Self::Unreadable(_) | Self::NotEnded => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::NotFound(_) | Self::Access(AccessError::NotFound) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Access(AccessError::NotOwner) => StatusCode::FORBIDDEN,
            Self::Start(error) => without_session(error),
            Self::Engine(error) => without_worker(error),
            Self::Command(CommandError::NoWorker(error)) => without_session(error),
            Self::Command(CommandError::Ended(EndReason::ServerShutdown)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Command(CommandError::Ended(_)) => StatusCode::NOT_FOUND,
            Self::Command(
                CommandError::WorkerDied { .. }
                | CommandError::SessionDied { .. }
                | CommandError::NotKept { .. }
                | CommandError::NotRestored { .. }
                | CommandError::Cancelled
                | CommandError::QueueFull { .. },
            ) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

fn without_job(error: &SubmitError) -> StatusCode {
    match error {
        SubmitError::KeyTaken { .. } => StatusCode::CONFLICT,
        SubmitError::LineFull { .. } | SubmitError::TooLarge(_) => StatusCode::TOO_MANY_REQUESTS,
        SubmitError::NotKept(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn without_session(error: &StartSessionError) -> StatusCode {
    match error {
        StartSessionError::UserLimit { .. }
        | StartSessionError::TooManyKept { .. }
        | StartSessionError::Memory { .. } => StatusCode::TOO_MANY_REQUESTS,
        StartSessionError::NotKept { .. } => StatusCode::SERVICE_UNAVAILABLE,
        StartSessionError::Worker(error) => without_worker(error),
    }
}

fn without_worker(error: &StartError) -> StatusCode {
    match error {
        StartError::PortsExhausted { .. } => StatusCode::TOO_MANY_REQUESTS,
        StartError::Engine(_)
        | StartError::EngineWarming
        | StartError::EngineNotReady(_)
        | StartError::Worker(_)
        | StartError::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn of_authentication(error: &AuthError) -> StatusCode {
    match error {
        AuthError::NoToken
        | AuthError::Expired
        | AuthError::NoSubject
        | AuthError::NoUser
        | AuthError::InvalidToken(_)
        | AuthError::WrongPassword => StatusCode::UNAUTHORIZED,
        AuthError::Disabled | AuthError::RegistrationClosed => StatusCode::FORBIDDEN,
        AuthError::NotInThisMode(_) => StatusCode::NOT_FOUND,
        AuthError::Refused(_) => StatusCode::BAD_REQUEST,
        AuthError::EmailTaken => StatusCode::CONFLICT,
        AuthError::TooManyAttempts { .. } | AuthError::TooManyRegistrations { .. } => {
            StatusCode::TOO_MANY_REQUESTS
        }
        AuthError::Busy | AuthError::Unavailable | AuthError::NoKeys => {
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// When a caller may try again, in seconds: about the time in which a zygote is back.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        let retry_after = match &self {
            Self::Auth(
                AuthError::TooManyAttempts { seconds }
                | AuthError::TooManyRegistrations { seconds, .. },
            ) => HeaderValue::from(*seconds),
            Self::TooMany(too_many) => HeaderValue::from(too_many.retry_after()),
            _ => RETRY_AFTER_SECONDS,
        };
        let mut response = match self {
            Self::Invalid(detail) => (status, Json(ValidationErrorBody { detail })).into_response(),
            other => (status, Json(ErrorBody::new(other.to_string()))).into_response(),
        };
        let headers = response.headers_mut();
        match status {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(RETRY_AFTER, retry_after);
            }
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        response
    }
}

impl From<ValidationErrorItem> for ApiError {
    fn from(item: ValidationErrorItem) -> Self {
        Self::Invalid(vec![item])
    }
}

impl From<StartError> for ApiError {
    fn from(error: StartError) -> Self {
        Self::Engine(error)
    }
}

// Handlers return it beside their documented answers, which their routes describe themselves.
impl aide::OperationOutput for ApiError {
    type Inner = ();
}
