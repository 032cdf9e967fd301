//! The daemon under test: a program with a directory, ports and a process group of its own.

use std::fs::{File, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::resource::{Resource, setrlimit};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Finished, Running, run_to_the_end};
use crate::{
    Api, Database, PortRange, Process, Session, Settings, Signal, binary, children, eventually,
    is_in_use, processes_of, signal,
};

/// A daemon. A test ends it with [`Daemon::stop`] or [`Daemon::kill`], which check that nothing
/// is left of it; when a test fails before that, everything is killed.
#[derive(Debug)]
pub struct Daemon {
    running: Option<Running>,
    directory: TempDir,
    ports: PortRange,
    settings: Settings,
    api: Api,
}

impl Daemon {
    /// Starts one and waits until its engine is ready.
    #[track_caller]
    pub fn start(settings: Settings) -> Self {
        let daemon = Self::start_cold(settings);
        daemon.wait_until_ready();
        daemon
    }

    /// Starts one and waits only until it answers: its engine is still being imported.
    #[track_caller]
    pub fn start_cold(settings: Settings) -> Self {
        Self::start_with(|_| settings)
    }

    /// As [`Daemon::start_cold`], with settings that depend on the ports that it gets.
    #[track_caller]
    pub fn start_with(settings: impl FnOnce(&PortRange) -> Settings) -> Self {
        let directory = TempDir::with_prefix("phoebed-test-").expect("a temporary directory");
        // Workers may be another user's.
        let passable = Permissions::from_mode(0o711);
        std::fs::set_permissions(directory.path(), passable).expect("its own directory");
        let ports = PortRange::take();
        let settings = settings(&ports);
        let api = match settings.trusted() {
            None => Api::new(ports.api()),
            Some(root) => Api::with_tls(ports.api(), root),
        };
        let mut daemon = Self { running: None, directory, ports, settings, api };
        daemon.start_again();
        daemon
    }

    /// Starts it again on the same files after [`Daemon::kill`]; waits until it answers.
    #[track_caller]
    pub fn start_again(&mut self) {
        assert!(self.running.is_none(), "it runs");
        let config = self.write_files();
        let log = File::options().create(true).append(true).open(self.log_path()).expect("a log");
        let passed = self.settings.passed();
        let mut command = passed.command(binary("phoebed"));
        command.arg("--config").arg(&config).current_dir(self.path()).env_clear();
        command.env("HOME", self.path()).env("PATH", "/usr/bin:/bin");
        command.envs(self.settings.environment().iter().map(|(name, value)| (name, value)));
        passed.pass(&mut command);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        if let Some(most) = self.settings.most_open_files() {
            // SAFETY: setrlimit is safe between fork and exec.
            unsafe {
                command.pre_exec(move || Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?));
            }
        }
        self.running = Some(Running::start(&mut command));
        eventually("the daemon answers", || {
            self.assert_running();
            self.api.try_get("/health").filter(|answer| answer.status == 200)
        });
    }

    /// Changes its files; it reads them when it is told to.
    #[track_caller]
    pub fn configure(&mut self, change: impl FnOnce(Settings) -> Settings) {
        self.settings = change(std::mem::take(&mut self.settings));
        self.write_files();
    }

    /// Writes the configuration, whose path it returns, and the files that it names.
    #[track_caller]
    fn write_files(&self) -> PathBuf {
        let settings = self.settings.complete(self.path(), &self.ports);
        let config = self.path().join("phoebed.toml");
        std::fs::write(&config, settings.to_toml()).expect("the configuration file");
        for (name, text) in self.settings.files() {
            let file = self.path().join(name);
            std::fs::write(&file, text).expect("a file");
            std::fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("it is ours");
        }
        config
    }

    /// Waits until sessions start at once.
    #[track_caller]
    pub fn wait_until_ready(&self) {
        eventually("the engine is ready", || {
            let answer = self.api.get("/ready");
            assert!(!answer.text().contains("cannot start"), "{}", answer.text());
            (answer.status == 200).then_some(())
        });
    }

    /// A client for it.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Where its public API is.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.ports.api()).into()
    }

    /// Its ports.
    pub fn ports(&self) -> &PortRange {
        &self.ports
    }

    /// Everything of it is below this directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.running.as_ref().expect("it runs").pid()
    }

    /// Its log database.
    pub fn database(&self) -> Database {
        Database::at(self.path().join("data/sessions.db"))
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Starts a session.
    #[track_caller]
    pub fn start_session(&self) -> Session {
        self.api.start_session()
    }

    /// The worker of a session.
    #[track_caller]
    pub fn worker(&self, session: &Session) -> Process {
        let shown = self.told(&["sessions", "show", &session.id]);
        let pid = shown["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok());
        pid.and_then(Process::read).unwrap_or_else(|| panic!("no worker: {shown}"))
    }

    /// Whether this worker is in its scratch directory, which it enters when it is born.
    pub fn has_moved_in(&self, worker: &Process) -> bool {
        let scratch = self.path().join("state/scratch");
        Process::read(worker.pid).is_some_and(|process| process.directory.starts_with(scratch))
    }

    /// How many spares wait ready, as the operator is told.
    #[track_caller]
    pub fn ready_spares(&self) -> u64 {
        let status = self.status();
        status["spares"]["ready"].as_u64().unwrap_or_else(|| panic!("no spares: {status}"))
    }

    /// What `phoebectl status` tells.
    #[track_caller]
    pub fn status(&self) -> Value {
        self.told(&["status"])
    }

    /// Runs `phoebectl` with its socket.
    #[track_caller]
    pub fn ctl(&self, arguments: &[&str]) -> Finished {
        let mut command = Command::new(binary("phoebectl"));
        command.arg("--socket").arg(self.path().join("admin.sock")).args(arguments);
        run_to_the_end(command, self.path(), "phoebectl ends")
    }

    /// What `phoebectl` answers, as JSON.
    #[track_caller]
    fn told(&self, arguments: &[&str]) -> Value {
        let finished = self.ctl(&[arguments, &["--json"]].concat());
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        serde_json::from_str(&finished.stdout).expect("JSON")
    }

    /// The zygote, if there is one.
    pub fn zygote(&self) -> Option<Process> {
        let home = self.path().join("state/zygote");
        // Just forked it is the daemon still, which waits for it to become another program.
        let became = |process: &Process| process.command.ends_with("state/worker");
        let is_zygote = |process: &Process| process.directory == home && became(process);
        children(self.pid()).into_iter().find(is_zygote)
    }

    /// The child in which the session's worker computes, once there is one.
    #[track_caller]
    pub fn compute_child(&self, session: &Session) -> Process {
        let worker = self.worker(session);
        eventually("the worker computes in a child", || children(worker.pid).into_iter().next())
    }

    /// Sends a signal to it.
    pub fn signal(&self, which: Signal) {
        signal(self.pid(), which);
    }

    /// Asks it to stop and waits for that: nothing may be left, and the status must be 0.
    #[track_caller]
    pub fn stop(mut self) {
        self.signal(Signal::SIGTERM);
        self.stopped();
    }

    /// Waits for the end that a signal has asked for, and checks it as [`Daemon::stop`] does.
    #[track_caller]
    pub fn stopped(&mut self) {
        let status = self.running.as_mut().expect("it runs").ended("the daemon stops");
        self.running = None;
        assert_eq!(status.code(), Some(0), "{}", self.last_of_log());
        assert_eq!(processes_of(self.path()), [], "processes are left");
        let left: Vec<u16> = self.ports.all().filter(|port| is_in_use(*port)).collect();
        assert!(left.is_empty(), "ports are still held: {left:?}");
        assert_eq!(self.scratch_directories(), [] as [PathBuf; 0], "scratch directories are left");
    }

    /// Asks it to stop, waits for that without a look at what is left, and starts it again; what a
    /// test holds stays.
    #[track_caller]
    pub fn restart(&mut self) {
        self.signal(Signal::SIGTERM);
        self.ended();
        self.start_again();
    }

    /// Waits for the end that was asked for, without a look at what is left.
    #[track_caller]
    pub fn ended(&mut self) {
        let mut running = self.running.take().expect("it runs");
        let status = running.ended("the daemon stops");
        assert_eq!(status.code(), Some(0), "{}", self.last_of_log());
    }

    /// Kills it with SIGKILL and waits until everything of it is gone by itself.
    #[track_caller]
    pub fn kill(&mut self) {
        let mut running = self.running.take().expect("it runs");
        // The process alone: what becomes of its children is the question.
        signal(running.pid(), Signal::SIGKILL);
        running.ended("the daemon is killed");
        eventually("no process is left", || processes_of(self.path()).is_empty().then_some(()));
    }

    /// The directories of workers.
    pub fn scratch_directories(&self) -> Vec<PathBuf> {
        let listed = std::fs::read_dir(self.path().join("state/scratch"));
        listed.into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    }

    /// The numbers of port-status: total, reserved and available; they must add up.
    #[track_caller]
    pub fn port_counts(&self) -> (u64, u64, u64) {
        let ports = self.api.ports();
        let number = |name: &str| ports[name].as_u64().unwrap_or_else(|| panic!("{ports}"));
        let (total, reserved) = (number("total_ports"), number("reserved_ports"));
        let available = number("available_ports");
        assert_eq!(total, reserved + available, "{ports}");
        let listed = ports["reserved_port_list"].as_array().map(Vec::len);
        assert_eq!(listed, usize::try_from(reserved).ok(), "{ports}");
        (total, reserved, available)
    }

    /// The row of a session in the log database once it is terminated.
    #[track_caller]
    pub fn ended_row(&self, session: &Session) -> Value {
        self.database().ended_session(&session.id)
    }

    fn assert_running(&mut self) {
        let running = self.running.as_mut().expect("it runs");
        if let Some(status) = running.status() {
            panic!("the daemon has ended: {status}\n{}", self.last_of_log());
        }
    }

    fn log_path(&self) -> PathBuf {
        self.path().join("log")
    }

    fn last_of_log(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        format!("the end of its log:\n{}", lines[lines.len().saturating_sub(12)..].join("\n"))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let was_stopped = self.running.take().is_none();
        for process in processes_of(self.path()) {
            signal(process.pid, Signal::SIGKILL);
        }
        if std::thread::panicking() {
            #[allow(clippy::print_stderr, reason = "a failed test tells what the daemon logged")]
            {
                eprintln!("{}", self.last_of_log());
            }
        } else {
            assert!(was_stopped, "the test did not stop its daemon");
        }
    }
}
