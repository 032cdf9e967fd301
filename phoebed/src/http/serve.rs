//! Connections, over TCP and over Unix sockets: accepted up to a limit, HTTP/1.1 and HTTP/2, with a
//! time limit for the head of each request, and an orderly end.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::watch;
use tower::ServiceExt;

use super::listener::Listener;

/// After `accept` failed, for instance for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Limits on connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time; more wait in the kernel's queue.
    pub connections: usize,
    /// Time for the head of a request.
    pub header: Duration,
    /// Time for requests in flight when the daemon stops.
    pub grace: Duration,
}

/// Serves on all listeners until `stop` resolves, then lets requests in flight finish. Each
/// request has the peer among its extensions.
pub async fn serve<L: Listener>(
    listeners: Vec<L>,
    app: Router,
    mut limits: watch::Receiver<Limits>,
    stop: impl Future<Output = ()>,
) {
    let open = OpenConnections(watch::Sender::new(0));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            (stream, peer) = accept(&listeners, &open, &mut limits) => {
                let guard = open.enter();
                let app = app.clone();
                let served_peer = peer.clone();
                let spoke = Arc::new(AtomicBool::new(false));
                let heard = spoke.clone();
                let service = service_fn(move |request: hyper::Request<Incoming>| {
                    heard.store(true, Ordering::Relaxed);
                    answer(app.clone(), request, served_peer.clone())
                });
                let first_request = tokio::time::sleep(limits.borrow().header);
                let builder = builder(*limits.borrow());
                let io = TokioIo::new(stream);
                let connection =
                    builder.serve_connection_with_upgrades(io, service).into_owned();
                let connection = graceful.watch(connection);
                tokio::spawn(async move {
                    // A connection that fails is the client's affair: it left, or was too slow.
                    if let Err(error) = until_silent(connection, first_request, &spoke).await {
                        log::debug!("connection of {peer}: {error}");
                    }
                    drop(guard);
                });
            }
        }
    }
    drop(listeners);
    let grace = limits.borrow().grace;
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        log::warn!(
            "requests were still in flight after {} s (shutdown.grace_seconds)",
            grace.as_secs_f64()
        );
    }
}

/// Drives a connection to its end, or drops it when no request came in time. hyper limits the
/// time of a head only once it knows the version of HTTP, for which it waits without end.
async fn until_silent<E>(
    connection: impl Future<Output = Result<(), E>>,
    first_request: tokio::time::Sleep,
    spoke: &AtomicBool,
) -> Result<(), E> {
    tokio::pin!(connection, first_request);
    tokio::select! {
        ended = &mut connection => return ended,
        () = &mut first_request => {}
    }
    if spoke.load(Ordering::Relaxed) { connection.await } else { Ok(()) }
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

async fn answer<P: Clone + Send + Sync + 'static>(
    app: Router,
    mut request: hyper::Request<Incoming>,
    peer: P,
) -> Result<axum::response::Response, Infallible> {
    request.extensions_mut().insert(peer);
    app.oneshot(request.map(axum::body::Body::new) as Request).await
}

/// The next connection of any listener, once there is room for it.
async fn accept<L: Listener>(
    listeners: &[L],
    open: &OpenConnections,
    limits: &mut watch::Receiver<Limits>,
) -> (L::Stream, L::Peer) {
    loop {
        open.room(limits).await;
        let accepts = listeners.iter().map(|listener| Box::pin(listener.accept()));
        let (accepted, ..) = futures_util::future::select_all(accepts).await;
        match accepted {
            Ok(connection) => return connection,
            Err(error) => {
                log::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// How many connections are open.
#[derive(Clone)]
struct OpenConnections(watch::Sender<usize>);

/// Counts as one connection until it is dropped.
struct OpenConnection(OpenConnections);

impl OpenConnections {
    /// Waits until there are fewer than the limit, which may change meanwhile.
    async fn room(&self, limits: &mut watch::Receiver<Limits>) {
        let mut open = self.0.subscribe();
        loop {
            let most = limits.borrow_and_update().connections;
            tokio::select! {
                _ = open.wait_for(|open| *open < most) => return,
                Ok(()) = limits.changed() => {}
            }
        }
    }

    fn enter(&self) -> OpenConnection {
        self.0.send_modify(|open| *open += 1);
        OpenConnection(self.clone())
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.0.send_modify(|open| *open -= 1);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn a_raised_limit_lets_the_next_connection_in_and_a_lowered_one_waits() {
        let limits = |connections| Limits { connections, header: SOON, grace: SOON };
        let (sender, mut receiver) = watch::channel(limits(1));
        let open = OpenConnections(watch::Sender::new(0));
        let first = open.enter();
        assert!(timeout(SOON, open.room(&mut receiver)).await.is_err());
        sender.send_replace(limits(2));
        open.room(&mut receiver).await;
        let second = open.enter();
        sender.send_replace(limits(1));
        drop(first);
        assert!(timeout(SOON, open.room(&mut receiver)).await.is_err());
        drop(second);
        open.room(&mut receiver).await;
    }
}
