//! The operator's API over a Unix socket: routes, permissions, its own OpenAPI document. One module
//! for each resource or verb, under the names that `phoebectl` has.

mod access;
mod audit;
mod body;
mod config;
mod docs;
mod drain;
mod error;
mod import;
mod init_db;
mod jobs;
mod kill;
mod logs;
mod ping;
mod ports;
mod query;
mod reload;
mod segment;
mod sessions;
mod shutdown;
mod socket;
mod state;
mod status;
mod tokens;
mod users;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use aide::axum::ApiRouter;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use phoebed_common::admin::{VERSION_HEADER, paths};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Certificate;
use crate::auth::Auth;
use crate::daemon::Reloader;
use crate::drain::Drain;
use crate::sessions::Sessions;
use crate::store::Store;
pub use access::{Access, Credentials};
use error::AdminError;
pub use init_db::recreated_as;
pub use socket::{SocketError, adopt, bind, serve};
use state::{AdminState, Shared};
pub use status::session_counts;

/// What the API needs.
#[derive(Debug)]
pub struct Options {
    /// The sessions and, through them, ports and engine.
    pub sessions: Sessions,
    /// Who may do what.
    pub auth: Auth,
    /// The log database.
    pub store: Store,
    /// The configuration.
    pub reloader: Reloader,
    /// Cancelled to stop the daemon.
    pub shutdown: CancellationToken,
    /// Whether new sessions are taken.
    pub drain: Drain,
    /// When the daemon started.
    pub started: Instant,
    /// The addresses of the public API.
    pub listeners: Vec<SocketAddr>,
    /// The certificate that counts, where they speak HTTPS.
    pub certificate: Option<watch::Receiver<Arc<Certificate>>>,
    /// The service manager holds the socket.
    pub socket_stays: bool,
    /// Who may change anything.
    pub access: Access,
}

/// The whole API as a service. Requests must carry the peer's [`Credentials`].
pub fn router(options: Options) -> Router {
    let mut document = docs::document();
    let routes = api_routes().finish_api(&mut document);
    let guard = access::Guard { access: options.access, store: options.store.clone() };
    let state: Shared = Arc::new(AdminState {
        sessions: options.sessions,
        auth: options.auth,
        store: options.store,
        reloader: options.reloader,
        shutdown: options.shutdown,
        drain: options.drain,
        started: options.started,
        socket_stays: options.socket_stays,
        listeners: options.listeners,
        certificate: options.certificate,
        openapi: docs::json(&document),
    });
    routes
        .route(paths::OPENAPI, axum::routing::get(docs::openapi))
        .method_not_allowed_fallback(async || AdminError::MethodNotAllowed)
        .fallback(async || AdminError::NoSuchPath)
        .layer(from_fn_with_state(guard, access::check))
        .layer(from_fn(version))
        .with_state(state)
}

/// The OpenAPI document of the admin API, as [`paths::OPENAPI`] gives it.
pub fn openapi() -> serde_json::Value {
    let mut document = docs::document();
    let _: Router<Shared> = api_routes().finish_api(&mut document);
    docs::value(&document)
}

fn api_routes() -> ApiRouter<Shared> {
    ApiRouter::new()
        .merge(ping::routes())
        .merge(status::routes())
        .merge(sessions::routes())
        .merge(kill::routes())
        .merge(logs::routes())
        .merge(jobs::routes())
        .merge(ports::routes())
        .merge(init_db::routes())
        .merge(config::routes())
        .merge(reload::routes())
        .merge(users::routes())
        .merge(import::routes())
        .merge(tokens::routes())
        .merge(audit::routes())
        .merge(drain::routes())
        .merge(shutdown::routes())
}

/// Every answer says which daemon gives it.
async fn version(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let version = HeaderValue::from_static(env!("CARGO_PKG_VERSION"));
    response.headers_mut().insert(HeaderName::from_static(VERSION_HEADER), version);
    response
}
