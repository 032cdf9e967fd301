//! Programs that tests run, none of which outlives its test.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::{binary, eventually};

/// A child in a process group of its own. The group is killed when this is dropped, and the child
/// by the kernel when the thread that started it ends in any other way.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Running {
    #[track_caller]
    pub(crate) fn start(command: &mut Command) -> Self {
        // SAFETY: prctl is safe between fork and exec.
        unsafe { command.pre_exec(|| Ok(set_pdeathsig(Signal::SIGKILL)?)) };
        match command.process_group(0).spawn() {
            Ok(child) => Self(child),
            Err(error) => panic!("cannot run {command:?}: {error}"),
        }
    }

    pub(crate) fn pid(&self) -> i32 {
        i32::try_from(self.0.id()).expect("a process id")
    }

    /// The status, if it has ended.
    pub(crate) fn status(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("nobody else waits for it")
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn ended(&mut self, what: &str) -> ExitStatus {
        eventually(what, || self.status())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.status().is_none() {
            // Its id is not free for others before it was waited for.
            let _ = killpg(Pid::from_raw(self.pid()), Signal::SIGKILL);
            let _ = self.0.wait();
        }
    }
}

/// What a program left behind.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The exit status; none when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// Runs `phoebed` in a directory, with an environment of these variables alone, until it ends.
///
/// # Panics
/// When it does not end.
#[track_caller]
pub fn run_phoebed(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Finished {
    let mut command = Command::new(binary("phoebed"));
    command.args(arguments).current_dir(directory).env_clear().env("HOME", directory);
    command.envs(variables.iter().copied());
    run_to_the_end(command, directory, "phoebed ends")
}

/// Runs a program with its output in files there: a pipe that nobody reads would hold it up.
#[track_caller]
pub(crate) fn run_to_the_end(mut command: Command, directory: &Path, what: &str) -> Finished {
    let (stdout, stderr) = (directory.join("stdout"), directory.join("stderr"));
    let file = |path| File::create(path).expect("an output file");
    command.stdin(Stdio::null()).stdout(file(&stdout)).stderr(file(&stderr));
    let status = Running::start(&mut command).ended(what);
    let read = |path| {
        let bytes = std::fs::read(path).expect("an output file");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Finished { code: status.code(), stdout: read(stdout), stderr: read(stderr) }
}
