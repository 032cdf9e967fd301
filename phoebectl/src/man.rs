//! `phoebectl man`.

use std::fs;
use std::path::PathBuf;

use crate::console::Console;
use crate::error::CtlError;
use crate::generate;

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The command to describe, such as `sessions kill`; all of phoebectl when there is none
    command: Vec<String>,
    /// Write the pages of all commands into this folder instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    directory: Option<PathBuf>,
}

/// Prints or writes manual pages.
pub fn run(args: &Args, console: &mut Console) -> Result<(), CtlError> {
    let pages = generate::man_pages();
    let Some(directory) = &args.directory else {
        let name = format!(
            "{}.1",
            ["phoebectl"].into_iter().chain(words(args)).collect::<Vec<_>>().join("-")
        );
        let page = pages.iter().find(|page| page.name == name);
        let page = page.ok_or_else(|| CtlError::NoSuchCommand(args.command.join(" ")))?;
        return console.bytes(&page.content);
    };
    for page in pages {
        let path = directory.join(page.name);
        fs::write(&path, page.content).map_err(|source| CtlError::Write { path, source })?;
    }
    Ok(())
}

fn words(args: &Args) -> impl Iterator<Item = &str> {
    args.command.iter().map(String::as_str)
}
