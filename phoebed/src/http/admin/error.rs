//! Every error of the admin API and the one place where it becomes a status.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use phoebed_common::admin::{ErrorBody, KillRequestError};
use phoebed_common::config::ConfigError;

use crate::auth::AuthError;
use crate::daemon::ReloadError;
use crate::http::jobs::EndOwed;
use crate::state::StateError;
use crate::store::StoreError;

/// What goes wrong with a request.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The request is not understood.
    #[error("{0}")]
    BadRequest(String),
    /// The conditions of a kill make no sense.
    #[error(transparent)]
    Kill(#[from] KillRequestError),
    /// The peer may look and not change.
    #[error("uid {uid} may not change anything here")]
    Forbidden {
        /// The peer.
        uid: u32,
    },
    /// No route.
    #[error("there is no such path")]
    NoSuchPath,
    /// No session, live or logged.
    #[error("there is no session {0}")]
    NoSession(String),
    /// No such job.
    #[error("there is no job {0}")]
    NoJob(String),
    /// Nothing more comes of the job.
    #[error("job {0} is over")]
    JobOver(String),
    /// The end of a job cannot be kept now.
    #[error(transparent)]
    EndOwed(#[from] EndOwed),
    /// What is kept cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// No such user.
    #[error("there is no user {0}")]
    NoUser(String),
    /// No such token.
    #[error("there is no token {0}")]
    NoToken(String),
    /// What is asked for breaks a rule of accounts.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The path has no such method.
    #[error("this path has no such method")]
    MethodNotAllowed,
    /// The new configuration was refused.
    #[error(transparent)]
    Reload(#[from] ReloadError),
    /// The log database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The daemon's own fault.
    #[error("internal error: {0}")]
    Internal(String),
}

impl AdminError {
    fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) | Self::Kill(_) => StatusCode::BAD_REQUEST,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::NoSuchPath
            | Self::NoSession(_)
            | Self::NoJob(_)
            | Self::NoUser(_)
            | Self::NoToken(_) => StatusCode::NOT_FOUND,
            Self::JobOver(_) => StatusCode::CONFLICT,
            Self::State(_) | Self::EndOwed(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Auth(AuthError::Refused(_)) => StatusCode::BAD_REQUEST,
            Self::Auth(AuthError::Busy | AuthError::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Auth(_) => StatusCode::CONFLICT,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Reload(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Store(StoreError::Closed) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(error) if error.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) => StatusCode::CONFLICT,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden { .. } => {
                Some("be root, the daemon's own user, or a member of the group of `[admin] group`")
            }
            Self::Reload(ReloadError::OtherFile { .. }) => {
                Some("put the file back, or restart phoebed")
            }
            Self::Reload(ReloadError::Tls(error)) => Some(error.hint()),
            Self::Reload(_) => Some("`phoebectl config check` says what is wrong with the file"),
            Self::NoSession(_) => Some("`phoebectl sessions list` shows the live ones"),
            Self::NoJob(_) => Some("`phoebectl jobs list` shows them"),
            Self::JobOver(_) => Some("`phoebectl jobs show` tells how it ended"),
            Self::State(error) => error.hint(),
            Self::NoUser(_) => Some("`phoebectl users list` shows them"),
            Self::NoToken(_) => Some("`phoebectl tokens list` shows them"),
            Self::Auth(AuthError::NoKeys) => {
                Some("tokens are issued in mode \"jwt\" only: `[auth] mode`")
            }
            Self::Store(error) => error.hint(),
            Self::BadRequest(_)
            | Self::Auth(_)
            | Self::Kill(_)
            | Self::EndOwed(_)
            | Self::NoSuchPath
            | Self::MethodNotAllowed
            | Self::Internal(_) => None,
        }
    }

    fn into_body(self) -> ErrorBody {
        let mut body = ErrorBody::of(&self);
        body.hint = self.hint().map(str::to_owned);
        if let Self::Reload(ReloadError::Config(ConfigError::Invalid(problems))) = self {
            // They say the same as the cause, one by one.
            body.causes.clear();
            body.problems = problems.into_iter().map(Into::into).collect();
        }
        body
    }
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        if let Self::Internal(cause) = &self {
            log::error!("admin API: {cause}");
        }
        (self.status(), Json(self.into_body())).into_response()
    }
}

// Handlers return it beside their documented answers, which their routes describe themselves.
impl aide::OperationOutput for AdminError {
    type Inner = ();
}
