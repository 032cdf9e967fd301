//! Bodies that nobody reads to their end, because the answer is an error or the route takes none:
//! a client that is still sending then would find its connection broken before it has read the
//! answer. So what it sends is read and dropped, within limits.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::EXPECT;
use hyper::{Request, Version};
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use super::phase::Exchange;

/// How long a client may go on sending.
const LONGEST: Duration = Duration::from_secs(30);
/// After this long without a byte it is no longer sending.
const SILENCE: Duration = Duration::from_secs(2);
/// The most it may send, in bytes.
const MOST: u64 = 1 << 30;

/// The body of a request. When it is dropped, the rest of it is read all the same.
#[derive(Debug)]
pub struct LingeringBody {
    /// Taken by `drop` alone.
    body: Option<Incoming>,
    exchange: Exchange,
    /// Whether there may be a rest, and the client sends it in any case.
    is_sent: bool,
    /// It ends a stream without harm to the connection.
    is_http2: bool,
}

impl LingeringBody {
    /// The body of this request in its place.
    pub fn of(request: Request<Incoming>, exchange: &Exchange) -> Request<Self> {
        let is_http2 = request.version() >= Version::HTTP_2;
        // A client that waits for `100 Continue` sends nothing before its body is asked for.
        let is_sent = !request.headers().contains_key(EXPECT) && !request.body().is_end_stream();
        request.map(|body| Self { body: Some(body), exchange: exchange.clone(), is_sent, is_http2 })
    }
}

impl Body for LingeringBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(&mut *body).poll_frame(cx));
        let has_rest = matches!(frame, Some(Ok(_))) && !body.is_end_stream();
        // A client that sends a part has been told to go on.
        self.is_sent = has_rest;
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for LingeringBody {
    fn drop(&mut self) {
        let has_rest = self.is_sent && !self.is_http2;
        let Some(body) = self.body.take().filter(|_| has_rest) else { return };
        // Without a runtime the daemon is gone.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(drain(body, self.exchange.clone()));
        }
    }
}

/// Reads and drops the rest; the exchange lasts as long.
async fn drain(mut body: Incoming, _exchange: Exchange) {
    let end = Instant::now() + LONGEST;
    let mut left = MOST;
    loop {
        let patience = end.min(Instant::now() + SILENCE);
        let Ok(Some(Ok(frame))) = timeout_at(patience, body.frame()).await else { return };
        let length = frame.data_ref().map_or(0, Bytes::len) as u64;
        match left.checked_sub(length) {
            Some(less) => left = less,
            None => return,
        }
    }
}
