//! Why a measurement failed.

use std::io;
use std::time::Duration;

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The system refused something.
    #[error("{what}: {source}")]
    Io {
        /// What it was wanted for.
        what: String,
        /// Its word.
        source: io::Error,
    },
    /// A request got no answer.
    #[error("{what}: {source}")]
    Http {
        /// Which request.
        what: String,
        /// Why.
        source: hyper::Error,
    },
    /// The bare ZeroMQ link failed.
    #[error("ZeroMQ: {0}")]
    Zmq(#[from] zmq::Error),
    /// Something took far longer than it may.
    #[error("{what}: nothing within {} s", .within.as_secs())]
    TimedOut {
        /// What.
        what: String,
        /// How long it was waited for.
        within: Duration,
    },
    /// An answer was not what it must be, so its time means nothing.
    #[error("{0}")]
    Unexpected(String),
}

impl BenchError {
    /// The system refused `what`.
    pub fn io(what: impl Into<String>, source: io::Error) -> Self {
        Self::Io { what: what.into(), source }
    }

    /// `what` was not as it must be.
    pub fn unexpected(what: impl Into<String>) -> Self {
        Self::Unexpected(what.into())
    }
}

/// Of a measurement.
pub type Result<T> = std::result::Result<T, BenchError>;
