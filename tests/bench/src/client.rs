//! One kept-alive HTTP connection, used for one request after the other.
//!
//! The daemon closes a connection on which nothing came for a while (`keep_alive_seconds`);
//! as any client does, this one then opens another.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::{BenchError, Result};
use crate::tls::Trust;

/// Nothing that is measured takes this long.
const GIVE_UP: Duration = Duration::from_secs(60);

/// Where a server is, and how it is spoken to.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its address.
    pub address: SocketAddr,
    /// Whose certificates are taken; none for plain HTTP.
    pub trust: Option<Trust>,
}

impl From<SocketAddr> for Server {
    fn from(address: SocketAddr) -> Self {
        Self { address, trust: None }
    }
}

/// A connection; its driver is a task of the same thread and ends with it.
#[derive(Debug)]
pub struct Connection {
    server: Server,
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
    authorization: Option<HeaderValue>,
}

impl Connection {
    /// Connects, and waits until requests can be sent.
    pub async fn open(server: impl Into<Server>) -> Result<Self> {
        let server = server.into();
        let sender = connect(&server).await?;
        let host = HeaderValue::from_str(&server.address.to_string());
        let host = host.map_err(|error| BenchError::unexpected(error.to_string()))?;
        Ok(Self { server, sender, host, authorization: None })
    }

    /// Opens several.
    pub async fn open_many(server: impl Into<Server>, count: usize) -> Result<Vec<Self>> {
        let server = server.into();
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(Self::open(server.clone()).await?);
        }
        Ok(connections)
    }

    /// Sends this token with every request from now on.
    pub fn authorize(&mut self, token: &str) -> Result<()> {
        let value = HeaderValue::from_str(&format!("Bearer {token}"));
        let mut value = value.map_err(|error| BenchError::unexpected(error.to_string()))?;
        value.set_sensitive(true);
        self.authorization = Some(value);
        Ok(())
    }

    /// Sends a request and reads its whole answer.
    pub async fn exchange(
        &mut self,
        method: Method,
        uri: &Uri,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes)> {
        if self.sender.ready().await.is_err() {
            self.sender = connect(&self.server).await?;
        }
        let what = || format!("{method} {uri}");
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method.clone();
        *request.uri_mut() = uri.clone();
        request.headers_mut().insert(HOST, self.host.clone());
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        let answer = async {
            let answer = self.sender.send_request(request).await?;
            let status = answer.status();
            Ok((status, answer.into_body().collect().await?.to_bytes()))
        };
        match timeout(GIVE_UP, answer).await {
            Ok(answer) => answer.map_err(|source| BenchError::Http { what: what(), source }),
            Err(_elapsed) => Err(BenchError::TimedOut { what: what(), within: GIVE_UP }),
        }
    }

    /// A POST that must be answered with status 200.
    pub async fn post(&mut self, uri: &Uri, body: Bytes) -> Result<Bytes> {
        let (status, answer) = self.exchange(Method::POST, uri, body).await?;
        if status == StatusCode::OK {
            return Ok(answer);
        }
        let text = String::from_utf8_lossy(&answer);
        Err(BenchError::unexpected(format!("POST {uri}: {status}: {text}")))
    }

    /// A command that must succeed; its result.
    pub async fn command(&mut self, uri: &Uri, command: &Value) -> Result<Value> {
        let answer = self.post(uri, Bytes::from(command.to_string())).await?;
        let mut answer: Value = parse(&answer)?;
        if answer["success"] == true {
            return Ok(answer["result"].take());
        }
        Err(BenchError::unexpected(format!("{command}: {}", answer["error"])))
    }
}

/// A connection on which requests can be sent.
async fn connect(server: &Server) -> Result<SendRequest<Full<Bytes>>> {
    let address = server.address;
    let io = |source| BenchError::io(format!("a connection to {address}"), source);
    let stream = TcpStream::connect(address).await.map_err(io)?;
    stream.set_nodelay(true).map_err(io)?;
    let spoken = match &server.trust {
        None => speak(stream).await,
        Some(trust) => speak(trust.connect(address, stream).await.map_err(io)?).await,
    };
    spoken.map_err(|source| BenchError::Http { what: format!("HTTP with {address}"), source })
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> hyper::Result<SendRequest<Full<Bytes>>> {
    let (mut sender, driver) = handshake(TokioIo::new(stream)).await?;
    // Its end shows as an error of the next request.
    tokio::spawn(driver);
    sender.ready().await?;
    Ok(sender)
}

/// The JSON of an answer.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    let text = || String::from_utf8_lossy(bytes).into_owned();
    serde_json::from_slice(bytes)
        .map_err(|error| BenchError::unexpected(format!("{error} in {}", text())))
}

/// A URI of the server's own.
pub fn path(path: &str) -> Result<Uri> {
    path.parse().map_err(|error| BenchError::unexpected(format!("{path}: {error}")))
}
