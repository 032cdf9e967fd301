//! How long a caller waits: a number of seconds in the query.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use phoebed_common::api::ValidationErrorItem;

use super::error::ApiError;
use super::state::Shared;

/// Nobody waits for longer, in seconds: a week.
pub const LONGEST: f64 = 7.0 * 24.0 * 3600.0;

/// `?timeout=`, in seconds: how long the caller waits for a command's answer.
#[derive(Debug)]
pub struct Patience(pub Option<Duration>);

/// `?wait=`, in seconds: how long the caller waits for something to happen.
#[derive(Debug)]
pub struct Wait(pub Option<Duration>);

impl FromRequestParts<Shared> for Patience {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, ApiError> {
        seconds(parts, "timeout").map(Self)
    }
}

impl FromRequestParts<Shared> for Wait {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, ApiError> {
        seconds(parts, "wait").map(Self)
    }
}

impl aide::OperationInput for Patience {}
impl aide::OperationInput for Wait {}

/// The last value of that name.
fn seconds(parts: &Parts, name: &'static str) -> Result<Option<Duration>, ApiError> {
    let query = parts.uri.query().unwrap_or_default();
    let mut given = query.split('&').filter_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let Some(text) = given.next_back() else { return Ok(None) };
    let number = text.parse().ok().filter(|seconds| (0.0..=LONGEST).contains(seconds));
    match number.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        Some(wait) => Ok(Some(wait)),
        None => Err(ValidationErrorItem::not_seconds(name, LONGEST).into()),
    }
}
