//! Cross-origin requests from browsers: off unless `[server] cors_origins` names the origin, at
//! the moment of the request. Never with credentials: tokens travel in a header that a page sets
//! itself, and nothing here reads a cookie.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower::{Layer, ServiceExt};
use tower_http::cors::CorsLayer;

use super::rates;
use super::state::Shared;

/// Answers preflight requests and marks answers, when there are origins at all.
pub async fn apply(State(state): State<Shared>, request: Request, next: Next) -> Response {
    let layer = layer(&state.settings.borrow().server.cors_origins);
    match layer {
        None => next.run(request).await,
        // What is answered here comes to no other layer. A refused one needs no marks: a page never
        // reads the answer to its preflight.
        Some(_)
            if request.method() == Method::OPTIONS
                && let Err(too_many) = rates::check(&state, &request) =>
        {
            too_many.into_response()
        }
        Some(layer) => match layer.layer(next).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
    }
}

fn layer(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let origins: Vec<HeaderValue> =
        origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    Some(
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST, Method::DELETE])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
            .expose_headers([header::RETRY_AFTER, HeaderName::from_static("x-request-id")]),
    )
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::Body;
    use axum::http::header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    };
    use tower::service_fn;

    use super::*;

    #[tokio::test]
    async fn credentials_are_never_allowed_and_no_origin_is_any() {
        let origin = "https://lab.example.org";
        let layer = layer(&[origin.to_owned()]).unwrap();
        for (method, from) in
            [("OPTIONS", origin), ("GET", origin), ("OPTIONS", "null"), ("GET", "https://e.org")]
        {
            let request = Request::builder().method(method).header(ORIGIN, from);
            let request = request.header(ACCESS_CONTROL_REQUEST_METHOD, "DELETE");
            let service = layer.layer(service_fn(async |_: Request| {
                Ok::<_, Infallible>(Response::new(Body::empty()))
            }));
            let answer = service.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let header = |name| answer.headers().get(name).map(|v| v.to_str().unwrap());
            assert_eq!(header(ACCESS_CONTROL_ALLOW_CREDENTIALS), None);
            let allowed = header(ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(allowed, (from == origin).then_some(origin), "{method} {from}");
            if method == "OPTIONS" {
                assert_eq!(header(ACCESS_CONTROL_ALLOW_METHODS), Some("GET,POST,DELETE"));
            }
        }
    }
}
