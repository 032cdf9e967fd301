//! A listener that speaks TLS. The handshake is the connection's own affair, so a slow one holds up
//! nobody; each takes the certificate that counts when it begins.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::certificate::Certificate;
use super::client_address::Peer;
use super::listener::{Listener, Socket};
use crate::origin::Origin;

/// The first byte of every handshake: a TLS record of that type.
const HANDSHAKE: u8 = 0x16;

/// For a client that speaks plain HTTP.
const SPEAKS_HTTPS: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Length: 23\r\nConnection: close\r\n\r\n\
    This port speaks HTTPS\n";

/// What such a client may still send before its connection is closed, in bytes.
const MOST_DRAINED: u64 = 64 << 10;

/// A bound socket and the certificate that its connections begin with.
#[derive(Debug)]
pub struct TlsListener {
    tcp: TcpListener,
    certificate: watch::Receiver<Arc<Certificate>>,
}

impl TlsListener {
    /// Has `tcp` speak TLS.
    pub fn new(tcp: TcpListener, certificate: watch::Receiver<Arc<Certificate>>) -> Self {
        Self { tcp, certificate }
    }
}

impl Listener for TlsListener {
    type Socket = TlsSocket;
    type Peer = Peer;

    async fn accept(&self) -> io::Result<(TlsSocket, Peer)> {
        let (tcp, peer) = Listener::accept(&self.tcp).await?;
        Ok((TlsSocket { tcp, certificate: self.certificate.clone() }, peer))
    }

    fn origin(peer: &Peer) -> Option<Origin> {
        TcpListener::origin(peer)
    }
}

/// A connection before its handshake.
#[derive(Debug)]
pub struct TlsSocket {
    tcp: TcpStream,
    certificate: watch::Receiver<Arc<Certificate>>,
}

impl Socket for TlsSocket {
    type Stream = TlsStream<TcpStream>;

    /// The handshake. A client that begins with HTTP is told what this port is.
    async fn open(mut self) -> io::Result<TlsStream<TcpStream>> {
        let mut first = [0];
        match self.tcp.peek(&mut first).await? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            _ if first[0].is_ascii_uppercase() => {
                self.refuse_plain_http().await?;
                return Err(io::Error::new(ErrorKind::InvalidData, "plain HTTP on a TLS port"));
            }
            _ if first[0] != HANDSHAKE => {
                return Err(io::Error::new(ErrorKind::InvalidData, "no TLS handshake"));
            }
            _ => {}
        }
        let config = self.certificate.borrow().config.clone();
        TlsAcceptor::from(config).accept(self.tcp).await
    }
}

impl TlsSocket {
    /// Answers, and reads what still comes: closed at once, the connection would break before the
    /// client has read the answer.
    async fn refuse_plain_http(&mut self) -> io::Result<()> {
        self.tcp.write_all(SPEAKS_HTTPS).await?;
        self.tcp.shutdown().await?;
        let (mut reader, _writer) = self.tcp.split();
        tokio::io::copy(&mut (&mut reader).take(MOST_DRAINED), &mut tokio::io::sink()).await?;
        Ok(())
    }
}
