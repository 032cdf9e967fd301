//! The admin socket: made with its mode and group, refused where another daemon lives, removed at
//! the end; or taken from the service manager, which keeps it.

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
use nix::unistd::{Group, getegid, geteuid};
use phoebed_common::config::Admin;
use tokio::net::UnixListener;
use tokio::sync::watch;

use super::access::Access;
use crate::http::{self, Limits};

const SOCKET_MODE: u32 = 0o660;
const FOLDER_MODE: u32 = 0o755;

/// A few operators and monitors; requests that end sessions may still run at the end.
const LIMITS: Limits = Limits {
    connections: 64,
    per_address: None,
    header: Duration::from_secs(10),
    keep_alive: Duration::from_secs(75),
    grace: Duration::from_secs(2),
};

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

/// The listening socket; its file goes when this is dropped, unless it is the service manager's.
#[derive(Debug)]
pub struct AdminSocket {
    file: Option<SocketFile>,
    listener: UnixListener,
}

impl AdminSocket {
    /// Whether it stays when the daemon goes.
    pub fn stays(&self) -> bool {
        self.file.is_none()
    }
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
    let file = Some(file);
    Ok((AdminSocket { file, listener }, Access { own_uid: geteuid().as_raw(), group }))
}

/// Takes the socket that the service manager listens on, with the mode and the group that it has
/// given it. Where `[admin] group` names none, the members of that group may change things, unless
/// it is root's or the daemon's own.
pub fn adopt(
    socket: std::os::unix::net::UnixListener,
    admin: &Admin,
) -> Result<(AdminSocket, Access), SocketError> {
    let configured = admin.group.as_deref().map(find_group).transpose()?;
    let address = socket.local_addr().ok();
    let path = address.as_ref().and_then(|address| address.as_pathname());
    let path = path.unwrap_or(&admin.socket).to_owned();
    let io = |source: io::Error| SocketError::Io { path: path.clone(), source };
    socket.set_nonblocking(true).map_err(io)?;
    let listener = UnixListener::from_std(socket).map_err(io)?;
    let given = fs::symlink_metadata(&path).map_err(io)?.gid();
    if let Some(group) = configured.as_ref().filter(|group| group.gid.as_raw() != given) {
        log::warn!(
            "admin.group = {:?}, and the service manager has given {} to group {given}: only \
             members of both may change things (SocketGroup= of the socket unit)",
            group.name,
            path.display()
        );
    }
    let group = match configured {
        Some(group) => Some(group.gid.as_raw()),
        None => Some(given).filter(|gid| *gid != 0 && *gid != getegid().as_raw()),
    };
    Ok((AdminSocket { file: None, listener }, Access { own_uid: geteuid().as_raw(), group }))
}

/// Serves until `stop` resolves; then requests in flight have a moment, and the file is removed.
pub async fn serve(socket: AdminSocket, app: Router, stop: impl Future<Output = ()>) {
    let AdminSocket { file, listener } = socket;
    let (_limits, limits) = watch::channel(LIMITS);
    let stop = async {
        stop.await;
        // As long as the listener is open, nobody else's file can be mistaken for this one.
        drop(file);
    };
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
        Ok(Self { path: path.to_owned(), inode: inode(path)? })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_ours = inode(&self.path).is_ok_and(|there| there == self.inode);
        if is_ours && let Err(error) = fs::remove_file(&self.path) {
            log::warn!("cannot remove the admin socket {}: {error}", self.path.display());
        }
    }
}

fn inode(path: &Path) -> io::Result<(u64, u64)> {
    let meta = fs::symlink_metadata(path)?;
    Ok((meta.dev(), meta.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admin(path: &Path, group: Option<&str>) -> Admin {
        Admin { socket: path.to_owned(), group: group.map(str::to_owned) }
    }

    #[tokio::test]
    async fn the_socket_is_for_its_owner_and_group_and_goes_with_the_daemon() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/admin.sock");
        let (socket, access) = bind(&admin(&path, None)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, SOCKET_MODE);
        assert_eq!(access, Access { own_uid: geteuid().as_raw(), group: None });
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn the_group_gets_it_and_an_unknown_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admin.sock");
        let error = bind(&admin(&path, Some("no such group"))).unwrap_err();
        assert!(error.to_string().starts_with("admin.group = \"no such group\""), "{error}");
        assert!(error.is_configuration() && !path.exists());
        if geteuid().is_root() {
            let group = Group::from_gid(1.into()).unwrap().unwrap();
            let (_socket, access) = bind(&admin(&path, Some(&group.name))).unwrap();
            assert_eq!(access.group, Some(1));
            assert_eq!(fs::metadata(&path).unwrap().gid(), 1);
        }
    }

    #[tokio::test]
    async fn a_live_socket_is_refused_and_a_stale_one_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admin.sock");
        let live = bind(&admin(&path, None)).unwrap();
        assert!(matches!(bind(&admin(&path, None)), Err(SocketError::InUse(_))));
        // A daemon that was killed leaves the file.
        let (AdminSocket { file, listener }, _) = live;
        drop(listener);
        std::mem::forget(file);
        let old = bind(&admin(&path, None)).unwrap();
        fs::remove_file(&path).unwrap();
        let _new = bind(&admin(&path, None)).unwrap();
        drop(old);
        assert!(path.exists(), "the file of the other daemon was removed");
    }

    #[tokio::test]
    async fn a_socket_of_the_service_manager_stays_and_has_the_group_that_it_was_given() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admin.sock");
        let theirs = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let passed = theirs.try_clone().unwrap();
        let (socket, access) = adopt(passed, &admin(&path, None)).unwrap();
        assert!(socket.stays());
        assert_eq!(access.group, None, "the own group is nobody in particular");
        drop(socket);
        assert!(path.exists());
        try_connect(&path).unwrap();
        if geteuid().is_root() {
            chown(&path, None, Some(1)).unwrap();
            let passed = theirs.try_clone().unwrap();
            let (_socket, access) = adopt(passed, &admin(&path, None)).unwrap();
            assert_eq!(access.group, Some(1));
        }
    }

    #[tokio::test]
    async fn a_file_that_is_no_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admin.sock");
        fs::write(&path, "precious").unwrap();
        assert!(matches!(bind(&admin(&path, None)), Err(SocketError::NoSocket(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }
}
