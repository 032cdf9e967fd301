//! One id for each request, in its answer and in every log line about it; and that line of the
//! access log.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::client_address::ClientAddress;
use super::state::Shared;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST: usize = 128;
/// Paths are cut to so many characters in the log.
const LONGEST_PATH: usize = 200;

/// The id: the client's own if that is harmless, else a new UUID.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

impl RequestId {
    fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get(X_REQUEST_ID).and_then(|id| id.to_str().ok());
        let harmless = |id: &&str| {
            (1..=LONGEST).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
        };
        match sent.filter(harmless) {
            Some(id) => Self(id.to_owned()),
            None => Self(uuid::Uuid::new_v4().to_string()),
        }
    }
}

/// Names the request, passes it on and logs what came of it.
pub async fn identify(State(state): State<Shared>, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let client = ClientAddress::of(&request, &state.settings.borrow().server);
    let (method, path) = (request.method().clone(), readable(request.uri().path()));
    let started = Instant::now();
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(client.clone());
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    let level = state.settings.borrow().access_level.to_log();
    log::log!(
        target: "phoebed::access", level,
        request = id.0.as_str(), client = client.to_string().as_str(),
        seconds = started.elapsed().as_secs_f64();
        "{method} {path} {}", response.status().as_u16()
    );
    response
}

/// A client's text, short and without control characters.
fn readable(path: &str) -> String {
    let mut readable: String = path
        .chars()
        .take(LONGEST_PATH)
        .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    if path.chars().nth(LONGEST_PATH).is_some() {
        readable.push('…');
    }
    readable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_harmless_in_a_log() {
        assert_eq!(readable("/send/ä"), "/send/ä");
        assert_eq!(readable("/\u{9b}31m"), "/\u{fffd}31m");
        assert_eq!(readable(&"x".repeat(10_000)).chars().count(), LONGEST_PATH + 1);
    }

    #[test]
    fn a_harmless_id_is_kept_and_others_are_replaced() {
        let of = |id: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(X_REQUEST_ID, HeaderValue::from_bytes(id).unwrap());
            RequestId::of(&headers).0
        };
        assert_eq!(of(b"lab-7"), "lab-7");
        for bad in [&b""[..], b"a b", &[b'x'; LONGEST + 1], b"\xe4"] {
            assert_eq!(of(bad).len(), 36);
        }
    }
}
