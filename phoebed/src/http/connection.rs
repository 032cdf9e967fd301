//! One connection from its beginning to its end: what it is at is watched, and one that takes too
//! long over it is closed.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::phase::{Deadline, Exchange, Phase};
use super::serve::Limits;

/// How long a connection that was accepted before the daemon stops may take to send its first request:
/// its client has found a server that listens, and most send at once.
pub const FIRST_REQUEST: Duration = Duration::from_millis(500);

/// Drives a connection to its end. `close` has it take no more requests: when `stop` is cancelled,
/// and when it was idle for too long; where it had no request yet, after the first. A head that does not come in time ends it at once.
pub async fn drive<C, E>(
    connection: C,
    close: impl Fn(Pin<&mut C>),
    phase: Phase,
    limits: watch::Receiver<Limits>,
    stop: CancellationToken,
) -> Result<(), E>
where
    C: Future<Output = Result<(), E>>,
{
    tokio::pin!(connection);
    let timer = sleep(limits.borrow().header);
    tokio::pin!(timer);
    let stopped = stop.cancelled();
    tokio::pin!(stopped);
    let given_up = async {
        stop.cancelled().await;
        sleep(FIRST_REQUEST).await;
    };
    tokio::pin!(given_up);
    let (mut stopping, mut closing) = (false, false);
    poll_fn(|cx| {
        loop {
            stopping = stopping || stopped.as_mut().poll(cx).is_ready();
            let is_last = |phase: &Phase| stopping && !phase.is_fresh();
            if !closing && (is_last(&phase) || given_up.as_mut().poll(cx).is_ready()) {
                closing = true;
                close(connection.as_mut());
            }
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(ended);
            }
            if !closing && is_last(&phase) {
                // Its first request has just come.
                continue;
            }
            let limits = *limits.borrow();
            let deadline = phase.deadline(&limits);
            // One that is to close may have half a head on its way.
            let extra = if closing { limits.header } else { Duration::ZERO };
            // A later deadline is looked at when the timer is over: most requests move none.
            if let Some(deadline) = deadline
                && deadline.at() + extra < timer.deadline().into_std()
            {
                timer.as_mut().reset((deadline.at() + extra).into());
            }
            ready!(timer.as_mut().poll(cx));
            let now = Instant::now();
            let next = match deadline {
                None => now + limits.keep_alive.min(limits.header),
                Some(deadline) if now < deadline.at() + extra => deadline.at() + extra,
                Some(Deadline::Idle(at)) if !closing => {
                    closing = true;
                    close(connection.as_mut());
                    at + limits.header
                }
                Some(_) => return Poll::Ready(Ok(())),
            };
            timer.as_mut().reset(next.into());
        }
    })
    .await
}

/// A stream that tells what comes and goes.
#[derive(Debug)]
pub struct Watched<S> {
    /// The stream.
    pub stream: S,
    /// Whom it tells.
    pub phase: Phase,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.phase.heard();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.phase.said();
        Poll::Ready(Ok(sent))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, parts))?;
        self.phase.said();
        Poll::Ready(Ok(sent))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The body of an answer, until whose end the exchange lasts.
#[derive(Debug)]
pub struct AnswerBody {
    body: axum::body::Body,
    _exchange: Exchange,
}

impl AnswerBody {
    /// The body of this exchange's answer.
    pub fn new(body: axum::body::Body, exchange: Exchange) -> Self {
        Self { body, _exchange: exchange }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
