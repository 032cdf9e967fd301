//! Queries of the admin API: refused as a whole when anything in them is not understood.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::AdminError;
use super::state::Shared;

/// What the query asks for.
#[derive(Debug)]
pub struct AdminQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for AdminQuery<T> {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, AdminError> {
        let bad = |why: String| AdminError::BadRequest(format!("the query: {why}"));
        let query = Query::<T>::try_from_uri(&parts.uri);
        query.map(|Query(query)| Self(query)).map_err(|error| bad(error.body_text()))
    }
}

// The routes describe the parameters themselves.
impl<T> aide::OperationInput for AdminQuery<T> {}
