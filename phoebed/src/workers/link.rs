//! The daemon's end of the stream to one worker: a socket pair that the two alone have.
//!
//! Requests are written and answers read by the same future, so neither side can wait for the
//! other to read while nobody does.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::buf::Chain;
use bytes::{Buf, Bytes};
use futures_util::Stream;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio_util::codec::FramedRead;
use tokio_util::io::poll_write_buf;

use super::frame::{Answer, Answers, FrameError, Kind, about, request_prefix};
use super::readiness::set_nonblocking;

/// Room that is kept for answers while none comes.
const IDLE_BUFFER: usize = 1024;

/// Requests and notices that may wait for a worker that does not read: it reads at once, so one that
/// lets them gather is no worker of ours.
const MOST_OUTGOING: usize = 64;

/// Why a worker can no longer be talked to.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It ended, or closed its end of the stream.
    #[error("closed its connection")]
    Closed,
    /// What it sent is no answer.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// It answers and does not read what it is sent.
    #[error("does not read its requests")]
    OutOfStep,
}

/// The stream to one worker.
#[derive(Debug)]
pub struct Link {
    answers: FramedRead<OwnedReadHalf, Answers>,
    writer: OwnedWriteHalf,
    outgoing: VecDeque<Chain<Bytes, Bytes>>,
    last_id: u64,
}

impl Link {
    /// Makes a pair: the daemon's end, which takes results of at most so many bytes, and the
    /// worker's (blocking, closed on exec).
    pub fn pair(max_answer_bytes: u64) -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) =
            socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::SOCK_CLOEXEC)?;
        set_nonblocking(&ours)?;
        let (reader, writer) = UnixStream::from_std(ours.into())?.into_split();
        let answers =
            FramedRead::with_capacity(reader, Answers::up_to(max_answer_bytes), IDLE_BUFFER);
        Ok((Self { answers, writer, outgoing: VecDeque::new(), last_id: 0 }, theirs))
    }

    /// Takes a command (a JSON object) and returns its id, by which its answer will be known.
    /// [`Link::receive`] sends it.
    pub fn request(&mut self, body: Bytes) -> Result<u64, LinkError> {
        self.request_of(Kind::Command, body)
    }

    /// As [`Link::request`], for a request of any kind.
    pub fn request_of(&mut self, kind: Kind, body: Bytes) -> Result<u64, LinkError> {
        if self.outgoing.len() >= MOST_OUTGOING {
            return Err(LinkError::OutOfStep);
        }
        self.last_id += 1;
        self.outgoing.push_back(request_prefix(self.last_id, kind, &body).chain(body));
        Ok(self.last_id)
    }

    /// Has a long request ended; its answer says so.
    pub fn cancel(&mut self, request: u64) -> Result<(), LinkError> {
        self.request_of(Kind::Cancel, about(request, None)).map(drop)
    }

    /// How many processes a long request may keep busy from now on; with none it stops.
    pub fn allow(&mut self, request: u64, processes: u32) -> Result<(), LinkError> {
        self.request_of(Kind::Processes, about(request, Some(processes))).map(drop)
    }

    /// Sends what is to be sent until the next answer is there. Cancel safe: what was not sent
    /// yet is sent by the next call.
    pub async fn receive(&mut self) -> Result<Answer, LinkError> {
        poll_fn(|context| {
            // Both are polled each time; the answer's arrival is what resolves.
            let _ = self.poll_send(context);
            match ready!(Pin::new(&mut self.answers).poll_next(context)) {
                Some(Ok(answer)) => Poll::Ready(Ok(answer)),
                // A peer that died within an answer, or before it read all, ends like this.
                Some(Err(FrameError::Io(_))) | None => Poll::Ready(Err(LinkError::Closed)),
                Some(Err(error)) => Poll::Ready(Err(error.into())),
            }
        })
        .await
    }

    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while let Some(outgoing) = self.outgoing.front_mut() {
            let written = ready!(poll_write_buf(Pin::new(&mut self.writer), context, outgoing));
            // When nobody reads any more, reading tells so, after the last answers.
            if written.is_err() || !outgoing.has_remaining() {
                self.outgoing.pop_front();
            }
        }
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream as Blocking;

    use super::*;

    fn reply(id: u64, body: &[u8]) -> Vec<u8> {
        let header = br#"{"success":true}"#;
        let mut frame = id.to_be_bytes().to_vec();
        frame.extend((header.len() as u32).to_be_bytes());
        frame.extend((body.len() as u64).to_be_bytes());
        frame.extend(0_u64.to_be_bytes());
        frame.extend_from_slice(header);
        frame.extend_from_slice(body);
        frame
    }

    /// Reads one request, as a worker does: its id and its body.
    fn read_request(worker: &mut Blocking) -> (u64, Vec<u8>) {
        let mut prefix = [0; 17];
        worker.read_exact(&mut prefix).unwrap();
        let (id, rest) = prefix.split_at(8);
        let (kind, length) = rest.split_at(1);
        assert_eq!(kind, [0]);
        let length = u64::from_be_bytes(length.try_into().unwrap());
        let mut body = vec![0; usize::try_from(length).unwrap()];
        worker.read_exact(&mut body).unwrap();
        (u64::from_be_bytes(id.try_into().unwrap()), body)
    }

    #[tokio::test]
    async fn a_request_larger_than_the_kernel_holds_goes_out_while_its_answer_is_awaited() {
        let (mut link, theirs) = Link::pair(16 << 20).unwrap();
        let body = Bytes::from(vec![b'x'; 8 << 20]);
        let id = link.request(body.clone()).unwrap();
        let worker = std::thread::spawn(move || {
            let mut worker = Blocking::from(theirs);
            let (id, body) = read_request(&mut worker);
            worker.write_all(&reply(id, &body)).unwrap();
        });
        let answer = link.receive().await.unwrap();
        assert_eq!((answer.id, answer.success), (id, true));
        assert!(answer.body == body);
        worker.join().unwrap();
        assert!(matches!(link.receive().await, Err(LinkError::Closed)));
    }

    #[tokio::test]
    async fn the_last_answer_of_a_worker_that_reads_no_more_is_heard_and_then_its_end() {
        let (mut link, theirs) = Link::pair(1024).unwrap();
        let mut worker = Blocking::from(theirs);
        worker.write_all(&reply(7, b"{}")).unwrap();
        drop(worker);
        link.request(Bytes::from_static(b"{}")).unwrap();
        // The kernel resets the stream of a peer that has gone; what it sent before comes first.
        assert_eq!(link.receive().await.unwrap().id, 7);
        assert!(link.receive().await.is_err());
    }

    #[tokio::test]
    async fn a_worker_that_answers_and_does_not_read_is_found_out() {
        let (mut link, theirs) = Link::pair(1024).unwrap();
        let mut worker = Blocking::from(theirs);
        let mut refused = None;
        for _ in 0..=MOST_OUTGOING {
            match link.request(Bytes::from(vec![b'x'; 1 << 20])) {
                Ok(id) => {
                    worker.write_all(&reply(id, b"{}")).unwrap();
                    assert_eq!(link.receive().await.unwrap().id, id);
                }
                Err(error) => refused = Some(error),
            }
        }
        assert!(matches!(refused, Some(LinkError::OutOfStep)));
    }
}
