//! What can go wrong with the engine.

use std::io;
use std::path::PathBuf;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Nobody knows where it belongs.
    #[error("there is no state directory: neither configured, nor is a home directory known")]
    NoPlace,
    /// There is none.
    #[error("there is no engine in {}", .0.display())]
    Missing(PathBuf),
    /// It is there and cannot be used.
    #[error("the engine in {} does not work", place.display())]
    Broken {
        /// Where it is.
        place: PathBuf,
        /// What was said when it was tried.
        said: Vec<String>,
    },
    /// Something else is in its place.
    #[error("{} is not a link made by phoebectl, and is left alone", .0.display())]
    NotOurs(PathBuf),
    /// Another call is at work.
    #[error("another phoebectl is installing an engine in {}", .0.display())]
    Busy(PathBuf),
    /// The folder of wheels cannot be read.
    #[error("{user} cannot read the wheels in {}", folder.display())]
    Wheels {
        /// The folder.
        folder: PathBuf,
        /// Who reads it.
        user: String,
        /// Why not.
        source: io::Error,
    },
    /// The disk is too full for another engine.
    #[error(
        "an engine takes up to {} MiB, and {} has {} MiB free",
        needed >> 20, place.display(), free >> 20
    )]
    NoRoom {
        /// Where it would be.
        place: PathBuf,
        /// Bytes that are free there.
        free: u64,
        /// Bytes that it takes.
        needed: u64,
    },
    /// The state directory is root's.
    #[error("{} belongs to root, and the daemon runs as {user}", place.display())]
    Roots {
        /// The directory.
        place: PathBuf,
        /// The daemon's user.
        user: String,
    },
    /// A program of the build cannot be run.
    #[error("cannot run {}", program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A step of the build failed.
    #[error("{what} failed; nothing was changed")]
    Step {
        /// The step.
        what: &'static str,
        /// The last that it said.
        said: Vec<String>,
        /// What to do about it.
        hint: &'static str,
    },
    /// A file or directory resists.
    #[error("cannot {what} {}", path.display())]
    File {
        /// Such as `make`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The owner of the state directory cannot be acted for.
    #[error("cannot become {user}, who owns the state directory")]
    Owner {
        /// Who.
        user: String,
        /// Why.
        source: io::Error,
    },
}

impl EngineError {
    /// What led to it, where that is more than an error of the system.
    pub fn said(&self) -> &[String] {
        match self {
            Self::Broken { said, .. } | Self::Step { said, .. } => said,
            _ => &[],
        }
    }

    /// What to do.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoPlace => "name a configuration with --config",
            Self::Missing(_) => "phoebectl engine install",
            Self::Broken { .. } => "make it anew: phoebectl engine install",
            Self::NotOurs(path) => {
                let path = path.display();
                return Some(format!("move it away: mv {path} {path}.old"));
            }
            Self::Wheels { .. } => "put them where that user can read them, such as /var/tmp",
            Self::Step { said, .. } if said.iter().any(|line| line.contains("No space left")) => {
                "the disk is full: df -h"
            }
            Self::Step { hint, .. } => hint,
            Self::NoRoom { .. } => "make room, or set [state] directory in the configuration",
            Self::Roots { place, user } => {
                return Some(format!("give it: chown {user}: {}", place.display()));
            }
            Self::Program { .. } => "install Python, or name it with --python",
            Self::File { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "run it as root"
            }
            Self::Busy(_) | Self::File { .. } | Self::Owner { .. } => return None,
        };
        Some(hint.to_owned())
    }
}
