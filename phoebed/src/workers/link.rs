//! The daemon's ZeroMQ socket to one worker: CURVE-encrypted, non-blocking, driven by tokio
//! through the socket's own event descriptor.
//!
//! That descriptor is edge-triggered and says only "look again": after every wait the socket is
//! tried once more, and no wait happens without a failed try just before it.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Why nothing went over the link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The worker did not take the request in time.
    #[error("the worker did not take the request within {} s", .0.as_secs())]
    SendTimeout(Duration),
    /// ZeroMQ said so.
    #[error("ZeroMQ: {0}")]
    Zmq(#[from] zmq::Error),
    /// The event descriptor failed.
    #[error("the link's event descriptor: {0}")]
    Io(#[from] io::Error),
}

/// The worker's answer to one request.
#[derive(Debug)]
pub struct Answer {
    /// Of the request.
    pub id: u64,
    /// Whether the command succeeded.
    pub success: bool,
    /// The error's text when not.
    pub error: Option<String>,
    /// The client's answer, JSON, passed on as it is.
    pub body: Body,
}

/// A frame as it came from ZeroMQ, passed on without a copy.
#[derive(Debug)]
pub struct Body(zmq::Message);

impl Body {
    /// Its bytes; the frame is freed with the last clone of them.
    pub fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The largest header of an answer, in bytes; an error's text in it is cut by the worker.
const MAX_HEADER: usize = 64 * 1024;

#[derive(Deserialize)]
struct Header {
    success: bool,
    #[serde(default)]
    error: Option<String>,
}

/// The CURVE key pair of the daemon and the ZeroMQ context; one for the daemon's life.
pub struct Links {
    context: zmq::Context,
    keys: zmq::CurveKeyPair,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").finish_non_exhaustive()
    }
}

impl Links {
    /// A fresh key pair. The error says what is missing (libzmq without CURVE).
    pub fn new() -> Result<Self, zmq::Error> {
        Ok(Self { context: zmq::Context::new(), keys: zmq::CurveKeyPair::new()? })
    }

    /// The public half, Z85, for the workers to check.
    pub fn public_key(&self) -> String {
        zmq::z85_encode(&self.keys.public_key).unwrap_or_default()
    }

    /// Connects to the worker that has this public key (Z85), to take answers of at most so many
    /// bytes.
    pub fn connect(
        &self,
        host: &str,
        port: u16,
        worker_key: &str,
        max_answer_bytes: u64,
    ) -> Result<Link, LinkError> {
        let worker_key = zmq::z85_decode(worker_key).map_err(|_| zmq::Error::EINVAL)?;
        let socket = self.context.socket(zmq::DEALER)?;
        socket.set_linger(0)?;
        // Without it, a request to a worker that never completes the handshake waits unseen.
        socket.set_immediate(true)?;
        // One answer is awaited at a time; more than a few in store are a worker's mischief.
        socket.set_rcvhwm(4)?;
        // Room for the id, the header and the text around the result.
        let max = max_answer_bytes.saturating_add(64 * 1024);
        socket.set_maxmsgsize(i64::try_from(max).unwrap_or(i64::MAX))?;
        socket.set_curve_serverkey(&worker_key)?;
        socket.set_curve_publickey(&self.keys.public_key)?;
        socket.set_curve_secretkey(&self.keys.secret_key)?;
        socket.connect(&format!("tcp://{host}:{port}"))?;
        let events = EventDescriptor(socket.get_fd()?);
        // SAFETY: the descriptor is open as long as the socket, which `Link` drops after this.
        let events = unsafe { AsyncFd::register_with_interest(events, Interest::READABLE) };
        let events = events.map_err(io::Error::from)?;
        Ok(Link { events, socket, last_id: 0 })
    }
}

/// Borrowed from the socket, which outlives it.
struct EventDescriptor(RawFd);

impl AsRawFd for EventDescriptor {
    fn as_raw_fd(&self) -> RawFd {
        self.0
    }
}

/// The socket to one worker. The event descriptor is declared, and so dropped, before the socket.
pub struct Link {
    events: AsyncFd<EventDescriptor>,
    socket: zmq::Socket,
    last_id: u64,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("last_id", &self.last_id).finish_non_exhaustive()
    }
}

impl Link {
    /// Sends a request (a JSON object) and returns its id, by which its answer will be known.
    pub async fn send(&mut self, body: &[u8], within: Duration) -> Result<u64, LinkError> {
        let id = self.last_id + 1;
        let frames: [&[u8]; 3] = [&id.to_be_bytes(), b"{}", body];
        let sent = tokio::time::timeout(within, async {
            loop {
                match self.socket.send_multipart(frames, zmq::DONTWAIT) {
                    Err(zmq::Error::EAGAIN) => self.wait(zmq::POLLOUT).await?,
                    result => return result.map_err(LinkError::from),
                }
            }
        });
        sent.await.map_err(|_elapsed| LinkError::SendTimeout(within))??;
        self.last_id = id;
        Ok(id)
    }

    /// The next answer; none for a message that is not understood. Cancel safe.
    pub async fn receive(&mut self) -> Result<Option<Answer>, LinkError> {
        loop {
            match self.receive_frames() {
                Ok(frames) => return Ok(parse(frames)),
                Err(zmq::Error::EAGAIN) => self.wait(zmq::POLLIN).await?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// All frames of the next message, without copying the answer's body. A message with more
    /// than three frames is read to its end, but only the first four are kept.
    fn receive_frames(&mut self) -> Result<Vec<zmq::Message>, zmq::Error> {
        let mut frames = Vec::with_capacity(3);
        loop {
            let frame = self.socket.recv_msg(zmq::DONTWAIT)?;
            let more = frame.get_more();
            if frames.len() < 4 {
                frames.push(frame);
            }
            if !more {
                return Ok(frames);
            }
        }
    }

    /// Waits until something happened on the socket since the try that failed.
    async fn wait(&mut self, wanted: zmq::PollEvents) -> io::Result<()> {
        // Reading the events makes libzmq look at its mailbox, and so re-arms the descriptor.
        if self.socket.get_events().is_ok_and(|events| events.contains(wanted)) {
            return Ok(());
        }
        self.events.readable().await?.clear_ready();
        Ok(())
    }
}

fn parse(frames: Vec<zmq::Message>) -> Option<Answer> {
    let [id, header, body] = <[zmq::Message; 3]>::try_from(frames).ok()?;
    let id = u64::from_be_bytes(id[..].try_into().ok()?);
    if header.len() > MAX_HEADER {
        return None;
    }
    let Header { success, error } = serde_json::from_slice(&header).ok()?;
    Some(Answer { id, success, error, body: Body(body) })
}
