//! `phoebectl engine install` and `upgrade`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use nix::sys::stat::{Mode, umask};

use super::build::{Source, build};
use super::builds;
use super::error::EngineError;
use super::owner::become_owner;
use super::place::Place;
use super::probe::Versions;
use super::status::{is_pinned, probe_in_use, report};
use crate::args::Global;
use crate::console::Console;
use crate::error::CtlError;

/// Arguments of `engine install` and `upgrade`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A folder with wheels of all packages, for machines without internet
    #[arg(long, value_name = "DIR")]
    wheels: Option<PathBuf>,
    /// The interpreter to make the environment with
    #[arg(long, value_name = "FILE", default_value = "/usr/bin/python3")]
    python: PathBuf,
    /// Build it also when a working one of this version is there
    #[arg(long)]
    force: bool,
}

/// Makes an engine where there is none that works.
pub async fn install(args: &Args, global: &Global, console: &mut Console) -> Result<(), CtlError> {
    let work = Work::begin(args, global, console)?;
    if let Some(versions) = work.usable(args, console).await? {
        work.say(&versions, "is installed already", console)?;
        if !is_pinned(&work.place) {
            console.note("hint: this version has another: phoebectl engine upgrade");
        }
        return Ok(());
    }
    let versions = work.change_over(console).await?;
    work.say(&versions, "is installed", console)?;
    console.note("hint: start the daemon: systemctl start phoebed (one that runs finds it itself)");
    Ok(())
}

/// Makes the engine of this version and changes over to it.
pub async fn upgrade(args: &Args, global: &Global, console: &mut Console) -> Result<(), CtlError> {
    let work = Work::begin(args, global, console)?;
    if is_pinned(&work.place)
        && let Some(versions) = work.usable(args, console).await?
    {
        return work.say(&versions, "is of this version already", console);
    }
    let versions = work.change_over(console).await?;
    work.say(&versions, "is installed", console)?;
    console.note("hint: a daemon that runs takes it after: systemctl restart phoebed");
    Ok(())
}

/// A call that has become the right user and has the engine to itself.
#[derive(Debug)]
struct Work {
    place: Place,
    source: Source,
    /// Names of engines that must stay.
    needed: BTreeSet<std::ffi::OsString>,
    _lock: nix::fcntl::Flock<fs::File>,
}

impl Work {
    fn begin(args: &Args, global: &Global, console: &mut Console) -> Result<Self, CtlError> {
        // Workers are another user than who builds: what the caller keeps to itself, they could
        // not read.
        umask(Mode::S_IWGRP | Mode::S_IWOTH);
        let place = Place::find(global, console)?;
        // While this is root yet, which may look at every process.
        let mut needed = builds::in_use(&place.builds);
        let user = become_owner(&place)?;
        let cwd = console.environment().cwd.clone();
        let absolute = |path: &Path| cwd.join(path);
        let wheels = args.wheels.as_deref().map(absolute);
        if let Some(folder) = &wheels {
            fs::read_dir(folder).map_err(|source| EngineError::Wheels {
                folder: folder.clone(),
                user,
                source,
            })?;
        }
        let current = place.current()?;
        let lock = place.lock()?;
        needed.extend(current.as_deref().and_then(Path::file_name).map(ToOwned::to_owned));
        if place.is_bypassed() {
            console.note(&format!(
                "warning: the daemon takes {} instead: see [engine] python in its configuration",
                place.python.display()
            ));
        }
        // A name without a folder is looked up in PATH.
        let is_path = args.python.components().count() > 1;
        let python = if is_path { absolute(&args.python) } else { args.python.clone() };
        let source = Source { python, wheels };
        Ok(Self { place, source, needed, _lock: lock })
    }

    /// The engine in use, if it works and nobody wants another all the same.
    async fn usable(
        &self,
        args: &Args,
        console: &Console,
    ) -> Result<Option<Versions>, EngineError> {
        if args.force || self.place.current()?.is_none() {
            return Ok(None);
        }
        Ok(probe_in_use(&self.place, console).await?.ok())
    }

    async fn change_over(&self, console: &mut Console) -> Result<Versions, EngineError> {
        // What earlier calls left unfinished goes first, for it takes room.
        for (left, error) in builds::remove_others(&self.place.builds, &self.needed)? {
            let left = left.display();
            console.note(&format!("warning: cannot remove all of {left} ({error}): rm -rf {left}"));
        }
        builds::has_room(&self.place.builds)?;
        let directory = builds::new_directory(&self.place.builds, console.now());
        let versions = build(&directory, &self.source, console).await?;
        self.place.put_in_use(&directory)?;
        Ok(versions)
    }

    fn say(&self, versions: &Versions, what: &str, console: &mut Console) -> Result<(), CtlError> {
        if console.json {
            return report(&self.place, Some(versions.clone()), console);
        }
        let Versions { phoebe, python } = versions;
        let place = self.place.link.display();
        console.line(format!("PHOEBE {phoebe} on Python {python} {what} in {place}"))
    }
}
