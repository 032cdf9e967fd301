//! JSON bodies of the admin API.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::error::AdminError;
use super::state::Shared;

/// In bytes; room for as many users as can be imported at once, and for many thousands of ids.
const LARGEST: usize = 8 << 20;

/// A JSON object; no body is an empty one.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for JsonBody<T> {
    type Rejection = AdminError;

    async fn from_request(request: Request, _: &Shared) -> Result<Self, AdminError> {
        let bytes = to_bytes(request.into_body(), LARGEST).await;
        let bytes = bytes.map_err(|error| AdminError::BadRequest(format!("the body: {error}")))?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let parsed = serde_json::from_slice(text);
        parsed.map(Self).map_err(|error| AdminError::BadRequest(format!("the body: {error}")))
    }
}

impl<T> aide::OperationInput for JsonBody<T> {}
