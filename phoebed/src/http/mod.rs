//! The public HTTP API: routes, their order of checks, their description; and in [`admin`] the
//! operator's. Knows sessions, and neither SQL nor worker processes.

mod accept;
pub mod admin;
mod auth;
mod authenticated;
pub(crate) mod body;
mod body_limits;
mod certificate;
mod client_address;
mod connection;
mod cors;
mod dash;
mod docs;
mod error;
mod fallback;
mod held;
mod job_docs;
mod job_events;
mod jobs;
mod linger;
mod listener;
mod pages;
mod patience;
mod phase;
mod rates;
mod request_id;
mod safety_headers;
mod send;
mod serve;
mod session_id;
mod settings;
mod shape;
mod state;
mod system;
mod tls;
mod validity;

use std::sync::Arc;

use aide::axum::ApiRouter;
use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use crate::auth::Auth;
use crate::drain::Drain;
use crate::sessions::Sessions;
pub use certificate::{Certificate, TlsError};
pub use serve::{Limits, serve};
pub use settings::HttpSettings;
use state::{AppState, Shared};
pub use tls::TlsListener;
pub use validity::Validity;

/// Smaller answers are not worth compressing, in bytes.
const COMPRESS_ABOVE: u16 = 4096;

/// What the API needs.
#[derive(Debug)]
pub struct ApiOptions {
    /// The sessions.
    pub sessions: Sessions,
    /// Who may do what.
    pub auth: Auth,
    /// Whether it takes new sessions.
    pub drain: Drain,
    /// What can be changed while the daemon runs.
    pub settings: watch::Receiver<HttpSettings>,
    /// The daemon stops.
    pub stopping: CancellationToken,
}

/// The whole API as a service.
pub fn router(options: ApiOptions) -> Router {
    let ApiOptions { sessions, auth, drain, settings, stopping } = options;
    let mut document = docs::document();
    let routes = api_routes().finish_api(&mut document);
    let paths = document.paths.iter().flat_map(|paths| paths.paths.keys().cloned());
    let known = fallback::KnownPaths::new(paths.chain(docs::paths().map(str::to_owned)));
    let state: Shared = Arc::new(AppState {
        sessions,
        auth,
        drain,
        settings,
        stopping,
        held: Arc::default(),
        rates: Default::default(),
        openapi: openapi_json(&document),
    });
    let compression = CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(
        SizeAbove::new(COMPRESS_ABOVE).and(NotForContentType::const_new("text/event-stream")),
    );
    routes
        .merge(docs::routes())
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .fallback(move |uri| fallback::not_found(uri, known.clone()))
        .layer(compression)
        // Within CORS, so that a page of another origin can read why it is refused.
        .layer(from_fn_with_state(state.clone(), rates::limit))
        .layer(from_fn_with_state(state.clone(), cors::apply))
        .layer(from_fn_with_state(state.clone(), request_id::identify))
        .layer(from_fn_with_state(state.clone(), safety_headers::add))
        .with_state(state)
}

fn api_routes() -> ApiRouter<Shared> {
    ApiRouter::new()
        .merge(system::routes())
        .merge(auth::routes())
        .merge(dash::routes())
        .merge(send::routes())
        .merge(jobs::routes())
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
