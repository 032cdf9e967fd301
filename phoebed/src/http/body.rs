//! Request bodies: which there are, and what counts as JSON. They are kept as bytes.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use phoebed_common::api::{StartSessionBody, ValidationErrorItem};
use serde::Deserialize;
use serde_json::error::Category;
use tokio::task::JoinError;

use super::error::ApiError;
use super::held::Share;
use super::shape::Shape;
use super::state::Shared;

/// Texts above this are checked on threads of their own: 256 KiB take about a millisecond.
const CHECK_AT_ONCE: usize = 256 * 1024;
/// The largest body of a start: what it holds is kept as long as the session.
const LARGEST_METADATA: u64 = 256 * 1024;
/// The largest body of an auth request, which anybody may send: its members are built in memory.
const LARGEST_AUTH: u64 = 64 * 1024;

/// The body of `POST /send/{session_id}`: a JSON object, kept as it was sent.
#[derive(Debug)]
pub struct CommandBody {
    /// The member `command`, if it is a string; for log and status only.
    pub name: Option<String>,
    /// The object as it was sent.
    pub bytes: Bytes,
}

impl FromRequest<Shared> for CommandBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &Shared) -> Result<Self, ApiError> {
        Self::of(JsonText::read(request, state, u64::MAX).await?).await
    }
}

impl CommandBody {
    /// Takes what was read if it is a JSON object.
    pub async fn of(json: JsonText) -> Result<Self, ApiError> {
        if json.bytes.is_empty() {
            return Err(ValidationErrorItem::missing_body().into());
        }
        match json.shape().await? {
            Shape::Object(name) => Ok(Self { name, bytes: json.bytes }),
            Shape::Other => Err(ValidationErrorItem::not_an_object().into()),
        }
    }
}

/// The body of `POST /dash/start-session`: optional, any object.
#[derive(Debug)]
pub struct MetadataBody(pub StartSessionBody);

impl FromRequest<Shared> for MetadataBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &Shared) -> Result<Self, ApiError> {
        Self::of(JsonText::read(request, state, LARGEST_METADATA).await?).await
    }
}

impl MetadataBody {
    /// Takes what was read if it is an object with the right members, or nothing.
    pub async fn of(json: JsonText) -> Result<Self, ApiError> {
        let trimmed = json.bytes.trim_ascii();
        if trimmed.is_empty() || trimmed == b"null" {
            return Ok(Self(StartSessionBody::default()));
        }
        match json.shape().await? {
            Shape::Object(_) => json.parse().map(Self),
            Shape::Other => Err(ValidationErrorItem::not_an_object().into()),
        }
    }
}

/// The members of the body of an auth request, which is an object and must be there.
#[derive(Debug)]
pub struct AuthBody(pub serde_json::Map<String, serde_json::Value>);

impl FromRequest<Shared> for AuthBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &Shared) -> Result<Self, ApiError> {
        Self::of(JsonText::read(request, state, LARGEST_AUTH).await?).await
    }
}

impl AuthBody {
    /// Takes what was read if it is an object.
    pub async fn of(json: JsonText) -> Result<Self, ApiError> {
        if json.bytes.is_empty() {
            return Err(ValidationErrorItem::missing_body().into());
        }
        if !json.says_json {
            return Err(ValidationErrorItem::not_attributes().into());
        }
        match json.shape().await? {
            Shape::Object(_) => json.parse().map(Self),
            Shape::Other => Err(ValidationErrorItem::not_attributes().into()),
        }
    }
}

impl aide::OperationInput for CommandBody {}
impl aide::OperationInput for MetadataBody {}
impl aide::OperationInput for AuthBody {}

/// A body that was read, and whether it was sent as JSON.
pub struct JsonText {
    /// Whether the Content-Type is JSON's.
    pub says_json: bool,
    /// The whole body.
    pub bytes: Bytes,
}

impl JsonText {
    async fn read(request: Request, state: &Shared, most: u64) -> Result<Self, ApiError> {
        let says_json = says_json(request.headers());
        let limits = state.settings.borrow().body_limits().at_most(most);
        let bytes = limits.read(request.into_body(), Share::of(&state.held)).await?;
        Ok(Self { says_json, bytes })
    }

    async fn shape(&self) -> Result<Shape, ApiError> {
        if !self.says_json {
            return Ok(Shape::Other);
        }
        if self.bytes.len() <= CHECK_AT_ONCE {
            return self.parse();
        }
        let bytes = self.bytes.clone();
        let checked = tokio::task::spawn_blocking(move || parse(&bytes)).await;
        match checked.map_err(JoinError::try_into_panic) {
            Ok(shape) => shape,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // The daemon ends.
            Err(Err(_)) => Err(ApiError::BodyBroken),
        }
    }

    fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ApiError> {
        parse(&self.bytes)
    }
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ApiError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ApiError::NotText)?;
    serde_json::from_str(text).map_err(|error| invalid_json(text, &error))
}

/// Whether the Content-Type is `application/json`, whatever its parameters.
fn says_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = value.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn invalid_json(text: &str, error: &serde_json::Error) -> ApiError {
    let offset = match error.classify() {
        Category::Eof => text.len() as u64,
        Category::Io | Category::Syntax | Category::Data => {
            offset(text, error.line(), error.column())
        }
    };
    // The position is in `loc` already.
    let why = error.to_string();
    let why = why.split(" at line ").next().unwrap_or("invalid");
    ValidationErrorItem::invalid_json(offset, why).into()
}

/// Where line and column (both counted from 1, columns in bytes) are in the text.
fn offset(text: &str, line: usize, column: usize) -> u64 {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_points_at_the_fault() {
        let text = "{\n  \"a\": nope\n}";
        let error = serde_json::from_str::<Shape>(text).unwrap_err();
        let offset = offset(text, error.line(), error.column());
        assert_eq!(&text[offset as usize - 1..][..2], "no");
    }

    #[test]
    fn parameters_and_case_of_the_content_type_do_not_matter() {
        for (value, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/plain", false),
            ("application/jsonp", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, value.parse().unwrap());
            assert_eq!(says_json(&headers), json, "{value}");
        }
    }
}
