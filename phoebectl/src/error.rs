//! What can go wrong, as the user sees it: a sentence, its causes, what to do next; and the exit
//! code.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use phoebed_common::admin::ErrorBody;
use phoebed_common::config::ConfigError;

use crate::engine::EngineError;
use crate::permission;
use crate::text::{count, span};

/// Refused or failed.
const FAILED: u8 = 1;
/// Wrong usage or configuration.
const MISCONFIGURED: u8 = 2;
/// No daemon runs.
const NOT_RUNNING: u8 = 3;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum CtlError {
    /// Nothing listens on any of the sockets.
    #[error("phoebed is not running")]
    NotRunning {
        /// The sockets that were tried.
        tried: Vec<Tried>,
    },
    /// A socket is there, and this user may not use it.
    #[error("permission denied on {}", socket.display())]
    Denied {
        /// The socket.
        socket: PathBuf,
        /// The sockets that were tried.
        tried: Vec<Tried>,
    },
    /// A socket cannot be used for another reason.
    #[error("cannot connect to {}", socket.display())]
    Connect {
        /// The socket.
        socket: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The daemon took too long.
    #[error("phoebed did not answer within {}", span(after.as_secs_f64()))]
    Timeout {
        /// How long was waited.
        after: Duration,
    },
    /// The connection broke.
    #[error("the connection to phoebed broke")]
    Broken {
        /// How.
        cause: String,
    },
    /// Something else listens there.
    #[error("what answers on {} is not phoebed's admin API", socket.display())]
    NotPhoebed {
        /// The socket.
        socket: PathBuf,
    },
    /// The answer is not what it should be.
    #[error("the answer of phoebed {version} to {path} is not understood")]
    NotUnderstood {
        /// The daemon's version.
        version: String,
        /// What was asked.
        path: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The daemon said no, or failed.
    #[error("{}", .0.error)]
    Refused(ErrorBody),
    /// The engine was not ready in time.
    #[error("phoebed is not ready after {}: the engine is {state}", span(after.as_secs_f64()))]
    NotReady {
        /// How long was waited.
        after: Duration,
        /// What it is instead.
        state: &'static str,
        /// Why, if the daemon said.
        cause: Option<String>,
    },
    /// The daemon was told to stop and has not.
    #[error("phoebed (process {pid}) is still stopping after {}", span(after.as_secs_f64()))]
    StillStopping {
        /// Its process.
        pid: u32,
        /// How long was waited.
        after: Duration,
    },
    /// Commands or jobs still run or wait.
    #[error(
        "{} {} still at work after {}; no new sessions are taken",
        count(*sessions, "session"),
        if *sessions == 1 { "is" } else { "are" },
        span(after.as_secs_f64())
    )]
    StillRunning {
        /// In how many sessions.
        sessions: usize,
        /// How long was waited.
        after: Duration,
    },
    /// Somebody else took it back.
    #[error("the daemon does not drain any more: somebody has taken it back, or it was restarted")]
    Undrained,
    /// Some sessions were not ended; the rest of the text was printed.
    #[error("{0}")]
    NotAllEnded(String),
    /// The job that was watched has ended otherwise than well.
    #[error("the job did not succeed: it is {0}")]
    JobNotDone(&'static str),
    /// Some users were not made; which and why was printed.
    #[error("{0}")]
    NotAllMade(String),
    /// A file of users is wrong.
    #[error("{} cannot be imported, nothing was sent", path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// What is wrong, line by line.
        faults: Vec<String>,
    },
    /// A password was to be read and cannot be.
    #[error("the password cannot be read from standard input")]
    Password(#[source] io::Error),
    /// A password was to be read and is not there.
    #[error("there is no password on standard input")]
    NoPassword,
    /// There is nobody to ask.
    #[error("this needs a confirmation, and there is no terminal to ask on")]
    CannotAsk,
    /// Somebody was asked and did not say yes.
    #[error("nothing was done")]
    Declined,
    /// The answer to a question cannot be read.
    #[error("the confirmation cannot be read")]
    Input(#[source] io::Error),
    /// There is no configuration, or a wrong one.
    #[error("the configuration {}", verdict(.0))]
    Config(ConfigError),
    /// The daemon's program cannot be run.
    #[error("cannot run {}", program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The daemon's program is nowhere.
    #[error("the program phoebed is neither beside phoebectl nor in PATH")]
    NoProgram,
    /// The daemon's program failed and has said why.
    #[error("phoebed failed")]
    ProgramFailed(u8),
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The engine is not there, or cannot be made.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// No such command to describe.
    #[error("there is no command {0:?}")]
    NoSuchCommand(String),
    /// Standard output cannot be written.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
}

/// A socket that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The socket.
    pub path: PathBuf,
    /// Why it was tried.
    pub source: &'static str,
    /// What was found.
    pub outcome: String,
}

impl CtlError {
    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotRunning { .. } => NOT_RUNNING,
            Self::Config(_) | Self::NoSuchCommand(_) => MISCONFIGURED,
            Self::ProgramFailed(code) => *code,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Denied { .. }
            | Self::Connect { .. }
            | Self::Timeout { .. }
            | Self::Broken { .. }
            | Self::NotPhoebed { .. }
            | Self::NotUnderstood { .. }
            | Self::Refused(_)
            | Self::NotReady { .. }
            | Self::StillStopping { .. }
            | Self::StillRunning { .. }
            | Self::Undrained
            | Self::NotAllEnded(_)
            | Self::JobNotDone(_)
            | Self::NotAllMade(_)
            | Self::Import { .. }
            | Self::Password(_)
            | Self::NoPassword
            | Self::CannotAsk
            | Self::Declined
            | Self::Input(_)
            | Self::Program { .. }
            | Self::NoProgram
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::Engine(_)
            | Self::Output(_) => FAILED,
        }
    }

    /// The lines that tell of it, each with its label; none where silence is right.
    pub fn report(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::ProgramFailed(_) => return Vec::new(),
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return Vec::new(),
            _ => {}
        }
        let mut lines = vec![("error", self.to_string())];
        lines.extend(self.causes().into_iter().map(|cause| ("caused by", cause)));
        lines.extend(self.hint().map(|hint| ("hint", hint)));
        lines
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::NotRunning { tried } | Self::Denied { tried, .. } => {
                tried.iter().map(Tried::to_string).collect()
            }
            Self::Broken { cause } | Self::NotUnderstood { cause, .. } => vec![cause.clone()],
            Self::Refused(body) => {
                let problem = |problem: &phoebed_common::admin::ConfigProblem| problem.to_string();
                body.causes.iter().cloned().chain(body.problems.iter().map(problem)).collect()
            }
            Self::Import { faults, .. } => faults.clone(),
            Self::Engine(error) => error.said().iter().cloned().chain(chain(error)).collect(),
            Self::NotReady { cause, .. } => cause.iter().cloned().collect(),
            Self::Config(ConfigError::Invalid(problems)) => {
                problems.iter().map(ToString::to_string).collect()
            }
            Self::Config(error) => std::iter::once(error.to_string()).chain(chain(error)).collect(),
            other => chain(other),
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotRunning { .. } => {
                "start it with `systemctl start phoebed` or `phoebed`, or name its socket with \
                 --socket"
            }
            Self::Denied { socket, .. } => return Some(permission::hint(socket)),
            Self::Timeout { .. } => {
                "wait longer with --timeout, or see what it does: journalctl --unit phoebed"
            }
            Self::Broken { .. } | Self::StillStopping { .. } => {
                "see what it says: journalctl --unit phoebed"
            }
            Self::NotReady { .. } => "phoebectl status",
            Self::StillRunning { .. } => {
                "see which: phoebectl sessions list; wait longer with --timeout, or take new \
                 sessions again: phoebectl undrain"
            }
            Self::Undrained => "phoebectl status",
            Self::NotPhoebed { .. } => "name the daemon's admin socket with --socket",
            Self::NotUnderstood { .. } => "use a phoebectl of the daemon's own version",
            Self::CannotAsk => "say --yes",
            Self::Import { .. } => {
                "see what the file must look like: phoebectl users import --help"
            }
            Self::NoPassword => "leave --password-stdin out, and the daemon makes a password",

            Self::Config(_) => {
                "print a right one, with every key explained: phoebectl config default"
            }
            Self::Refused(body) => return body.hint.clone(),
            Self::Engine(error) => return error.hint(),
            Self::NoSuchCommand(_) => "phoebectl --help",
            Self::NoProgram => "install phoebed, or start it and try again",
            Self::Connect { .. }
            | Self::NotAllEnded(_)
            | Self::JobNotDone(_)
            | Self::NotAllMade(_)
            | Self::Password(_)
            | Self::Read { .. }
            | Self::Declined
            | Self::Input(_)
            | Self::Program { .. }
            | Self::ProgramFailed(_)
            | Self::Write { .. }
            | Self::Output(_) => return None,
        };
        Some(hint.to_owned())
    }
}

impl std::fmt::Display for Tried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {}", self.path.display(), self.source, self.outcome)
    }
}

fn verdict(error: &ConfigError) -> &'static str {
    match error {
        ConfigError::Missing { .. } | ConfigError::Unreadable { .. } => "cannot be read",
        ConfigError::Invalid(_) => "is wrong",
    }
}

fn chain(error: &dyn std::error::Error) -> Vec<String> {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.map(ToString::to_string).collect()
}
