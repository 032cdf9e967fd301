//! Asks the daemon over its admin socket: one request, one answer, within one deadline.
//!
//! The sockets are tried in order until one of them lets itself be connected to; that one stays.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::client::legacy::{Client as Http, Error as HttpError};
use hyper_util::rt::TokioExecutor;
use hyperlocal::{UnixConnector, Uri};
use phoebed_common::admin::{ErrorBody, VERSION_HEADER};
use phoebed_common::config::SocketCandidate;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{CtlError, Tried};

/// The largest answer that is taken, in bytes.
const MOST: usize = 64 << 20;

/// Asks one daemon.
#[derive(Debug)]
pub struct Client {
    candidates: Vec<SocketCandidate>,
    connected: Option<PathBuf>,
    http: Http<UnixConnector, Full<Bytes>>,
    timeout: Duration,
    daemon_version: Option<String>,
}

/// What the daemon answered.
#[derive(Debug)]
pub struct Reply<T> {
    /// As a value.
    pub value: T,
    /// As it was sent, so that programs also get what this version does not know.
    pub text: Bytes,
}

impl Client {
    /// Nothing is connected yet.
    pub fn new(candidates: Vec<SocketCandidate>, timeout: Duration) -> Self {
        // A connection of its own for each request: none is left open for a daemon that stops.
        let http =
            Http::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(UnixConnector);
        Self { candidates, connected: None, http, timeout, daemon_version: None }
    }

    /// The socket that let itself be connected to.
    pub fn socket(&self) -> Option<&Path> {
        self.connected.as_deref()
    }

    /// The daemon's version, if it is not this program's.
    pub fn other_version(&self) -> Option<&str> {
        self.daemon_version.as_deref().filter(|version| *version != env!("CARGO_PKG_VERSION"))
    }

    /// Waits at most so long for each answer from now on.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// Waits so much longer for each answer from now on.
    pub fn allow_more(&mut self, more: Duration) {
        self.timeout = self.timeout.saturating_add(more);
    }

    /// Asks for something.
    pub async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<Reply<T>, CtlError> {
        self.ask(Method::GET, path, Bytes::new()).await
    }

    /// Has something done.
    pub async fn post<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Reply<T>, CtlError> {
        let body = serde_json::to_vec(body).map_err(|error| broken(&error))?;
        self.ask(Method::POST, path, body.into()).await
    }

    async fn ask<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Reply<T>, CtlError> {
        let after = self.timeout;
        let exchange = tokio::time::timeout(after, self.exchange(method, path, body)).await;
        let (status, text) = exchange.map_err(|_elapsed| CtlError::Timeout { after })??;
        if !status.is_success() {
            return Err(CtlError::Refused(refusal(status, &text)));
        }
        match serde_json::from_slice(&text) {
            Ok(value) => Ok(Reply { value, text }),
            Err(error) => Err(CtlError::NotUnderstood {
                version: self.daemon_version.clone().unwrap_or_default(),
                path: path.to_owned(),
                cause: error.to_string(),
            }),
        }
    }

    async fn exchange(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), CtlError> {
        let (socket, answer) = self.send(&method, path, &body).await?;
        let version = answer.headers().get(VERSION_HEADER).and_then(|value| value.to_str().ok());
        let Some(version) = version else { return Err(CtlError::NotPhoebed { socket }) };
        self.daemon_version = Some(version.to_owned());
        self.connected = Some(socket);
        let status = answer.status();
        let body = Limited::new(answer.into_body(), MOST).collect().await;
        Ok((status, body.map_err(|error| broken(&*error))?.to_bytes()))
    }

    /// Sends the request to the socket that is known, else to the first that takes it.
    async fn send(
        &self,
        method: &Method,
        path: &str,
        body: &Bytes,
    ) -> Result<(PathBuf, Response<hyper::body::Incoming>), CtlError> {
        let mut tried = Vec::new();
        let mut denied = None;
        for SocketCandidate { path: socket, source } in self.sockets() {
            let request = Request::builder()
                .method(method)
                .uri(Uri::new(&socket, path))
                .header(CONTENT_TYPE, "application/json")
                .body(Full::new(body.clone()))
                .map_err(|error| broken(&error))?;
            let error = match self.http.request(request).await {
                Ok(answer) => return Ok((socket, answer)),
                Err(error) if error.is_connect() => connect_error(&error),
                Err(error) => return Err(broken(&error)),
            };
            let outcome = match error.kind() {
                io::ErrorKind::NotFound => "no such socket",
                io::ErrorKind::ConnectionRefused => "nothing listens there any more",
                io::ErrorKind::PermissionDenied => "permission denied",
                _ => return Err(CtlError::Connect { socket, source: error }),
            };
            if error.kind() == io::ErrorKind::PermissionDenied {
                denied.get_or_insert_with(|| socket.clone());
            }
            tried.push(Tried { path: socket, source, outcome: outcome.to_owned() });
        }
        match denied {
            Some(socket) => Err(CtlError::Denied { socket, tried }),
            None => Err(CtlError::NotRunning { tried }),
        }
    }

    fn sockets(&self) -> Vec<SocketCandidate> {
        let known =
            |path: &PathBuf| SocketCandidate { path: path.clone(), source: "in use before" };
        self.connected.as_ref().map_or_else(|| self.candidates.clone(), |path| vec![known(path)])
    }
}

fn refusal(status: StatusCode, text: &[u8]) -> ErrorBody {
    serde_json::from_slice(text).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(text);
        ErrorBody::new(format!("phoebed answered {status}: {}", text.trim()))
    })
}

/// The system's own error in the chain of a failed connection.
fn connect_error(error: &HttpError) -> io::Error {
    let causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
    let system = causes.filter_map(|error| error.downcast_ref::<io::Error>()).next();
    match system {
        Some(error) => error.raw_os_error().map_or_else(
            || io::Error::new(error.kind(), error.to_string()),
            io::Error::from_raw_os_error,
        ),
        None => io::Error::other(error.to_string()),
    }
}

/// The last cause of a chain says most.
fn broken(error: &dyn std::error::Error) -> CtlError {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    CtlError::Broken { cause: last.to_string() }
}
