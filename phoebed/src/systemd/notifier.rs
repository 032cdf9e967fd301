//! Messages to the service manager (sd_notify(3)): one datagram each to `$NOTIFY_SOCKET`.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// The manager reads at once; one that does not must not hold up the daemon.
const PATIENCE: Duration = Duration::from_secs(1);

/// Characters of a status; systemd ignores a message beyond 4 096 bytes.
const LONGEST_STATUS: usize = 500;

/// Tells the service manager, if there is one; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Notifier {
    socket: Option<Arc<UnixDatagram>>,
}

impl Notifier {
    /// The manager that started this process; none where nobody wants to be told.
    pub fn of_environment() -> Self {
        let Some(address) = std::env::var_os("NOTIFY_SOCKET").filter(|it| !it.is_empty()) else {
            return Self::default();
        };
        Self::to(&address).unwrap_or_else(|error| {
            log::warn!("cannot reach the service manager at {}: {error}", address.display());
            Self::default()
        })
    }

    /// A manager at this address: a path, or a name behind an `@`.
    pub fn to(address: &OsStr) -> io::Result<Self> {
        let address = match address.as_bytes().strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(address)?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.connect_addr(&address)?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { socket: Some(Arc::new(socket)) })
    }

    /// Whether anybody is told.
    pub fn is_heard(&self) -> bool {
        self.socket.is_some()
    }

    /// Requests are answered from now on (again).
    pub fn ready(&self) {
        self.send("READY=1");
    }

    /// The configuration is being read; [`Notifier::ready`] ends it.
    pub fn reloading(&self) {
        match clock_gettime(ClockId::CLOCK_MONOTONIC) {
            Ok(now) => {
                let microseconds = Duration::from(now).as_micros();
                self.send(&format!("RELOADING=1\nMONOTONIC_USEC={microseconds}"));
            }
            // Without the time it would be no reload to the manager.
            Err(error) => log::warn!("cannot tell the time of a reload: {error}"),
        }
    }

    /// The daemon stops, which may take so long.
    pub fn stopping(&self, within: Duration) {
        self.send(&format!("STOPPING=1\nEXTEND_TIMEOUT_USEC={}", within.as_micros()));
    }

    /// The start goes on, and may take so long from now.
    pub fn starting(&self, within: Duration) {
        self.send(&format!("EXTEND_TIMEOUT_USEC={}", within.as_micros()));
    }

    /// How the daemon is, in a line for people; the manager takes no long ones.
    pub fn status(&self, line: &str) {
        let line: String = line.replace('\n', " ").chars().take(LONGEST_STATUS).collect();
        self.send(&format!("STATUS={line}"));
    }

    /// The daemon is well.
    pub fn alive(&self) {
        self.send("WATCHDOG=1");
    }

    fn send(&self, message: &str) {
        let Some(socket) = &self.socket else { return };
        if let Err(error) = socket.send(message.as_bytes()) {
            log::warn!("the service manager was not told {message:?}: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(manager: &UnixDatagram) -> String {
        let mut buffer = [0; 2048];
        let length = manager.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn each_message_is_one_datagram_in_the_managers_notation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let notifier = Notifier::to(path.as_os_str()).unwrap();
        notifier.ready();
        assert_eq!(next(&manager), "READY=1");
        notifier.reloading();
        let reloading = next(&manager);
        let time = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        assert!(time.parse::<u64>().unwrap() > 0);
        notifier.status("3 sessions\nREADY=1");
        assert_eq!(next(&manager), "STATUS=3 sessions READY=1");
        notifier.status(&"é".repeat(5_000));
        assert_eq!(next(&manager), format!("STATUS={}", "é".repeat(LONGEST_STATUS)));
        notifier.starting(Duration::from_secs(60));
        assert_eq!(next(&manager), "EXTEND_TIMEOUT_USEC=60000000");
        notifier.alive();
        assert_eq!(next(&manager), "WATCHDOG=1");
        notifier.stopping(Duration::from_millis(1500));
        assert_eq!(next(&manager), "STOPPING=1\nEXTEND_TIMEOUT_USEC=1500000");
    }

    #[test]
    fn a_name_behind_an_at_sign_is_an_abstract_socket() {
        let name = format!("phoebed-test-{}", std::process::id());
        let manager =
            UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let notifier = Notifier::to(OsStr::new(&format!("@{name}"))).unwrap();
        assert!(notifier.is_heard());
        notifier.ready();
        assert_eq!(next(&manager), "READY=1");
    }

    #[test]
    fn without_a_manager_or_with_one_that_is_gone_nothing_happens() {
        Notifier::default().ready();
        assert!(!Notifier::default().is_heard());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let notifier = Notifier::to(path.as_os_str()).unwrap();
        drop(manager);
        notifier.alive();
        std::fs::remove_file(&path).unwrap();
        assert!(Notifier::to(path.as_os_str()).is_err());
    }
}
