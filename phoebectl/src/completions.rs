//! `phoebectl completions`.

use clap_complete::Shell;

use crate::console::Console;
use crate::error::CtlError;
use crate::generate;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Prints completions for a shell.
pub fn run(args: &Args, console: &mut Console) -> Result<(), CtlError> {
    console.bytes(&generate::completions(args.shell))
}
