//! What `serve` accepts connections from, and who is at their other end.

use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::admin::Credentials;
use super::client_address::Peer;

/// How long sent data may stay unread or unacknowledged.
const UNREAD_FOR: Duration = Duration::from_secs(60);

/// A bound socket.
pub trait Listener: Sync {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// Who is at its other end.
    type Peer: Clone + Display + Send + Sync + 'static;

    /// The next connection. Cancel safe.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, Self::Peer)>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;
    type Peer = Peer;

    async fn accept(&self) -> io::Result<(TcpStream, Peer)> {
        let (stream, peer): (TcpStream, SocketAddr) = self.accept().await?;
        // Small answers must not wait for an acknowledgement.
        if let Err(error) = stream.set_nodelay(true) {
            log::debug!("connection of {peer}: {error}");
        }
        // A client that does not read its answer is given up.
        if let Err(error) = SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD_FOR)) {
            log::debug!("connection of {peer}: {error}");
        }
        Ok((stream, Peer(peer)))
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;
    type Peer = Credentials;

    /// Without credentials there is no connection.
    async fn accept(&self) -> io::Result<(UnixStream, Credentials)> {
        let (stream, _) = self.accept().await?;
        let peer = stream.peer_cred()?;
        Ok((stream, Credentials { uid: peer.uid(), gid: peer.gid(), pid: peer.pid() }))
    }
}
