//! A `SOCK_SEQPACKET` Unix socket that carries one JSON object in each packet, and descriptors
//! beside it: how the daemon talks to the zygote.
//!
//! The other end is not trusted more than it must be: a packet has a bounded size, and descriptors
//! that come in are never accepted.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use nix::cmsg_space;
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, Shutdown, SockFlag, SockType, recvmsg, sendmsg,
    shutdown, socketpair,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::readiness::{set_nonblocking, watch};

/// The largest packet that is taken from the other side, in bytes.
const MAX_PACKET: usize = 64 * 1024;

/// The daemon's end of a channel.
#[derive(Debug)]
pub struct Channel {
    socket: AsyncFd<OwnedFd>,
}

impl Channel {
    /// Makes a pair: the daemon's end, and the end for the other process (blocking, and closed
    /// on exec unless the spawning code says otherwise).
    pub fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        set_nonblocking(&ours)?;
        Ok((Self { socket: watch(ours, Interest::READABLE | Interest::WRITABLE)? }, theirs))
    }

    /// Sends one message with the descriptors that belong to it.
    pub async fn send<T: Serialize>(
        &self,
        message: &T,
        descriptors: &[BorrowedFd<'_>],
    ) -> io::Result<()> {
        let packet = serde_json::to_vec(message)?;
        let raw: Vec<i32> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
        loop {
            let mut ready = self.socket.writable().await?;
            let sent = ready.try_io(|socket| {
                let rights = [ControlMessage::ScmRights(&raw)];
                let control = if raw.is_empty() { &rights[..0] } else { &rights[..] };
                let parts = [IoSlice::new(&packet)];
                let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
                Ok(sendmsg::<()>(socket.as_raw_fd(), &parts, control, flags, None)?)
            });
            match sent {
                Ok(result) => return result.map(drop),
                Err(_would_block) => continue,
            }
        }
    }

    /// Tells the other side that nothing more will come; its last messages can still be read.
    pub fn close_sending(&self) {
        // An error means that the other side is gone already.
        let _ = shutdown(self.socket.get_ref().as_raw_fd(), Shutdown::Write);
    }

    /// The next message; `None` at the end of the stream. Cancel safe.
    pub async fn receive<T: DeserializeOwned>(&self) -> io::Result<Option<T>> {
        loop {
            let mut ready = self.socket.readable().await?;
            // The buffer is made only now: hundreds of workers are waited for at a time.
            match ready.try_io(|socket| receive_packet(socket.as_raw_fd())) {
                Ok(Ok(packet)) if packet.is_empty() => return Ok(None),
                Ok(Ok(packet)) => {
                    return serde_json::from_slice(&packet).map(Some).map_err(|error| {
                        io::Error::new(
                            io::ErrorKind::InvalidData,
                            format!("a message that is not understood: {error}"),
                        )
                    });
                }
                // A peer that died with unread data resets the connection: an end all the same.
                Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => {
                    return Ok(None);
                }
                Ok(Err(error)) => return Err(error),
                Err(_would_block) => continue,
            }
        }
    }
}

/// Reads one packet without room for descriptors, so that the kernel discards any that were sent.
fn receive_packet(socket: i32) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0_u8; MAX_PACKET];
    let mut parts = [IoSliceMut::new(&mut buffer)];
    let mut no_room = cmsg_space!();
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_CMSG_CLOEXEC;
    let message = recvmsg::<()>(socket, &mut parts, Some(&mut no_room), flags)?;
    if message.flags.contains(MsgFlags::MSG_TRUNC) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a message of more than {MAX_PACKET} bytes"),
        ));
    }
    let length = message.bytes;
    buffer.truncate(length);
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use nix::unistd::write;
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn a_message_arrives_whole_and_the_end_is_seen() {
        let (ours, theirs) = Channel::pair().unwrap();
        write(theirs.as_fd(), br#"{"event":"ready"}"#).unwrap();
        drop(theirs);
        let message: Option<Value> = ours.receive().await.unwrap();
        assert_eq!(message, Some(json!({"event": "ready"})));
        assert_eq!(ours.receive::<Value>().await.unwrap(), None);
    }

    #[tokio::test]
    async fn garbage_and_oversized_packets_are_errors_not_panics() {
        let (ours, theirs) = Channel::pair().unwrap();
        write(theirs.as_fd(), b"\xff\xfe not json").unwrap();
        assert!(ours.receive::<Value>().await.is_err());
        write(theirs.as_fd(), &vec![b' '; MAX_PACKET + 1]).unwrap();
        assert!(ours.receive::<Value>().await.is_err());
        write(theirs.as_fd(), b"1").unwrap();
        assert_eq!(ours.receive::<Value>().await.unwrap(), Some(json!(1)));
    }
}
