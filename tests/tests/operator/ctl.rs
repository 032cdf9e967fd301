//! `phoebectl` as an operator runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use phoebed_tests::{Daemon, binary};
use serde_json::Value;

/// What a run of `phoebectl` left behind.
#[derive(Debug)]
pub struct Done {
    /// The exit status.
    pub code: Option<i32>,
    /// Its data.
    pub stdout: String,
    /// Everything else it said.
    pub stderr: String,
}

impl Done {
    /// This run, which must have ended with this status.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// Checks that every one of these is said, in the data or beside it.
    #[track_caller]
    pub fn says(&self, texts: &[&str]) {
        let all = format!("{}{}", self.stdout, self.stderr);
        for text in texts {
            assert!(all.contains(text), "{text:?} is not in\n{all}");
        }
    }

    /// The data as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// `phoebectl` in surroundings of its own: an empty environment and a directory.
#[derive(Debug, Clone)]
pub struct Ctl {
    program: PathBuf,
    directory: PathBuf,
    global: Vec<String>,
    variables: Vec<(String, String)>,
    user: Vec<String>,
}

impl Ctl {
    /// For no daemon in particular.
    pub fn in_directory(directory: &Path) -> Self {
        let program = binary("phoebectl");
        let directory = directory.to_owned();
        Self { program, directory, global: vec![], variables: vec![], user: vec![] }
    }

    /// For this daemon, whose configuration tells where its socket is.
    pub fn of(daemon: &Daemon) -> Self {
        let ctl = Self::in_directory(daemon.path());
        ctl.global("--config", &daemon.path().join("phoebed.toml"))
    }

    /// With an option for every run.
    pub fn global(mut self, option: &str, path: &Path) -> Self {
        self.global.extend([option.to_owned(), path.display().to_string()]);
        self
    }

    /// With a variable in the environment.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this copy of the program.
    pub fn program(mut self, program: PathBuf) -> Self {
        self.program = program;
        self
    }

    /// As another user with the group of the same number, in these groups besides; only root can
    /// do that.
    pub fn with_uid(self, uid: u32, groups: &[u32]) -> Self {
        self.with_user(uid, uid, groups)
    }

    /// As another user with this group, in these groups besides.
    pub fn with_user(mut self, uid: u32, gid: u32, groups: &[u32]) -> Self {
        let groups: Vec<String> = groups.iter().map(u32::to_string).collect();
        let groups = match groups.join(",") {
            none if none.is_empty() => "--clear-groups".to_owned(),
            groups => format!("--groups={groups}"),
        };
        self.user = vec![format!("--reuid={uid}"), format!("--regid={gid}"), groups, "--".into()];
        self
    }

    /// Runs it until it ends, with nothing to read and no terminal.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Done {
        let mut command = match self.user.is_empty() {
            true => Command::new(&self.program),
            false => Command::new("/usr/bin/setpriv"),
        };
        if !self.user.is_empty() {
            command.args(&self.user).arg(&self.program);
        }
        command.args(&self.global).args(arguments).current_dir(&self.directory).env_clear();
        command.env("HOME", &self.directory).env("PATH", "/usr/bin:/bin").env("TZ", "UTC");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let output = command.stdin(Stdio::null()).output();
        let output = output.unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Done { code: output.status.code(), stdout, stderr }
    }

    /// Runs a command that succeeds.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> Done {
        self.run(arguments).expect(0)
    }

    /// The data of a command that succeeds, as JSON.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let done = self.ok(&[arguments, &["--json"]].concat());
        assert_eq!(done.stdout.lines().count(), 1, "JSON is one line: {done:?}");
        done.json()
    }
}

/// Whether this runs as root; what needs that is only tested then.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}
