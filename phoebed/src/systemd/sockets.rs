//! Sockets that the service manager holds (sd_listen_fds(3)): it listens before the daemon runs and
//! while it is replaced, so that nobody is refused. They are the manager's: never made, never
//! removed and never shut down here.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixListener;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::socket::{
    AddressFamily, SockType, SockaddrLike, SockaddrStorage, getsockname, getsockopt, sockopt,
};
use phoebed_common::config::Config;

/// The first descriptor that is passed.
const FIRST: RawFd = 3;
/// More than any unit of ours passes; the rest of a wrong number is not looked at.
const MOST: RawFd = 64;

/// Why the sockets that were passed cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SocketsError {
    /// A descriptor that is not what its name says, or nothing that is served.
    #[error(
        "the service manager passes descriptor {number} (\"{name}\"), which {why}; a socket unit \
         of phoebed has FileDescriptorName=public with a TCP address in ListenStream=, or \
         FileDescriptorName=admin with a path"
    )]
    Unfit {
        /// Its number.
        number: RawFd,
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// Two sockets for operators.
    #[error("the service manager passes two sockets for operators; one is enough")]
    TwoAdmin,
}

/// The sockets that were passed.
#[derive(Debug, Default)]
pub struct Inherited {
    /// Of the public API.
    pub public: Vec<TcpListener>,
    /// Of the operator's API.
    pub admin: Option<UnixListener>,
}

impl Inherited {
    /// Takes those of this process. Call it once, before anything is opened.
    pub fn of_environment() -> Result<Self, SocketsError> {
        let variable = |name| std::env::var(name).ok();
        let own = std::process::id().to_string();
        if variable("LISTEN_PID").is_none_or(|pid| pid != own) {
            return Ok(Self::default());
        }
        let count = variable("LISTEN_FDS").and_then(|count| count.parse().ok()).unwrap_or(0);
        let names = variable("LISTEN_FDNAMES").unwrap_or_default();
        let mut names = names.split(':').map(str::to_owned);
        let mut inherited = Self::default();
        for number in FIRST..FIRST + RawFd::min(count, MOST) {
            inherited.take(number, names.next().unwrap_or_default())?;
        }
        Ok(inherited)
    }

    fn take(&mut self, number: RawFd, name: String) -> Result<(), SocketsError> {
        let unfit = |why: &str| SocketsError::Unfit { number, name: name.clone(), why: why.into() };
        // SAFETY: a system call without pointers.
        if unsafe { libc::fcntl(number, libc::F_GETFD) } < 0 {
            return Err(unfit("is not open"));
        }
        // SAFETY: it is open; the manager has passed this descriptor to this process, and nobody else takes it.
        let socket = unsafe { OwnedFd::from_raw_fd(number) };
        fcntl(&socket, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))
            .map_err(|errno| unfit(&format!("cannot be used: {errno}")))?;
        let listens = getsockopt(&socket, sockopt::AcceptConn).unwrap_or(false)
            && getsockopt(&socket, sockopt::SockType) == Ok(SockType::Stream);
        if !listens {
            return Err(unfit("is no listening stream socket"));
        }
        let address = getsockname::<SockaddrStorage>(number);
        let family = address.ok().and_then(|address| address.family());
        match (name.as_str(), family) {
            ("admin", Some(AddressFamily::Inet | AddressFamily::Inet6)) => {
                Err(unfit("listens on the network, where everybody would be an operator"))
            }
            ("public", Some(AddressFamily::Unix)) => Err(unfit("is a Unix socket")),
            (_, Some(AddressFamily::Inet | AddressFamily::Inet6)) => {
                self.public.push(TcpListener::from(socket));
                Ok(())
            }
            (_, Some(AddressFamily::Unix)) if self.admin.is_some() => Err(SocketsError::TwoAdmin),
            (_, Some(AddressFamily::Unix)) => {
                let listener = UnixListener::from(socket);
                let address = listener.local_addr().ok();
                // The mode of the file is what keeps others out.
                if address.as_ref().and_then(|address| address.as_pathname()).is_none() {
                    return Err(unfit("is a Unix socket without a path, open to everybody"));
                }
                self.admin = Some(listener);
                Ok(())
            }
            _ => Err(unfit("is of another family than TCP and Unix")),
        }
    }

    /// Where they differ from the configuration, which they go before.
    pub fn warnings(&self, config: &Config) -> Vec<String> {
        let mut warnings = Vec::new();
        let addresses = |listener: &TcpListener| listener.local_addr().ok();
        let passed: Vec<SocketAddr> = self.public.iter().filter_map(addresses).collect();
        let mut configured = config.server.addresses();
        let mut sorted = passed.clone();
        sorted.sort_unstable();
        configured.sort_unstable();
        if !passed.is_empty() && sorted != configured {
            warnings.push(format!(
                "the service manager passes a socket on {} (ListenStream= of its socket unit), and \
                 [server] names {}: the socket counts",
                list(&passed),
                list(&configured)
            ));
        }
        let path = self.admin.as_ref().and_then(|listener| listener.local_addr().ok());
        let path = path.as_ref().and_then(|address| address.as_pathname());
        if let Some(path) = path.filter(|path| *path != config.admin.socket) {
            warnings.push(format!(
                "the service manager passes the operator's socket {} (ListenStream= of its socket \
                 unit), and admin.socket is {}: the passed one counts",
                path.display(),
                config.admin.socket.display()
            ));
        }
        warnings
    }
}

fn list(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
