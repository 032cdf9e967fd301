//! A daemon in a thread of this process, from its files to its end.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use phoebed::{ConfigSource, RunError, ZygoteCommand};
use phoebed_common::config::{Environment, Overrides};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::client::Client;
use crate::eventually::{LIMIT, eventually, in_time};
use crate::operator::Operator;
use crate::ports::PortBlock;
use crate::processes;
use crate::stage::Stage;

/// What a daemon is started with.
#[derive(Debug)]
pub struct Setup {
    keys: BTreeMap<&'static str, String>,
    ports: u16,
    script: Value,
    python: PathBuf,
}

impl Default for Setup {
    /// No spares (so that workers are numbered by the starts), 8 ports, well-behaved fakes.
    fn default() -> Self {
        let keys = [
            ("workers.spares", "0"),
            // The fakes ship no state.
            ("session.durability", "\"none\""),
            ("workers.end_grace_seconds", "1"),
            ("resources.min_free_memory_mb", "0"),
            ("database.log_exclude_commands", "\"\""),
            ("server.port", "0"),
            // The fakes write into the stage's directory.
            ("sandbox.mode", "\"off\""),
        ];
        let keys = keys.map(|(key, value)| (key, value.to_owned())).into();
        Self { keys, ports: 8, script: json!({}), python: python() }
    }
}

impl Setup {
    /// A key of the configuration, and its value as TOML.
    pub fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.keys.insert(key, value.to_string());
        self
    }

    /// How many ports the pool has.
    pub fn ports(mut self, ports: u16) -> Self {
        assert!(ports <= crate::ports::BLOCK);
        self.ports = ports;
        self
    }

    /// What the fakes do.
    pub fn script(mut self, script: Value) -> Self {
        self.script = script;
        self
    }

    /// Another interpreter.
    pub fn python(mut self, python: &str) -> Self {
        self.python = python.into();
        self
    }

    /// Starts the daemon; it listens, its zygote may not be ready.
    pub async fn listen(self) -> Daemon {
        let ports = PortBlock::take();
        self.listen_with(ports).await
    }

    /// As [`Setup::listen`], with ports that the test knows before.
    pub async fn listen_with(mut self, ports: PortBlock) -> Daemon {
        let home = tempfile::Builder::new().prefix("phoebed-fake-").tempdir().unwrap();
        let stage = Stage::new(home.path().join("stage"), &self.script);
        let quoted = |name: &str| json!(home.path().join(name)).to_string();
        self.keys.insert("state.directory", quoted("state"));
        self.keys.insert("database.path", quoted("sessions.db"));
        self.keys.insert("admin.socket", quoted("admin.sock"));
        self.keys.insert("port_pool.start", ports.first.to_string());
        self.keys.insert("port_pool.end", (ports.first + self.ports).to_string());
        let source = source(&self.keys, &home.path().join("config.toml"));
        let zygote = ZygoteCommand {
            privileges: Default::default(),
            python: self.python,
            arguments: vec!["-I".into(), "-B".into(), fake_zygote().into()],
            environment: vec![(OsString::from("FAKE_DIR"), stage.path().into())],
            directory: home.path().to_owned(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = Client(listener.local_addr().unwrap());
        let listener = listener.into_std().unwrap();
        let (stop, stopped) = oneshot::channel();
        // As much stack as the main thread of the program has.
        let thread = std::thread::Builder::new()
            .stack_size(8 << 20)
            .spawn(move || serve(source, listener, zygote, stopped))
            .unwrap();
        let operator = Operator(home.path().join("admin.sock"));
        Daemon { client, stage, ports, operator, home, stop: Some(stop), thread: Some(thread) }
    }

    /// Starts the daemon and waits until its zygote is ready.
    pub async fn start(self) -> Daemon {
        let daemon = self.listen().await;
        daemon.ready().await;
        daemon
    }
}

/// As `main` does it.
fn serve(
    source: ConfigSource,
    listener: std::net::TcpListener,
    zygote: ZygoteCommand,
    stopped: oneshot::Receiver<()>,
) -> Result<(), RunError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(16)
        .build()
        .unwrap();
    let outcome = runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let config = source.load().unwrap();
        // What the daemon logs is of use when a test fails, and noise otherwise.
        if std::env::var_os("PHOEBED_TEST_LOG").is_some() {
            phoebed::logging::start(&config.logging);
        }
        let mut setup = phoebed::Setup::new(config, source, vec![listener]);
        setup.zygote = Some(zygote);
        phoebed::run(setup, async {
            let _ = stopped.await;
        })
        .await
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

/// Writes the file, and tells to read nothing else.
fn source(keys: &BTreeMap<&str, String>, path: &Path) -> ConfigSource {
    let text: String = keys.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    std::fs::write(path, text).unwrap();
    let mut environment = Environment::of_process(false, "/".into());
    environment.variables.clear();
    let overrides = Overrides { config: Some(path.to_owned()), ..Overrides::default() };
    ConfigSource::new(environment, overrides)
}

fn python() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/python")
}

fn fake_zygote() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake/zygote")
}

/// A running daemon. End it with [`Daemon::stop`].
#[derive(Debug)]
pub struct Daemon {
    pub client: Client,
    pub stage: Stage,
    pub ports: PortBlock,
    pub operator: Operator,
    home: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), RunError>>>,
}

impl Daemon {
    /// Waits until the zygote is ready.
    pub async fn ready(&self) {
        eventually("the zygote is ready", async || {
            (self.client.get("/ready").await.status == 200).then_some(())
        })
        .await;
    }

    /// Has it stop, without waiting for that.
    pub fn begin_stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    /// Stops it; nothing of it may be left.
    pub async fn stop(mut self) {
        self.begin_stop();
        self.stopped().await;
    }

    /// As [`Daemon::stop`], with a last look at the log database.
    pub async fn stop_and_query(mut self, sql: &str) -> Vec<Vec<String>> {
        self.begin_stop();
        self.ended().await;
        self.query(sql)
    }

    /// Waits for the end that [`Daemon::begin_stop`] began; the ids of the sessions that are kept.
    pub async fn stopped_and_kept(mut self) -> Vec<String> {
        self.ended().await;
        let rows = self.query_file("state/state.db", "SELECT session_id FROM sessions");
        rows.into_iter().flatten().collect()
    }

    /// As [`Daemon::stop`], with a last look at the trace: its lines of this kind.
    pub async fn stop_and_trace(mut self, what: &str) -> Vec<Value> {
        self.begin_stop();
        self.ended().await;
        self.stage.all(what)
    }

    /// Waits for the end that [`Daemon::begin_stop`] began.
    pub async fn stopped(mut self) {
        self.ended().await;
    }

    async fn ended(&mut self) {
        let thread = self.thread.take().unwrap();
        eventually("the end of the daemon", async || thread.is_finished().then_some(())).await;
        thread.join().unwrap().expect("run() succeeds");
        assert_eq!(self.left_behind(), [""; 0], "processes are left");
        assert_eq!(self.scratch(), [""; 0], "scratch directories are left");
        assert_eq!(self.query("SELECT * FROM sessions WHERE status = 'active'").len(), 0);
    }

    /// Processes of it, zombies included.
    pub fn left_behind(&self) -> Vec<String> {
        let marker = format!("FAKE_DIR={}", self.stage.path().display());
        processes::left_behind(&marker, &self.stage.processes())
    }

    /// Names in the directory of scratch directories.
    pub fn scratch(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.home.path().join("state/scratch")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Waits until no worker is left: no process, no scratch directory, no reserved port.
    pub async fn is_empty(&self) {
        in_time("no worker, no scratch directory, no reserved port", async {
            self.stage.live(0).await;
            eventually("the scratch is empty", async || self.scratch().is_empty().then_some(()))
                .await;
            eventually("all ports are free", async || {
                (self.client.ports().await.1 == 0).then_some(())
            })
            .await;
        })
        .await;
    }

    /// Rows of the log database, values as text.
    pub fn query(&self, sql: &str) -> Vec<Vec<String>> {
        self.query_file("sessions.db", sql)
    }

    /// Rows of a database.
    pub fn query_file(&self, file: &str, sql: &str) -> Vec<Vec<String>> {
        let path = self.home.path().join(file);
        let database = rusqlite::Connection::open(path).unwrap();
        let mut statement = database.prepare(sql).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|n| text(row.get_ref(n)?)).collect();
        statement.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap()
    }
}

#[allow(clippy::unnecessary_wraps, reason = "as the iterator above wants it")]
fn text(value: rusqlite::types::ValueRef<'_>) -> rusqlite::Result<String> {
    use rusqlite::types::ValueRef::{Blob, Integer, Null, Real, Text};
    Ok(match value {
        Null => "null".to_owned(),
        Integer(number) => number.to_string(),
        Real(number) => number.to_string(),
        Text(text) | Blob(text) => String::from_utf8_lossy(text).into_owned(),
    })
}

impl Drop for Daemon {
    /// A test that failed does not leave processes either.
    fn drop(&mut self) {
        drop(self.stop.take());
        let Some(thread) = self.thread.take() else { return };
        let end = Instant::now() + LIMIT;
        while !thread.is_finished() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(std::thread::panicking(), "a daemon was not stopped");
    }
}
