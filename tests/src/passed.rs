//! Listening sockets that a test holds and passes to the daemon, as a service manager does.

use std::ffi::OsStr;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

use nix::fcntl::{FcntlArg, fcntl};
use nix::unistd::dup2_raw;

/// The first descriptor that is passed.
const FIRST: RawFd = 3;
/// Above all that are passed, so that none is overwritten before it is copied.
const ABOVE: RawFd = 100;

/// The sockets with their names, in order.
#[derive(Debug, Clone, Default)]
pub struct PassedSockets(Vec<(String, Arc<OwnedFd>)>);

impl PassedSockets {
    /// One more. It listens for as long as this or a clone is there.
    pub fn with(mut self, name: &str, socket: impl Into<OwnedFd>) -> Self {
        let socket: OwnedFd = socket.into();
        let copy = fcntl(&socket, FcntlArg::F_DUPFD_CLOEXEC(ABOVE)).expect("a descriptor");
        // SAFETY: it was made now, and nobody else has it.
        let copy = unsafe { OwnedFd::from_raw_fd(copy) };
        self.0.push((name.to_owned(), Arc::new(copy)));
        self
    }

    /// Runs this program, which gets them if there are any. The number of its process has to be in
    /// its environment, and only the process knows it.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        if self.0.is_empty() {
            return Command::new(program);
        }
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "LISTEN_PID=$$ exec \"$@\"", "sh"]).arg(program);
        command
    }

    /// Gives them to it, after its environment was made.
    pub fn pass(&self, command: &mut Command) {
        if self.0.is_empty() {
            return;
        }
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        command.env("LISTEN_FDS", names.len().to_string()).env("LISTEN_FDNAMES", names.join(":"));
        let sockets: Vec<Arc<OwnedFd>> = self.0.iter().map(|(_, socket)| socket.clone()).collect();
        // SAFETY: dup2 is safe between fork and exec; nobody has these numbers in the child, or what
        // has them is not used any more.
        unsafe {
            command.pre_exec(move || {
                for (number, socket) in (FIRST..).zip(&sockets) {
                    debug_assert!(socket.as_raw_fd() >= ABOVE);
                    let _ = dup2_raw(socket, number)?.into_raw_fd();
                }
                Ok(())
            });
        }
    }
}
