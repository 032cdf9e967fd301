//! Asking before something that cannot be undone.

use crate::console::Console;
use crate::error::CtlError;

/// Asks; an answer other than yes, and nobody to ask, is an error.
pub fn confirm(console: &mut Console, question: &str) -> Result<(), CtlError> {
    if !console.interactive() {
        return Err(CtlError::CannotAsk);
    }
    let answer = console.ask(&format!("{question} [y/N] ")).map_err(CtlError::Input)?;
    match answer.to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(CtlError::Declined),
    }
}
