//! The authentication step: extractors, one of which every route takes that is not open to all. A
//! handler that takes one cannot be reached without it; a test walks all routes.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::error::ApiError;
use super::state::Shared;
use crate::auth::{AuthError, Identity};
use crate::sessions::Caller;

/// Who asks, as far as sessions care.
#[derive(Debug)]
pub struct Authenticated(pub Caller);

/// Who asks, as it proved it.
#[derive(Debug)]
pub struct Identified(Option<Identity>);

impl Identified {
    /// It; there is none in mode `none`. To be asked once the body is known to be right, which is
    /// checked before the mode.
    pub fn known(self) -> Result<Identity, ApiError> {
        let nobody = AuthError::NotInThisMode("Not available in current auth mode");
        self.0.ok_or(nobody.into())
    }
}

/// Sees every session.
const INSTRUCTOR: &str = "instructor";
/// Sees and uses every session.
const ADMIN: &str = "admin";

impl FromRequestParts<Shared> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, ApiError> {
        let caller = match identify(&parts.headers, state).await? {
            None => Caller::anonymous(),
            Some(identity) => Caller {
                all_sessions: identity.role == ADMIN,
                sees_all_sessions: [ADMIN, INSTRUCTOR].contains(&identity.role.as_str()),
                user_id: Some(identity.user_id),
                full_name: identity.full_name,
            },
        };
        Ok(Self(caller))
    }
}

impl FromRequestParts<Shared> for Identified {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, ApiError> {
        Ok(Self(identify(&parts.headers, state).await?))
    }
}

/// Whether the caller is still let in, at the end of what takes a while.
pub async fn check_again(headers: &HeaderMap, state: &Shared) -> Result<(), ApiError> {
    identify(headers, state).await?;
    Ok(())
}

async fn identify(headers: &HeaderMap, state: &Shared) -> Result<Option<Identity>, AuthError> {
    let header = headers.get(AUTHORIZATION).map(|value| value.as_bytes());
    state.auth.authenticate(header).await
}

// What they bring into the description of a route: see `docs::authenticated`.
impl aide::OperationInput for Authenticated {}
impl aide::OperationInput for Identified {}
