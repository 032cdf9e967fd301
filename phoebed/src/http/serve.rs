//! Connections, over TCP and over Unix sockets: accepted up to a limit, HTTP/1.1 and HTTP/2, and an
//! orderly end.

use std::convert::Infallible;
use std::fmt::Display;
use std::pin::Pin;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use hyper::Version;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue, TRANSFER_ENCODING};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::{Builder, Connection};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::accept::Acceptor;
use super::connection::{AnswerBody, FIRST_REQUEST, Watched, drive};
use super::linger::LingeringBody;
use super::listener::{Listener, Socket};
use super::phase::{Exchange, Phase};

/// Limits on connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time; more wait in the kernel's queue.
    pub connections: usize,
    /// Connections at a time from one address; more are closed at once.
    pub per_address: Option<u32>,
    /// Time for the head of a request.
    pub header: Duration,
    /// How long a connection without a request stays open.
    pub keep_alive: Duration,
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
    let mut acceptor = Acceptor::new();
    let closing = CancellationToken::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            (socket, peer, open) = acceptor.accept(&listeners, &mut limits) => {
                let served = serve_one(socket, peer, app.clone(), limits.clone(), closing.clone());
                tokio::spawn(async move {
                    served.await;
                    drop(open);
                });
            }
        }
    }
    drop(listeners);
    closing.cancel();
    let grace = limits.borrow().grace;
    if tokio::time::timeout(grace, acceptor.all_closed()).await.is_err() {
        log::warn!(
            "requests were still in flight after {} s (shutdown.grace_seconds)",
            grace.as_secs_f64()
        );
    }
}

async fn serve_one<S, P>(
    socket: S,
    peer: P,
    app: Router,
    limits: watch::Receiver<Limits>,
    closing: CancellationToken,
) where
    S: Socket,
    P: Clone + Display + Send + Sync + 'static,
{
    let Some(stream) = opened(socket, &peer, &limits, &closing).await else { return };
    let phase = Phase::new(Instant::now());
    let (begins, told) = (phase.clone(), peer.clone());
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let exchange = begins.begin(request.version() >= Version::HTTP_2);
        answer(app.clone(), request, told.clone(), exchange)
    });
    let builder = builder();
    let io = TokioIo::new(Watched { stream, phase: phase.clone() });
    let connection = builder.serve_connection(io, service).into_owned();
    let close = |connection: Pin<&mut Connection<'static, _, _, _>>| connection.graceful_shutdown();
    // A connection that fails is the client's affair: it left, or what it sent is not HTTP.
    if let Err(error) = drive(connection, close, phase, limits, closing).await {
        log::debug!("connection of {peer}: {error}");
    }
}

/// What comes before HTTP, for as long as a head may take, or a first request when the daemon stops.
async fn opened<S: Socket>(
    socket: S,
    peer: &impl Display,
    limits: &watch::Receiver<Limits>,
    closing: &CancellationToken,
) -> Option<S::Stream> {
    let patience = limits.borrow().header;
    let opened = tokio::select! {
        biased;
        opened = tokio::time::timeout(patience, socket.open()) => opened,
        () = async {
            closing.cancelled().await;
            tokio::time::sleep(FIRST_REQUEST).await;
        } => return None,
    };
    match opened {
        Ok(Ok(stream)) => return Some(stream),
        // The client's affair.
        Ok(Err(error)) => log::debug!("connection of {peer}: no handshake: {error}"),
        Err(_elapsed) => log::debug!("connection of {peer}: no handshake in time"),
    }
    None
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // `drive` limits the time of heads: hyper's own limit would count idle time as well.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(64 * 1024);
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
    exchange: Exchange,
) -> Result<hyper::Response<AnswerBody>, Infallible> {
    request.extensions_mut().insert(peer);
    let is_last = request.headers().contains_key(TRANSFER_ENCODING);
    let request = LingeringBody::of(request, &exchange);
    let mut answer = app.oneshot(request.map(axum::body::Body::new) as Request).await?;
    if is_last {
        // It may have had a Content-Length as well, which hyper has dropped: whatever stands before
        // this server could see the end of the request elsewhere (RFC 9112, 6.1).
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(answer.map(|body| AnswerBody::new(body, exchange)))
}
