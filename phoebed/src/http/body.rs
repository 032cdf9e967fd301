//! Request bodies: read within limits of size and time, checked as JSON, kept as bytes.

use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use phoebed_common::api::{RawJson, StartSessionBody, ValidationErrorItem, WellFormed};
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::error::Category;

use super::error::ApiError;
use super::state::Shared;

/// A sender slower than this, beyond the time that everybody has, is cut off (bytes a second).
const SLOWEST: u64 = 16 * 1024;

/// Limits on bodies.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// In bytes.
    pub size: u64,
    /// Time that every body has.
    pub time: Duration,
}

impl BodyLimits {
    async fn read(self, body: Body) -> Result<Bytes, ApiError> {
        let started = Instant::now();
        let mut body = body;
        let mut read = Vec::new();
        let mut first: Option<Bytes> = None;
        let too_large = ApiError::TooLarge { limit: self.size };
        if http_body::Body::size_hint(&body).lower() > self.size {
            return Err(too_large);
        }
        loop {
            let received = (read.len() + first.as_ref().map_or(0, Bytes::len)) as u64;
            let allowed = self.time + Duration::from_secs(received / SLOWEST);
            let left = allowed.saturating_sub(started.elapsed());
            let frame = tokio::time::timeout(left, body.frame()).await;
            let data = match frame.map_err(|_elapsed| ApiError::BodyTimeout)? {
                None => break,
                Some(Err(_)) => return Err(ApiError::BodyBroken),
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            };
            if received + data.len() as u64 > self.size {
                return Err(too_large);
            }
            // Most bodies are one frame, which is kept as it is.
            match first.take() {
                None if read.is_empty() => first = Some(data),
                None => read.extend_from_slice(&data),
                Some(first) => {
                    read.extend_from_slice(&first);
                    read.extend_from_slice(&data);
                }
            }
        }
        Ok(first.unwrap_or_else(|| read.into()))
    }
}

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
        let json = JsonText::read(request, state).await?;
        if json.bytes.is_empty() {
            return Err(ValidationErrorItem::missing_body().into());
        }
        match json.shape()? {
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
        let json = JsonText::read(request, state).await?;
        let trimmed = json.bytes.trim_ascii();
        if trimmed.is_empty() || trimmed == b"null" {
            return Ok(Self(StartSessionBody::default()));
        }
        match json.shape()? {
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
        let json = JsonText::read(request, state).await?;
        if json.bytes.is_empty() {
            return Err(ValidationErrorItem::missing_body().into());
        }
        if !json.says_json {
            return Err(ValidationErrorItem::not_attributes().into());
        }
        match json.shape()? {
            Shape::Object(_) => json.parse().map(Self),
            Shape::Other => Err(ValidationErrorItem::not_attributes().into()),
        }
    }
}

impl aide::OperationInput for CommandBody {}
impl aide::OperationInput for MetadataBody {}
impl aide::OperationInput for AuthBody {}

/// A body that was read, and whether it was sent as JSON.
struct JsonText {
    says_json: bool,
    bytes: Bytes,
}

impl JsonText {
    async fn read(request: Request, state: &Shared) -> Result<Self, ApiError> {
        let says_json = says_json(request.headers());
        let limits = state.settings.borrow().body_limits();
        Ok(Self { says_json, bytes: limits.read(request.into_body()).await? })
    }

    fn shape(&self) -> Result<Shape, ApiError> {
        if self.says_json { self.parse() } else { Ok(Shape::Other) }
    }

    fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ApiError> {
        let text = std::str::from_utf8(&self.bytes).map_err(|_| ApiError::NotText)?;
        serde_json::from_str(text).map_err(|error| invalid_json(text, &error))
    }
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

/// What a JSON text is, and the last member `command` of an object when that is a string.
#[derive(Debug, PartialEq)]
enum Shape {
    Object(Option<String>),
    Other,
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Shape, A::Error> {
        let mut command = None;
        while let Some(key) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            if key == "command" {
                let value: RawJson = members.next_value()?;
                command = serde_json::from_str(value.text()).ok();
            } else {
                members.next_value::<WellFormed>()?;
            }
        }
        Ok(Shape::Object(command))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        while items.next_element::<WellFormed>()?.is_some() {}
        Ok(Shape::Other)
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Result<Shape, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn the_last_of_duplicate_commands_counts() {
        let twice = r#"{"command":"a","x":[1,{"command":"b"}],"command":"c"}"#;
        assert_eq!(shape(twice).unwrap(), Shape::Object(Some("c".into())));
        assert_eq!(shape(r#"{"command":7}"#).unwrap(), Shape::Object(None));
        assert_eq!(shape("[1,2]").unwrap(), Shape::Other);
    }

    #[test]
    fn what_is_not_json_is_refused_wherever_it_stands() {
        for bad in [
            "{",
            "{\"a\":NaN}",
            "{\"a\":[Infinity]}",
            "{\"a\":1e999}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":1}x",
            "{'a':1}",
            "{\"a\":01}",
        ] {
            assert!(shape(bad).is_err(), "{bad}");
        }
        assert!(shape(&("{\"a\":".to_owned() + &"[".repeat(100_000))).is_err());
    }

    #[test]
    fn the_offset_points_at_the_fault() {
        let text = "{\n  \"a\": nope\n}";
        let error = shape(text).unwrap_err();
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
