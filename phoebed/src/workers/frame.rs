//! What goes over the stream between daemon and worker: requests out, answers in, each with its
//! lengths before it. Pure: bytes in, frames out.
//!
//! ```text
//! request   id u64 │ kind u8 │ length of the body u64 │ body
//! answer    id u64 │ lengths: header u32, body u64, state u64 │ header │ body │ state
//! ```
//!
//! An answer whose header has `progress` only says how far the request is.
//!
//! Numbers are big-endian. A client gives no more than the body of a command: the kind stands before
//! it and is the daemon's own, so no client can make another request of a command. The worker runs users' code, so nothing that it announces is believed
//! beyond the limits, and no memory is set aside for bytes that have not come.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::Deserialize;
use tokio_util::codec::Decoder;

/// Bytes before the header of an answer.
const PREFIX: usize = 8 + 4 + 8 + 8;
/// The largest header of an answer, in bytes; the worker cuts an error's text in it.
const MAX_HEADER: u32 = 64 * 1024;
/// Room in an answer beside the result that the limit is for.
const AROUND_THE_RESULT: u64 = 64 * 1024;
/// The largest state that is taken, in bytes: well below what a row of SQLite holds.
pub const MAX_STATE: u64 = 256 << 20;
/// A buffer that has grown beyond this is not kept for the next answer.
const KEPT_BUFFER: usize = 64 * 1024;
/// How far the buffer grows at a time.
const GROWTH: usize = 1024 * 1024;

/// What a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A client's command, as it was sent.
    Command = 0,
    /// The portable state; gives way to the next request.
    Portable = 2,
    /// Become the session whose state this is.
    Restore = 3,
    /// A notice, which has no answer of its own: end the request of this id.
    Cancel = 4,
    /// A notice: the request of this id may keep so many processes busy.
    Processes = 5,
}

/// What a state is: the worker alone can read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Repeats one change, after the states before it.
    Journal,
    /// A whole session, for the same engine.
    Fast,
    /// A whole session, for any engine.
    Portable,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Fast => "fast",
            Self::Portable => "portable",
        }
    }

    // By hand: serde would also read an enum's name from an object.
    fn named(name: &str) -> Option<Self> {
        match name {
            "journal" => Some(Self::Journal),
            "fast" => Some(Self::Fast),
            "portable" => Some(Self::Portable),
            _ => None,
        }
    }
}

/// What has changed in a session, to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// What it is.
    pub form: Form,
    /// Who made it, and in the fast form who alone can read it; a journal entry does not say.
    pub engine: Option<String>,
    /// The state itself.
    pub bytes: Bytes,
}

/// The worker's answer to one request, or a word on the way to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Of the request; 0 when the worker says that it cannot start.
    pub id: u64,
    /// Whether the command succeeded.
    pub success: bool,
    /// The error's text when not.
    pub error: Option<String>,
    /// The client's answer, JSON, passed on as it is.
    pub body: Bytes,
    /// What the command has changed, where the worker was to say it.
    pub state: Option<State>,
    /// Why what it has changed, or may have, is not there.
    pub state_error: Option<String>,
    /// How far the request is; the answer proper is still to come then.
    pub progress: Option<Report>,
}

/// How far a long command says that it is.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct Report {
    /// From 0 to 1.
    pub fraction: f64,
    /// What its steps are: `times`, `iterations`, `samples`, `initial samples`, …
    pub stage: String,
    /// Steps done.
    pub step: u64,
    /// Steps in all, where that is known.
    #[serde(default)]
    pub steps: Option<u64>,
    /// The best logarithm of the probability so far, of a fit.
    #[serde(default)]
    pub best: Option<f64>,
}

impl Eq for Answer {}

/// Why bytes from a worker are not answers. Nothing after them can be understood.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// More than is passed on.
    #[error("sent an answer of {length} bytes, the limit is {limit} (workers.max_answer_mb)")]
    TooLarge {
        /// What it announced.
        length: u64,
        /// What is taken.
        limit: u64,
    },
    /// More than is kept.
    #[error("sent a state of {length} bytes, the limit is {limit}")]
    StateTooLarge {
        /// What it announced.
        length: u64,
        /// What is taken.
        limit: u64,
    },
    /// The header is too long or not what it should be.
    #[error("sent an answer that is not understood: {0}")]
    Header(String),
    /// The stream failed, or ended within an answer.
    #[error("its connection failed: {0}")]
    Io(#[from] io::Error),
}

/// The body of a notice about a request.
pub fn about(request: u64, count: Option<u32>) -> Bytes {
    let mut body = BytesMut::with_capacity(12);
    body.put_u64(request);
    if let Some(count) = count {
        body.put_u32(count);
    }
    body.freeze()
}

/// What stands before the body of a request.
pub fn request_prefix(id: u64, kind: Kind, body: &[u8]) -> Bytes {
    let mut prefix = BytesMut::with_capacity(17);
    prefix.put_u64(id);
    prefix.put_u8(kind as u8);
    prefix.put_u64(body.len() as u64);
    prefix.freeze()
}

/// The body of a request to become a session again: a whole state, and the journal after it in order.
pub fn restore_body(form: Form, engine: &str, state: &[u8], journal: &[Bytes]) -> Bytes {
    let lengths: Vec<usize> = journal.iter().map(Bytes::len).collect();
    let header = serde_json::json!({
        "form": form.name(), "engine": engine, "state": state.len(), "journal": lengths,
    });
    let header = header.to_string();
    let whole = 4 + header.len() + state.len() + lengths.iter().sum::<usize>();
    let mut body = BytesMut::with_capacity(whole);
    #[allow(clippy::cast_possible_truncation, reason = "some bytes for each entry")]
    body.put_u32(header.len() as u32);
    body.put_slice(header.as_bytes());
    body.put_slice(state);
    journal.iter().for_each(|entry| body.put_slice(entry));
    body.freeze()
}

#[derive(Deserialize)]
struct Header {
    success: bool,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    engine: Option<String>,
    #[serde(default)]
    state_error: Option<String>,
    #[serde(default)]
    progress: Option<Report>,
}

fn read_header(header: &[u8]) -> Result<Header, FrameError> {
    // serde would also read the members from a list.
    if !header.trim_ascii_start().starts_with(b"{") {
        return Err(FrameError::Header("its header is not a JSON object".to_owned()));
    }
    serde_json::from_slice(header).map_err(|error| FrameError::Header(error.to_string()))
}

/// The prefix of an answer whose rest has not come yet.
#[derive(Debug, Clone, Copy)]
struct Announced {
    id: u64,
    header: usize,
    body: usize,
    state: usize,
}

/// Takes answers out of a buffer as they become whole.
#[derive(Debug)]
pub struct Answers {
    limit: u64,
    announced: Option<Announced>,
}

impl Answers {
    /// Answers with results of at most so many bytes.
    pub fn up_to(max_answer_bytes: u64) -> Self {
        Self { limit: max_answer_bytes.saturating_add(AROUND_THE_RESULT), announced: None }
    }

    fn prefix(&self, buffer: &mut BytesMut) -> Result<Announced, FrameError> {
        let (id, header, length) = (buffer.get_u64(), buffer.get_u32(), buffer.get_u64());
        let state = buffer.get_u64();
        if header > MAX_HEADER {
            let why = format!("a header of {header} bytes, the limit is {MAX_HEADER}");
            return Err(FrameError::Header(why));
        }
        let too_large = || FrameError::TooLarge { length, limit: self.limit };
        if length > self.limit {
            return Err(too_large());
        }
        let body = usize::try_from(length).map_err(|_| too_large())?;
        let too_large = || FrameError::StateTooLarge { length: state, limit: MAX_STATE };
        if state > MAX_STATE {
            return Err(too_large());
        }
        let state = usize::try_from(state).map_err(|_| too_large())?;
        Ok(Announced { id, header: header as usize, body, state })
    }
}

impl Decoder for Answers {
    type Item = Answer;
    type Error = FrameError;

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Answer>, FrameError> {
        let announced = match self.announced {
            Some(announced) => announced,
            None if buffer.len() < PREFIX => return Ok(None),
            None => self.prefix(buffer)?,
        };
        let whole = announced.header + announced.body + announced.state;
        let missing = whole.saturating_sub(buffer.len());
        if missing > 0 {
            self.announced = Some(announced);
            buffer.reserve(missing.min(GROWTH));
            return Ok(None);
        }
        self.announced = None;
        let header = buffer.split_to(announced.header);
        let body = buffer.split_to(announced.body).freeze();
        let bytes = buffer.split_to(announced.state).freeze();
        if buffer.is_empty() && body.len() + bytes.len() > KEPT_BUFFER {
            *buffer = BytesMut::new();
        }
        let Header { success, error, state, engine, state_error, progress } = read_header(&header)?;
        let state = match state.map(|name| Form::named(&name)) {
            Some(Some(form)) => Some(State { form, engine, bytes }),
            None if bytes.is_empty() => None,
            _ => {
                let why = "its header does not say what its state is";
                return Err(FrameError::Header(why.to_owned()));
            }
        };
        let id = announced.id;
        Ok(Some(Answer { id, success, error, body, state, state_error, progress }))
    }

    fn decode_eof(&mut self, buffer: &mut BytesMut) -> Result<Option<Answer>, FrameError> {
        match self.decode(buffer)? {
            // The prefix of what is missing may have been taken out of the buffer already.
            None if self.announced.is_some() || !buffer.is_empty() => {
                let cut = "the stream ends within an answer";
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, cut).into())
            }
            decoded => Ok(decoded),
        }
    }
}

#[cfg(test)]
mod tests;
