//! The daemon in-process, with an engine that cannot start: what the operator sees and does.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use hyper::Request;
use hyper_util::rt::TokioIo;
use phoebed_common::config::{Environment, Overrides};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;

/// A daemon, its folder, and how to stop it.
struct Daemon {
    folder: TempDir,
    stop: oneshot::Sender<()>,
    reloads: mpsc::Sender<()>,
    task: JoinHandle<Result<(), RunError>>,
}

impl Daemon {
    async fn start(text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        write_config(folder.path(), text);
        let source = source(folder.path());
        let (config, no_engine) = (source.load().unwrap(), no_engine(folder.path()));
        let listeners = listen(&config.server).await.unwrap();
        let (reloads, inbox) = mpsc::channel(1);
        let setup = Setup {
            zygote: Some(no_engine),
            reloads: Some(inbox),
            ..Setup::new(config, source, listeners)
        };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(run(setup, async {
            let _ = stopped.await;
        }));
        let daemon = Self { folder, stop, reloads, task };
        let socket = daemon.socket();
        eventually("the admin socket is there", async || socket.exists()).await;
        daemon
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("admin.sock")
    }

    fn configure(&self, text: &str) {
        write_config(self.folder.path(), text);
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let stream = UnixStream::connect(self.socket()).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = Request::builder().method(method).uri(path).header("host", "phoebed");
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = sender.send_request(request).await.unwrap();
        let version = response.headers().get("x-phoebed-version").unwrap();
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    /// Sends SIGTERM, so to speak, and waits for the end.
    async fn end(self) {
        let _ = self.stop.send(());
        self.task.await.unwrap().unwrap();
        assert!(!self.folder.path().join("admin.sock").exists(), "the socket was left");
    }
}

fn write_config(folder: &Path, text: &str) {
    let text = format!(
        "[admin]\nsocket = {:?}\n[state]\ndirectory = {:?}\n{text}",
        folder.join("admin.sock"),
        folder.join("state"),
    );
    fs::write(folder.join("config.toml"), text).unwrap();
}

fn source(folder: &Path) -> ConfigSource {
    let mut environment = Environment::of_process(false, folder.to_owned());
    environment.variables.clear();
    let config = Some(folder.join("config.toml"));
    ConfigSource::new(environment, Overrides { config, port: Some(0), ..Overrides::default() })
}

fn no_engine(folder: &Path) -> ZygoteCommand {
    ZygoteCommand {
        privileges: Default::default(),
        python: "/bin/false".into(),
        arguments: Vec::new(),
        environment: Vec::new(),
        directory: folder.to_owned(),
    }
}

async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never came true: {what}");
}

fn keys(changes: &Value) -> Vec<&str> {
    changes.as_array().unwrap().iter().map(|change| change["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_operator_sees_the_daemon_and_stops_it() {
    let daemon = Daemon::start("").await;
    let (status, ping) = daemon.ask("GET", "/v1/ping", "").await;
    assert_eq!((status, &ping["pid"]), (200, &json!(std::process::id())));
    eventually("the engine has failed", async || {
        daemon.ask("GET", "/v1/status", "").await.1["engine"]["state"] == "failed"
    })
    .await;
    let status = daemon.ask("GET", "/v1/status", "").await.1;
    assert!(!status["engine"]["cause"].as_str().unwrap().is_empty());
    assert_eq!(status["store"]["state"], "ok");
    assert_eq!(status["ports"], json!({"total": 30, "reserved": 0, "available": 30}));
    assert_eq!(daemon.ask("POST", "/v1/shutdown", "").await.0, 202);
    let Daemon { task, folder, .. } = daemon;
    task.await.unwrap().unwrap();
    assert!(!folder.path().join("admin.sock").exists());
}

#[tokio::test]
async fn a_reload_is_all_or_nothing_and_remembers_what_waits() {
    let daemon = Daemon::start("[server]\nhost = \"127.0.0.1\"\n").await;
    daemon.configure("[port_pool]\nend = 6570\n[auth]\nmode = \"nonsense\"\n");
    let (status, error) = daemon.ask("POST", "/v1/reload", "").await;
    assert_eq!((status, keys(&error["problems"])), (422, vec!["auth.mode"]));
    assert_eq!(daemon.ask("GET", "/v1/ports", "").await.1["counts"]["total"], 30);

    daemon.configure("[server]\nhost = \"127.0.0.2\"\n[port_pool]\nend = 6570\n");
    let (status, answer) = daemon.ask("POST", "/v1/reload", "").await;
    assert_eq!((status, keys(&answer["applied"])), (200, vec!["port_pool.end"]));
    assert_eq!(keys(&answer["needs_restart"]), ["server.host"]);
    assert_eq!(daemon.ask("GET", "/v1/ports", "").await.1["counts"]["total"], 10);
    let status = daemon.ask("GET", "/v1/status", "").await.1;
    assert_eq!(keys(&status["pending_restart"]), ["server.host"]);

    fs::remove_file(daemon.folder.path().join("config.toml")).unwrap();
    assert_eq!(daemon.ask("POST", "/v1/reload", "").await.0, 422);
    assert_eq!(daemon.ask("GET", "/v1/ports", "").await.1["counts"]["total"], 10);

    daemon.configure("[port_pool]\nend = 6600\n");
    daemon.reloads.send(()).await.unwrap();
    eventually("SIGHUP has applied the file", async || {
        daemon.ask("GET", "/v1/ports", "").await.1["counts"]["total"] == 40
    })
    .await;
    daemon.end().await;
}

#[tokio::test]
async fn the_log_database_is_kept_made_afresh_and_made_again() {
    let daemon = Daemon::start("").await;
    let database = daemon.folder.path().join("data/sessions.db");
    assert_eq!(daemon.ask("POST", "/v1/init-db", "").await.1["outcome"], "kept");
    let (status, answer) = daemon.ask("POST", "/v1/init-db", r#"{"force":true}"#).await;
    assert_eq!((status, &answer["outcome"]), (200, &json!("recreated")));
    assert!(Path::new(answer["backup"].as_str().unwrap()).exists());
    fs::remove_file(&database).unwrap();
    assert_eq!(daemon.ask("POST", "/v1/init-db", "{}").await.1["outcome"], "created");
    assert!(database.exists());
    daemon.end().await;
}

#[tokio::test]
async fn requests_that_make_no_sense_say_so() {
    let daemon = Daemon::start("").await;
    for (method, path, body, status) in [
        ("POST", "/v1/sessions/kill", "{}", 400),
        ("POST", "/v1/sessions/kill", r#"{"all":true,"user":"7"}"#, 400),
        ("POST", "/v1/sessions/kill", r#"{"everything":true}"#, 400),
        ("POST", "/v1/init-db", "[", 400),
        ("GET", "/v1/sessions/none/logs?limit=0", "", 400),
        ("GET", "/v1/sessions/none/logs?limits=1", "", 400),
        ("GET", "/v1/sessions/none/logs", "", 404),
        ("GET", "/v1/sessions/none", "", 404),
        ("GET", "/v2/ping", "", 404),
        ("DELETE", "/v1/ping", "", 405),
    ] {
        let (answered, error) = daemon.ask(method, path, body).await;
        assert_eq!(answered, status, "{method} {path} {body}");
        assert!(error["error"].is_string(), "{error}");
    }
    let (status, answer) = daemon.ask("POST", "/v1/sessions/kill", r#"{"ids":["none"]}"#).await;
    assert_eq!((status, &answer["results"][0]["outcome"]), (200, &json!("not_found")));
    daemon.end().await;
}

#[test]
fn the_document_describes_every_path_once() {
    use phoebed_common::admin::paths::*;
    let document = crate::http::admin::openapi();
    let described: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    let mut paths = [
        PING,
        STATUS,
        SESSIONS,
        SESSION,
        SESSION_LOGS,
        KILL,
        JOBS,
        JOB,
        JOB_CANCEL,
        PORTS,
        INIT_DB,
        RELOAD,
        CONFIG,
        USERS,
        USERS_IMPORT,
        USER,
        USER_ROLE,
        USER_DISABLE,
        USER_ENABLE,
        USER_PASSWORD,
        USER_REMOVE,
        TOKENS,
        TOKEN_REVOKE,
        AUDIT,
        DRAIN,
        UNDRAIN,
        SHUTDOWN,
    ];
    paths.sort_unstable();
    assert_eq!(described.len(), paths.len());
    assert!(paths.iter().all(|path| described.iter().any(|known| known == path)));
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert!(schemas.keys().all(|name| !name.ends_with(char::is_numeric)), "{:?}", schemas.keys());
}
