//! What is typed at a terminal without being shown.

use std::os::fd::AsFd;

use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

/// While this lives the terminal does not show what is typed, but for the end of the line.
pub struct Hidden<T: AsFd> {
    terminal: T,
    before: Termios,
}

impl<T: AsFd> Hidden<T> {
    /// None where there is no terminal, or none that can do it.
    pub fn at(terminal: T) -> Option<Self> {
        let before = tcgetattr(&terminal).ok()?;
        let mut hidden = before.clone();
        hidden.local_flags.remove(LocalFlags::ECHO);
        hidden.local_flags.insert(LocalFlags::ECHONL);
        // What was typed before the question is no answer to it.
        tcsetattr(&terminal, SetArg::TCSAFLUSH, &hidden).ok()?;
        Some(Self { terminal, before })
    }
}

impl<T: AsFd> Drop for Hidden<T> {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, SetArg::TCSANOW, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use nix::pty::openpty;

    use super::*;

    #[test]
    fn a_terminal_shows_again_what_is_typed_afterwards() {
        let pty = openpty(None, None).unwrap();
        let shows = || tcgetattr(&pty.slave).unwrap().local_flags.contains(LocalFlags::ECHO);
        assert!(shows());
        let hidden = Hidden::at(&pty.slave).unwrap();
        assert!(!shows());
        drop(hidden);
        assert!(shows());
    }

    #[test]
    fn what_is_no_terminal_is_left_alone() {
        assert!(Hidden::at(File::open("/dev/null").unwrap()).is_none());
    }
}
