//! The bodies of the public HTTP API: what clients send and get, as types with their OpenAPI
//! schemas.
//!
//! The names and shapes are those that clients in use expect: a field may be added, none renamed
//! or dropped. Types of the wire only; the daemon's own state has its own. The bodies of
//! `POST /send/{session_id}` are in [`crate::commands`]. No `Debug` shows a password or a token.

mod auth;
mod errors;
mod fields;
mod jobs;
mod raw_json;
pub(crate) mod schema;
mod secret;
mod service;
mod sessions;
#[cfg(test)]
pub(crate) mod tests;

pub use auth::{
    AuthConfig, AuthMode, ChangePasswordBody, DeleteAccountBody, Done, LoginBody, RegisterBody,
    TokenAnswer, TokenType, UserInfo,
};
pub use errors::{ErrorBody, LocPart, ValidationErrorBody, ValidationErrorItem};
pub use jobs::{JobList, JobObject, JobState};
pub use raw_json::{RawJson, WellFormed};
pub use schema::unwrap_descriptions;
pub use secret::Secret;
pub use service::{
    Health, HealthStatus, Passbands, PassbandsAnswer, PortStatus, Ready, ReadyStatus, RunStatus,
    ServiceInfo, ServiceName,
};
pub use sessions::{
    EndSession, MemUsed, SessionMemory, SessionObject, SessionStatus, Sessions, StartSessionBody,
};
