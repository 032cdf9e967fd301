//! A phoebed to measure, with a directory, ports and a log of its own.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::{Method, StatusCode, Uri};
use phoebed_tests::{Authority, Signal, binary, is_in_use, processes_of, python, signal};
use tempfile::TempDir;

use crate::client::{Connection, Server, parse, path};
use crate::error::{BenchError, Result};
use crate::ports::free_range;
use crate::processes::tree;
use crate::program::Program;
use crate::tls::{self, Trust};

const LISTENS_WITHIN: Duration = Duration::from_secs(10);
const READY_WITHIN: Duration = Duration::from_secs(60);
const STOPS_WITHIN: Duration = Duration::from_secs(20);
/// What is still being set up after `/ready`, such as the last spare, is done by then.
const SETTLE: Duration = Duration::from_millis(500);
/// How often a connection is tried until there is somebody who listens.
const TRY_EVERY: Duration = Duration::from_micros(200);

/// A running daemon. [`Daemon::stop`] checks that nothing is left of it; dropped before that, it
/// is killed with all that it started.
#[derive(Debug)]
pub struct Daemon {
    program: Option<Program>,
    directory: TempDir,
    ports: Range<u16>,
    trust: Option<Trust>,
    listening: Duration,
}

/// A session, as the addresses that it is used by.
#[derive(Debug, Clone)]
pub struct Session {
    /// Takes commands.
    pub send: Uri,
    /// Ends it.
    pub end: Uri,
    /// Lets it hibernate.
    pub hibernate: Uri,
}

impl Session {
    /// From the answer of start-session.
    pub fn of(answer: &[u8]) -> Result<Self> {
        let object = parse(answer)?;
        let id = object["session_id"].as_str();
        let id = id.ok_or_else(|| BenchError::unexpected(format!("not a session: {object}")))?;
        let hibernate = path(&format!("/dash/sessions/{id}/hibernate"))?;
        Ok(Self { send: path(&format!("/send/{id}"))?, end: end_of(id)?, hibernate })
    }
}

fn end_of(id: &str) -> Result<Uri> {
    path(&format!("/dash/end-session/{id}"))
}

impl Daemon {
    /// Starts one with so many spares and ports, and waits until sessions start at once.
    pub async fn start(spares: usize, pool: u16) -> Result<Self> {
        Self::start_with(spares, pool, "").await
    }

    /// As [`Daemon::start`], with these lines of configuration besides.
    pub async fn start_with(spares: usize, pool: u16, lines: &str) -> Result<Self> {
        let daemon = Self::start_cold(spares, pool, lines).await?;
        daemon.wait_until_ready().await?;
        Ok(daemon)
    }

    /// As [`Daemon::start_with`], and it speaks HTTPS.
    pub async fn start_https(spares: usize, pool: u16, lines: &str) -> Result<Self> {
        let daemon = Self::begin(spares, pool, lines, Some(&Authority::new()), |_| Ok(())).await?;
        daemon.wait_until_ready().await?;
        Ok(daemon)
    }

    /// As [`Daemon::start_with`], but waits only until it has answered `/health`; its engine is
    /// still being imported.
    pub async fn start_cold(spares: usize, pool: u16, lines: &str) -> Result<Self> {
        Self::begin(spares, pool, lines, None, |_| Ok(())).await
    }

    /// As [`Daemon::start_cold`], with files that are put into its directory before.
    pub async fn start_prepared(
        spares: usize,
        pool: u16,
        prepare: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<Self> {
        Self::begin(spares, pool, "", None, prepare).await
    }

    /// Waits until sessions start at once.
    pub async fn wait_until_ready(&self) -> Result<()> {
        let (mut connection, ready) = (self.connect().await?, path("/ready")?);
        let started = Instant::now();
        loop {
            let (status, answer) = connection.exchange(Method::GET, &ready, Bytes::new()).await?;
            if status == StatusCode::OK {
                break;
            }
            let answer = String::from_utf8_lossy(&answer).into_owned();
            if answer.contains("cannot start") {
                return Err(BenchError::unexpected(answer));
            }
            if started.elapsed() > READY_WITHIN {
                return Err(BenchError::TimedOut { what: answer, within: READY_WITHIN });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(SETTLE).await;
        Ok(())
    }

    /// Starts one, with HTTPS by a certificate of this authority if there is one.
    async fn begin(
        spares: usize,
        pool: u16,
        lines: &str,
        authority: Option<&Authority>,
        prepare: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<Self> {
        let directory = TempDir::with_prefix("phoebed-bench-");
        let directory =
            directory.map_err(|source| BenchError::io("a temporary directory", source))?;
        let ports = free_range(pool + 1)?;
        let (trust, lines) = match authority {
            None => (None, lines.to_owned()),
            Some(authority) => {
                let named = tls::files(authority, directory.path())?;
                (Some(Trust::new(authority)?), lines.to_owned() + &named)
            }
        };
        prepare(directory.path())?;
        let listening = Duration::ZERO;
        let mut daemon = Self { program: None, directory, ports, trust, listening };
        let mut command = daemon.command(spares, &lines)?;
        let started = Instant::now();
        daemon.program = Some(Program::start(&mut command)?);
        while TcpStream::connect(daemon.address()).is_err() {
            if started.elapsed() > LISTENS_WITHIN || daemon.has_ended() {
                return Err(BenchError::unexpected(format!("no daemon: {}", daemon.last_words())));
            }
            std::thread::sleep(TRY_EVERY);
        }
        let mut connection = daemon.connect().await?;
        let (status, _) = connection.exchange(Method::GET, &path("/health")?, Bytes::new()).await?;
        daemon.listening = started.elapsed();
        if status == StatusCode::OK {
            return Ok(daemon);
        }
        Err(BenchError::unexpected(format!("/health: {status}")))
    }

    /// As shipped, but for where it puts things, and with spares and ports as given.
    fn command(&self, spares: usize, lines: &str) -> Result<Command> {
        let directory = self.directory.path();
        let Range { start, end } = self.ports;
        let text = format!(
            "server.port = {start}\nport_pool.start = {}\nport_pool.end = {end}\n\
             state.directory = '{place}/state'\nadmin.socket = '{place}/admin.sock'\n\
             database.path = '{place}/sessions.db'\nengine.python = '{}'\n\
             workers.spares = {spares}\n{lines}",
            start + 1,
            python().display(),
            place = directory.display(),
        );
        let config = directory.join("phoebed.toml");
        let written = fs::write(&config, text).and_then(|()| File::create(self.log()));
        let log = written.map_err(|source| BenchError::io("the daemon's files", source))?;
        let mut command = Command::new(binary("phoebed"));
        command.arg("--config").arg(config).current_dir(directory).env_clear();
        command.env("HOME", directory).env("PATH", "/usr/bin:/bin");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Ok(command)
    }

    /// From just before the program was started until the answer to `/health`.
    pub fn listening(&self) -> Duration {
        self.listening
    }

    /// Where its API is.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports.start).into()
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.program.as_ref().map_or(0, Program::pid)
    }

    /// The same, with how it is spoken to.
    fn server(&self) -> Server {
        Server { address: self.address(), trust: self.trust.clone() }
    }

    /// A connection to it.
    pub async fn connect(&self) -> Result<Connection> {
        Connection::open(self.server()).await
    }

    /// Several connections, each with a session of its own.
    pub async fn sessions(&self, count: usize) -> Result<Vec<(Connection, Session)>> {
        let start = path("/dash/start-session")?;
        let mut sessions = Vec::with_capacity(count);
        for mut connection in Connection::open_many(self.address(), count).await? {
            let session = Session::of(&connection.post(&start, Bytes::new()).await?)?;
            sessions.push((connection, session));
        }
        Ok(sessions)
    }

    /// Stops it and checks that neither a process nor a port is left.
    pub async fn stop(mut self) -> Result<()> {
        let Some(program) = self.program.take() else { return Ok(()) };
        let status = program.terminate(STOPS_WITHIN).await;
        let words = self.last_words();
        let status = status.ok_or_else(|| {
            BenchError::unexpected(format!("the daemon did not stop and was killed: {words}"))
        });
        let left = self.kill_what_is_left();
        let status = status?;
        let listening: Vec<u16> = self.ports.clone().filter(|port| is_in_use(*port)).collect();
        if status.success() && left.is_empty() && listening.is_empty() {
            return Ok(());
        }
        Err(BenchError::unexpected(format!(
            "the daemon ended ({status}) and left processes {left:?}, ports {listening:?}: {words}"
        )))
    }

    /// Kills what still works in the daemon's directory. Returns their process ids.
    fn kill_what_is_left(&self) -> Vec<i32> {
        let left = processes_of(self.directory.path());
        let pids: Vec<i32> = left.into_iter().map(|process| process.pid).collect();
        pids.iter().for_each(|pid| signal(*pid, Signal::SIGKILL));
        pids
    }

    fn has_ended(&mut self) -> bool {
        self.program.as_mut().is_none_or(|program| program.status().is_some())
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.program.take().is_some() {
            self.kill_what_is_left();
        }
    }
}

/// Whether this program has no child left, once all its daemons were stopped.
pub fn check_nothing_is_left() -> Result<()> {
    let left = tree(std::process::id().cast_signed()).len() - 1;
    if left == 0 {
        return Ok(());
    }
    Err(BenchError::unexpected(format!("{left} processes are left")))
}
