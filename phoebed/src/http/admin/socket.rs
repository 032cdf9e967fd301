//! The admin socket: made with its mode and group, refused where another daemon lives, removed at
//! the end.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind as bind_address, connect, listen,
    socket,
};
use nix::sys::stat::{Mode, fchmod};
use nix::unistd::{Group, geteuid};
use phoebed_common::config::Admin;
use tokio::net::UnixListener;
use tokio::sync::watch;

use super::access::Access;
use crate::http::{self, Limits};

const SOCKET_MODE: u32 = 0o660;
const FOLDER_MODE: u32 = 0o755;

/// A few operators and monitors; requests that end sessions may still run at the end.
const LIMITS: Limits =
    Limits { connections: 64, header: Duration::from_secs(10), grace: Duration::from_secs(2) };

/// Why there is no admin socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Another daemon answers there.
    #[error("another program listens on the admin socket {}", .0.display())]
    InUse(PathBuf),
    /// Something else has the name.
    #[error("{} is there and is no socket (admin.socket)", .0.display())]
    NoSocket(PathBuf),
    /// `[admin] group` names none.
    #[error("admin.group = \"{0}\": there is no such group on this system")]
    UnknownGroup(String),
    /// The socket cannot be given to the group.
    #[error("the admin socket cannot be given to admin.group = \"{group}\"")]
    Group {
        /// Which.
        group: String,
        /// Why.
        source: io::Error,
    },
    /// It cannot be made.
    #[error("cannot make the admin socket {} (admin.socket)", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl SocketError {
    /// Whether another configuration would help.
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::NoSocket(_) | Self::UnknownGroup(_) => true,
            Self::InUse(_) | Self::Group { .. } | Self::Io { .. } => false,
        }
    }

    /// The next step.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::InUse(_) => {
                Some("stop that daemon (`phoebectl shutdown`), or set another [admin] socket")
            }
            Self::NoSocket(_) => Some("remove it, or set another [admin] socket"),
            Self::UnknownGroup(_) => Some("make it (`groupadd --system NAME`) or correct the key"),
            Self::Group { .. } => Some("run phoebed as root or as a member of the group"),
            Self::Io { .. } => None,
        }
    }
}

/// The listening socket; its file goes when this is dropped.
#[derive(Debug)]
pub struct AdminSocket {
    listener: UnixListener,
    _file: SocketFile,
}

/// Makes and opens the socket of `[admin]`, and tells who may change anything through it.
pub fn bind(admin: &Admin) -> Result<(AdminSocket, Access), SocketError> {
    let group = admin.group.as_deref().map(find_group).transpose()?;
    let path = &admin.socket;
    let io = |source: io::Error| SocketError::Io { path: path.clone(), source };
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder).map_err(io)?;
    }
    remove_stale(path)?;
    let socket = socket(
        AddressFamily::Unix,
        SockType::Stream,
        SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
        None,
    )
    .map_err(|errno| io(errno.into()))?;
    // The file is made with the mode of the socket: nobody else gets in before it is right.
    fchmod(&socket, Mode::S_IRUSR | Mode::S_IWUSR).map_err(|errno| io(errno.into()))?;
    let address = UnixAddr::new(path).map_err(|errno| io(errno.into()))?;
    bind_address(std::os::fd::AsRawFd::as_raw_fd(&socket), &address)
        .map_err(|errno| io(errno.into()))?;
    let file = SocketFile::of(path).map_err(io)?;
    if let Some(group) = &group {
        chown(path, None, Some(group.gid.as_raw()))
            .map_err(|source| SocketError::Group { group: group.name.clone(), source })?;
    }
    fs::set_permissions(path, Permissions::from_mode(SOCKET_MODE)).map_err(io)?;
    listen(&socket, Backlog::MAXCONN).map_err(|errno| io(errno.into()))?;
    let listener = UnixListener::from_std(socket.into()).map_err(io)?;
    let group = group.map(|group| group.gid.as_raw());
    Ok((AdminSocket { listener, _file: file }, Access { own_uid: geteuid().as_raw(), group }))
}

/// Serves until `stop` resolves; then requests in flight have a moment, and the file is removed.
pub async fn serve(socket: AdminSocket, app: Router, stop: impl Future<Output = ()>) {
    let AdminSocket { listener, _file } = socket;
    let (_limits, limits) = watch::channel(LIMITS);
    http::serve(vec![listener], app, limits, stop).await;
}

fn find_group(name: &str) -> Result<Group, SocketError> {
    match Group::from_name(name) {
        Ok(Some(group)) => Ok(group),
        Ok(None) => Err(SocketError::UnknownGroup(name.to_owned())),
        Err(errno) => Err(SocketError::Group { group: name.to_owned(), source: errno.into() }),
    }
}

/// Makes room: a socket that nobody listens on was left by a daemon that was killed.
fn remove_stale(path: &Path) -> Result<(), SocketError> {
    let io = |source| SocketError::Io { path: path.to_owned(), source };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error)),
        Ok(meta) if !meta.file_type().is_socket() => {
            return Err(SocketError::NoSocket(path.to_owned()));
        }
        Ok(_) => {}
    }
    match try_connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            log::info!("the admin socket {} was left behind: replaced", path.display());
            fs::remove_file(path).map_err(io)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        // Also when its queue is full.
        Ok(()) => Err(SocketError::InUse(path.to_owned())),
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            Err(SocketError::InUse(path.to_owned()))
        }
        Err(error) => Err(io(error)),
    }
}

/// Without waiting.
fn try_connect(path: &Path) -> io::Result<()> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    let address = UnixAddr::new(path)?;
    Ok(connect(std::os::fd::AsRawFd::as_raw_fd(&socket), &address)?)
}

/// The file of a bound socket, removed when this is dropped unless another has its place.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    inode: (u64, u64),
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        let meta = fs::symlink_metadata(path)?;
        Ok(Self { path: path.to_owned(), inode: (meta.dev(), meta.ino()) })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_ours = Self::of(&self.path).is_ok_and(|there| there.inode == self.inode);
        if is_ours && let Err(error) = fs::remove_file(&self.path) {
            log::warn!("cannot remove the admin socket {}: {error}", self.path.display());
        }
    }
}
