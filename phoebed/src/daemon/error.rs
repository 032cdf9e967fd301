//! Why the daemon does not run.

use std::io;
use std::net::SocketAddr;

use crate::auth::KeyError;
use crate::http::TlsError;
use crate::http::admin::SocketError;
use crate::lock::LockError;
use crate::state::StateError;
use crate::store::StoreError;
use crate::systemd::SocketsError;
use crate::workers::{PoolError, SandboxError};

/// Why the daemon does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The keys of tokens.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The state database.
    #[error(transparent)]
    StateDatabase(#[from] StateError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// What the service manager passes.
    #[error(transparent)]
    Sockets(#[from] SocketsError),
    /// A socket of the service manager cannot be used.
    #[error("a socket that the service manager passes cannot be used: {0}")]
    Inherited(io::Error),
    /// The files of TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The operator's socket cannot be made.
    #[error(transparent)]
    Admin(#[from] SocketError),
    /// The state directory.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file in the state directory.
    #[error("cannot write {what} below the state directory: {source}")]
    State {
        /// Which.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The log database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The pool of workers.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// What workers are kept from.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The runtime.
    #[error("the runtime: {0}")]
    Runtime(io::Error),
}

impl RunError {
    /// Whether each further start would fail as well, until somebody changes the configuration or the
    /// databases.
    pub fn lasts(&self) -> bool {
        match self {
            Self::Keys(_) | Self::Tls(_) | Self::Sandbox(_) | Self::Sockets(_) => true,
            Self::Admin(error) => error.is_configuration(),
            Self::Store(error) => error.is_refusal(),
            Self::StateDatabase(error) => error.is_refusal(),
            Self::State { source, .. } | Self::Pool(PoolError::Scratch { source, .. }) => {
                source.kind() == io::ErrorKind::PermissionDenied
            }
            Self::Listen { .. } | Self::Inherited(_) | Self::Lock(_) | Self::Runtime(_) => false,
        }
    }

    /// The next step for the operator, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Admin(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::StateDatabase(error) => error.hint(),
            Self::Tls(error) => Some(error.hint()),
            Self::Keys(_)
            | Self::Listen { .. }
            | Self::Inherited(_)
            | Self::Sockets(_)
            | Self::Lock(_)
            | Self::State { .. }
            | Self::Pool(_)
            | Self::Sandbox(_)
            | Self::Runtime(_) => None,
        }
    }
}
