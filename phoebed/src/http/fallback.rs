//! Requests that no route takes: a superfluous slash is redirected, the rest is 404 or 405.

use std::sync::Arc;

use axum::http::header::LOCATION;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::error::ApiError;

/// The paths that exist, with `{parameters}`.
#[derive(Debug, Clone)]
pub struct KnownPaths(Arc<[String]>);

impl KnownPaths {
    /// These paths.
    pub fn new(paths: impl Iterator<Item = String>) -> Self {
        Self(paths.collect())
    }

    fn has(&self, path: &str) -> bool {
        self.0.iter().any(|known| {
            let mut wanted = known.split('/');
            let mut segments = path.split('/');
            loop {
                match (wanted.next(), segments.next()) {
                    (None, None) => return true,
                    (Some(w), Some(s)) if w == s || (w.starts_with('{') && !s.is_empty()) => {}
                    _ => return false,
                }
            }
        })
    }
}

/// 307 to the path without its slash if that exists, else 404.
pub async fn not_found(uri: Uri, known: KnownPaths) -> Response {
    let path = uri.path().trim_end_matches('/');
    if path.len() < uri.path().len() && known.has(path) {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let location = format!("{path}{query}");
        return (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response();
    }
    ApiError::NotFound("Not Found").into_response()
}

/// 405; axum adds `Allow`.
pub async fn method_not_allowed() -> ApiError {
    ApiError::MethodNotAllowed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_superfluous_slash_of_a_known_path_is_redirected() {
        let known =
            || KnownPaths::new(["/health", "/send/{session_id}"].map(str::to_owned).into_iter());
        let answer = |uri: &'static str| async move {
            let response = not_found(Uri::from_static(uri), known()).await;
            let location = response.headers().get(LOCATION);
            (response.status().as_u16(), location.map(|l| l.to_str().unwrap().to_owned()))
        };
        assert_eq!(answer("/health/?a=1").await, (307, Some("/health?a=1".into())));
        assert_eq!(answer("/send/x/").await, (307, Some("/send/x".into())));
        assert_eq!(answer("/nothing/").await, (404, None));
        assert_eq!(answer("//example.org/").await, (404, None));
        assert_eq!(answer("/send//").await, (404, None));
    }
}
