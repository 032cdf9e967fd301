//! The ways in for bytes from outside, for the fuzz targets in `tests/fuzz`; no part of the API.
//! Each runs what the daemon runs for the same bytes and nothing else.

use std::io;
use std::os::fd::OwnedFd;

use axum::body::{Bytes, to_bytes};
use axum::response::IntoResponse;

use crate::http::body::{AuthBody, CommandBody, JsonText, MetadataBody};
pub use crate::workers::{Answer, Answers, Form, FrameError, State};
use crate::workers::{Channel, Event};

/// The status and the body with which a request is refused.
pub type Refusal = (u16, Bytes);

/// What the body of a command becomes: its name, if it has one, and the bytes for the worker.
///
/// # Errors
/// The answer to the client when it is refused.
pub async fn command_body(body: Bytes) -> Result<(Option<String>, Bytes), Refusal> {
    match CommandBody::of(JsonText { says_json: true, bytes: body }).await {
        Ok(CommandBody { name, bytes }) => Ok((name, bytes)),
        Err(error) => Err(refusal(error).await),
    }
}

/// Whether the body of a start is accepted.
///
/// # Errors
/// The answer to the client when it is refused.
pub async fn metadata_body(body: Bytes) -> Result<(), Refusal> {
    match MetadataBody::of(JsonText { says_json: true, bytes: body }).await {
        Ok(_) => Ok(()),
        Err(error) => Err(refusal(error).await),
    }
}

/// The names of the members of an auth request.
///
/// # Errors
/// The answer to the client when it is refused.
pub async fn auth_body(body: Bytes) -> Result<Vec<String>, Refusal> {
    match AuthBody::of(JsonText { says_json: true, bytes: body }).await {
        Ok(AuthBody(members)) => Ok(members.into_iter().map(|(name, _)| name).collect()),
        Err(error) => Err(refusal(error).await),
    }
}

async fn refusal(error: impl IntoResponse) -> Refusal {
    let response = error.into_response();
    let status = response.status().as_u16();
    (status, to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default())
}

/// The daemon's end of the channel to a zygote.
#[derive(Debug)]
pub struct ZygoteChannel(Channel);

impl ZygoteChannel {
    /// The daemon's end, and the zygote's.
    ///
    /// # Errors
    /// When the kernel gives no socket pair.
    pub fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) = Channel::pair()?;
        Ok((Self(ours), theirs))
    }

    /// The next message as it is logged; `None` at the end of the stream.
    ///
    /// # Errors
    /// When it is not understood.
    pub async fn receive(&self) -> io::Result<Option<String>> {
        let event: Option<Event> = self.0.receive().await?;
        Ok(event.map(|event| format!("{event:?}")))
    }
}
