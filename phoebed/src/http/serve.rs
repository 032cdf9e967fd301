//! Connections of the public API: accepted up to a limit, HTTP/1.1 and HTTP/2, with a time limit
//! for the head of each request, and an orderly end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

use super::client_address::Peer;

/// After `accept` failed, for instance for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Limits on connections.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time; more wait in the kernel's queue.
    pub connections: usize,
    /// Time for the head of a request.
    pub header: Duration,
    /// Time for requests in flight when the daemon stops.
    pub grace: Duration,
}

/// Serves on all listeners until `stop` resolves, then lets requests in flight finish.
pub async fn serve(
    listeners: Vec<TcpListener>,
    app: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let permits = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            (stream, peer, permit) = accept(&listeners, &permits) => {
                let io = TokioIo::new(stream);
                let app = app.clone();
                let service = service_fn(move |request: hyper::Request<Incoming>| {
                    answer(app.clone(), request, peer)
                });
                let builder = builder(limits);
                let connection =
                    builder.serve_connection_with_upgrades(io, service).into_owned();
                let connection = graceful.watch(connection);
                tokio::spawn(async move {
                    // A connection that fails is the client's affair: it left, or was too slow.
                    if let Err(error) = connection.await {
                        log::debug!("connection of {peer}: {error}");
                    }
                    drop(permit);
                });
            }
        }
    }
    drop(listeners);
    if tokio::time::timeout(limits.grace, graceful.shutdown()).await.is_err() {
        log::warn!(
            "requests were still in flight after {} s (shutdown.grace_seconds)",
            limits.grace.as_secs()
        );
    }
}

fn builder(limits: Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .max_buf_size(64 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .keep_alive_interval(Duration::from_secs(30));
    builder
}

async fn answer(
    app: Router,
    mut request: hyper::Request<Incoming>,
    peer: SocketAddr,
) -> Result<axum::response::Response, Infallible> {
    request.extensions_mut().insert(Peer(peer));
    app.oneshot(request.map(axum::body::Body::new) as Request).await
}

/// The next connection of any listener, once there is room for it.
async fn accept(
    listeners: &[TcpListener],
    permits: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        let Ok(permit) = permits.clone().acquire_owned().await else {
            std::future::pending::<()>().await;
            continue;
        };
        let accepts = listeners.iter().map(|listener| Box::pin(listener.accept()));
        let (accepted, ..) = futures_util::future::select_all(accepts).await;
        match accepted {
            Ok((stream, peer)) => {
                // Small answers must not wait for an acknowledgement.
                if let Err(error) = stream.set_nodelay(true) {
                    log::debug!("connection of {peer}: {error}");
                }
                return (stream, peer, permit);
            }
            Err(error) => {
                log::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
