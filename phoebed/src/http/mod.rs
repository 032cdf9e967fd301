//! The public HTTP API: routes, their order of checks, their description. Knows sessions, and
//! neither SQL nor ZeroMQ nor process ids.

mod auth;
mod body;
mod client_address;
mod dash;
mod docs;
mod error;
mod fallback;
mod request_id;
mod send;
mod serve;
mod session_id;
mod state;
mod system;

use std::sync::Arc;
use std::time::Duration;

use aide::axum::ApiRouter;
use axum::Router;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use phoebed_common::api::AuthMode;
use phoebed_common::config::{Level, Server};
use tokio::sync::watch;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use tower_http::cors::CorsLayer;

use crate::sessions::Sessions;
pub use serve::{Limits, serve};
use state::{AppState, Shared};

/// Smaller answers are not worth compressing, in bytes.
const COMPRESS_ABOVE: u16 = 4096;

/// What the API needs.
#[derive(Debug)]
pub struct ApiOptions {
    /// The sessions.
    pub sessions: Sessions,
    /// How callers prove who they are.
    pub auth_mode: AuthMode,
    /// Limits, proxies and CORS.
    pub server: Server,
    /// How long a request waits for the engine.
    pub engine_wait: Duration,
    /// The level at which requests are logged.
    pub access_level: watch::Receiver<Level>,
}

/// The whole API as a service.
pub fn router(options: ApiOptions) -> Router {
    let ApiOptions { sessions, auth_mode, server, engine_wait, access_level } = options;
    let mut document = docs::document();
    let routes = api_routes().finish_api(&mut document);
    let paths = document.paths.iter().flat_map(|paths| paths.paths.keys().cloned());
    let known = fallback::KnownPaths::new(paths.chain(docs::PATHS.map(str::to_owned)));
    let state: Shared = Arc::new(AppState {
        sessions,
        auth_mode,
        body_limits: body::BodyLimits { size: server.max_body.bytes(), time: server.body_timeout },
        engine_wait,
        access_level,
        openapi: openapi_json(&document),
        server,
    });
    let cors = cors(&state.server.cors_origins);
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(COMPRESS_ABOVE));
    let app = routes
        .merge(docs::routes())
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .fallback(move |uri| fallback::not_found(uri, known.clone()))
        .layer(compression)
        .layer(from_fn_with_state(state.clone(), request_id::identify))
        .with_state(state);
    match cors {
        Some(cors) => app.layer(cors),
        None => app,
    }
}

fn api_routes() -> ApiRouter<Shared> {
    ApiRouter::new()
        .merge(system::routes())
        .merge(auth::routes())
        .merge(dash::routes())
        .merge(send::routes())
}

/// The OpenAPI document of the public API, as `/openapi.json` gives it.
pub fn openapi() -> serde_json::Value {
    let mut document = docs::document();
    let _: Router<Shared> = api_routes().finish_api(&mut document);
    document_value(&document)
}

fn document_value(document: &aide::openapi::OpenApi) -> serde_json::Value {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    phoebed_common::api::unwrap_descriptions(&mut value);
    value
}

fn openapi_json(document: &aide::openapi::OpenApi) -> axum::body::Bytes {
    document_value(document).to_string().into()
}

fn cors(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let origins: Vec<HeaderValue> =
        origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    Some(
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
            .expose_headers([header::RETRY_AFTER, header::HeaderName::from_static("x-request-id")]),
    )
}
