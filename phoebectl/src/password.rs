//! Passwords that are handed over on standard input: never as an argument, which every user of
//! the machine could read.

use phoebed_common::api::Secret;

use crate::console::Console;
use crate::echo::Hidden;
use crate::error::CtlError;

/// Where a user's password comes from.
#[derive(Debug, Clone, clap::Args)]
pub struct Password {
    /// Read the password from standard input, one line; without this the daemon makes one, which
    /// is printed this once
    #[arg(long)]
    password_stdin: bool,
}

impl Password {
    /// The password, if there is one on standard input.
    pub fn read(&self, console: &mut Console) -> Result<Option<Secret>, CtlError> {
        if !self.password_stdin {
            return Ok(None);
        }
        let hidden = if console.interactive() { Hidden::at(std::io::stdin()) } else { None };
        if console.interactive() {
            console.note(match hidden {
                Some(_) => "Type the password; it is not shown:",
                None => "Type the password; it is shown while you type:",
            });
        }
        let line = console.input_line().map_err(CtlError::Password)?;
        drop(hidden);
        // Only the end of the line goes: a password may begin or end with a space.
        let line = line.strip_suffix('\n').unwrap_or(&line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() { Err(CtlError::NoPassword) } else { Ok(Some(line.into())) }
    }
}
