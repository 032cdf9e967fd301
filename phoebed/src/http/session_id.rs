//! The path parameter `session_id`. Whatever is no id of a session is simply unknown, so nothing
//! about it is an error of its own.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use std::convert::Infallible;

use super::state::Shared;

/// The id as it stands in the path.
#[derive(Debug)]
pub struct SessionId(pub String);

impl FromRequestParts<Shared> for SessionId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Infallible> {
        let id = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(id.map(|Path(id)| id).unwrap_or_default()))
    }
}

// The routes describe the parameter themselves.
impl aide::OperationInput for SessionId {}
