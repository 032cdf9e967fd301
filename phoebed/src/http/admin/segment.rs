//! The one parameter of a path: an id or a name.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::error::AdminError;
use super::state::Shared;

/// The parameter, percent-decoded. What decodes to no text names nothing.
#[derive(Debug)]
pub struct Segment(pub String);

impl FromRequestParts<Shared> for Segment {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, AdminError> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        text.map(|Path(text)| Self(text)).map_err(|_| AdminError::NoSuchPath)
    }
}

// The routes describe the parameter themselves.
impl aide::OperationInput for Segment {}
