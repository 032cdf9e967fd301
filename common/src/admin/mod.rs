//! The bodies of the admin API: what `phoebectl` and the daemon say to each other over the Unix
//! socket, as types with their OpenAPI schemas.
//!
//! | method, path | request | answer |
//! | --- | --- | --- |
//! | GET /v1/ping | | [`Ping`] |
//! | GET /v1/status | | [`Status`] |
//! | GET /v1/sessions | | [`SessionList`] |
//! | GET /v1/sessions/{id} | | [`Session`] |
//! | GET /v1/sessions/{id}/logs | [`LogsQuery`] | [`SessionLog`] |
//! | POST /v1/sessions/kill | [`KillRequest`] | [`KillAnswer`] |
//! | GET /v1/jobs | [`JobsQuery`] | [`crate::api::JobList`] |
//! | GET /v1/jobs/{id} | [`JobQuery`] | [`crate::api::JobObject`] |
//! | POST /v1/jobs/{id}/cancel | | [`crate::api::JobObject`] |
//! | GET /v1/ports | | [`Ports`] |
//! | POST /v1/init-db | [`InitDbRequest`] | [`InitDbOutcome`] |
//! | POST /v1/reload | | [`ReloadAnswer`], or 422 with the problems |
//! | GET /v1/config | | [`ConfigAnswer`] |
//! | GET /v1/users | | [`UserList`] |
//! | POST /v1/users | [`NewUser`] | [`UserMade`]; 409 the email is taken |
//! | POST /v1/users/import | [`ImportRequest`] | [`ImportAnswer`] |
//! | GET /v1/users/{user} | | [`User`] |
//! | POST /v1/users/{user}/role | [`RoleRequest`] | [`UserChanged`] |
//! | POST /v1/users/{user}/disable, enable | | [`UserChanged`] |
//! | POST /v1/users/{user}/password | [`PasswordRequest`] | [`UserMade`] |
//! | POST /v1/users/{user}/remove | | [`UserRemoved`] |
//! | GET /v1/tokens | [`TokensQuery`] | [`TokenList`] |
//! | POST /v1/tokens | [`TokenRequest`] | [`TokenMade`] |
//! | POST /v1/tokens/{id}/revoke | | [`TokenRevoked`] |
//! | GET /v1/audit | [`AuditQuery`] | [`AuditLog`] |
//! | POST /v1/drain, /v1/undrain | | [`DrainAnswer`] |
//! | POST /v1/shutdown | | 202 [`ShutdownAnswer`] |
//! | GET /v1/openapi.json | | the description of all this |
//!
//! Every answer carries [`VERSION_HEADER`]; every error is an [`ErrorBody`]. Requests refuse
//! members that they do not know, so that a slip does nothing rather than something else; answers
//! may gain members. Times are Unix seconds, durations are seconds, memory is MiB.

mod audit;
mod config;
mod drain;
mod errors;
mod init_db;
mod jobs;
mod kill;
mod logs;
pub mod paths;
mod ping;
mod ports;
mod reload;
mod sessions;
mod shutdown;
mod status;
#[cfg(test)]
mod tests;
mod tokens;
mod users;

pub use audit::{AuditLog, AuditQuery, AuditRecord, DEFAULT_AUDIT, MOST_AUDIT};
pub use config::{ConfigAnswer, ConfigEntry, Origin, Reloading};
pub use drain::DrainAnswer;
pub use errors::{ConfigProblem, ErrorBody};
pub use init_db::{InitDbOutcome, InitDbRequest};
pub use jobs::{DEFAULT_JOBS, JobQuery, JobsQuery, LONGEST_WAIT, MOST_JOBS};
pub use kill::{KillAnswer, KillOutcome, KillRequest, KillRequestError, KillResult};
pub use logs::{DEFAULT_LOGS, LoggedCommand, LogsQuery, MOST_LOGS, SessionLog};
pub use ping::Ping;
pub use ports::{PortHolder, PortUse, Ports};
pub use reload::{Change, ReloadAnswer, Unchanged};
pub use sessions::{RunningCommand, Session, SessionList, SessionState};
pub use shutdown::ShutdownAnswer;
pub use status::{
    Certificate, Engine, EngineState, Guarantee, Memory, PortCounts, Sandbox, SessionCounts,
    Spares, Status, Store, StoreProblem, StoreState,
};
pub use tokens::{Token, TokenList, TokenMade, TokenRequest, TokenRevoked, TokensQuery};
pub use users::{
    ImportAnswer, ImportOutcome, ImportRequest, ImportedUser, MOST_IMPORTED, NewUser,
    PasswordRequest, RoleRequest, User, UserChanged, UserList, UserMade, UserRemoved,
};

/// The header of every answer that holds the daemon's version.
pub const VERSION_HEADER: &str = "x-phoebed-version";
