//! What `serve` accepts connections from, and who is at their other end.

use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::Duration;

use nix::errno::Errno;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::admin::Credentials;
use super::client_address::Peer;
use crate::origin::Origin;

/// How long sent data may stay unread or unacknowledged.
const UNREAD_FOR: Duration = Duration::from_secs(60);

/// A bound socket.
pub trait Listener: Sync {
    /// A connection.
    type Socket: Socket;
    /// Who is at its other end.
    type Peer: Clone + Display + Send + Sync + 'static;

    /// The next connection. Cancel safe.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Socket, Self::Peer)>> + Send;

    /// Where the peer is, if its connections are counted by that.
    fn origin(peer: &Self::Peer) -> Option<Origin>;
}

/// A connection that was accepted and on which nothing was said yet.
pub trait Socket: Send + 'static {
    /// What HTTP goes over.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// What comes before HTTP.
    fn open(self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Socket for TcpStream {
    type Stream = Self;

    async fn open(self) -> io::Result<Self> {
        Ok(self)
    }
}

impl Socket for UnixStream {
    type Stream = Self;

    async fn open(self) -> io::Result<Self> {
        Ok(self)
    }
}

impl Listener for TcpListener {
    type Socket = TcpStream;
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

    fn origin(Peer(peer): &Peer) -> Option<Origin> {
        Some(Origin::of(peer.ip()))
    }
}

impl Listener for UnixListener {
    type Socket = UnixStream;
    type Peer = Credentials;

    /// Without credentials there is no connection.
    async fn accept(&self) -> io::Result<(UnixStream, Credentials)> {
        let (stream, _) = self.accept().await?;
        let peer = stream.peer_cred()?;
        let groups = peer_groups(&stream)?.into();
        Ok((stream, Credentials { uid: peer.uid(), gid: peer.gid(), groups, pid: peer.pid() }))
    }

    fn origin(_: &Credentials) -> Option<Origin> {
        None
    }
}

/// The supplementary groups of the process at the other end.
fn peer_groups(stream: &UnixStream) -> io::Result<Vec<libc::gid_t>> {
    // The kernel's limit is 65 536 groups.
    let mut groups = vec![0; 64];
    loop {
        let mut bytes =
            libc::socklen_t::try_from(size_of_val(groups.as_slice())).map_err(io::Error::other)?;
        // SAFETY: the pointer and the length are those of the vector.
        let answer = unsafe {
            libc::getsockopt(
                stream.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_PEERGROUPS,
                groups.as_mut_ptr().cast(),
                &raw mut bytes,
            )
        };
        let count = bytes as usize / size_of::<libc::gid_t>();
        match Errno::result(answer) {
            Ok(_) => {
                groups.truncate(count);
                return Ok(groups);
            }
            // Too little room; it told how much is needed.
            Err(Errno::ERANGE) if count > groups.len() => groups.resize(count, 0),
            Err(error) => return Err(error.into()),
        }
    }
}
