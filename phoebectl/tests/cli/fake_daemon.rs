//! A daemon that answers as it is told, route by route, and remembers what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use phoebed_common::admin::{ErrorBody, VERSION_HEADER};
use serde::Serialize;
use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

/// An answer: status and body.
type Answer = (u16, String);

/// The script, then the running daemon.
pub struct FakeDaemon {
    script: Arc<Mutex<Script>>,
    directory: TempDir,
    task: Option<JoinHandle<()>>,
}

struct Script {
    routes: BTreeMap<String, VecDeque<Answer>>,
    asked: Vec<(String, String)>,
    version: Option<String>,
    delay: Duration,
}

impl FakeDaemon {
    /// Knows no route yet.
    pub fn new() -> Self {
        let script = Script {
            routes: BTreeMap::new(),
            asked: Vec::new(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            delay: Duration::ZERO,
        };
        let directory = tempfile::tempdir().unwrap();
        Self { script: Arc::new(Mutex::new(script)), directory, task: None }
    }

    /// Answers a route, such as `GET /v1/ping`. Several answers come in turn, the last again and
    /// again.
    pub fn answer(self, route: &str, value: &impl Serialize) -> Self {
        self.raw(route, 200, &serde_json::to_string(value).unwrap())
    }

    /// Refuses a route.
    pub fn refuse(self, route: &str, status: u16, error: &ErrorBody) -> Self {
        self.raw(route, status, &serde_json::to_string(error).unwrap())
    }

    /// Answers a route with this text.
    pub fn raw(self, route: &str, status: u16, text: &str) -> Self {
        let mut script = self.script.lock().unwrap();
        let answers = script.routes.entry(route.to_owned()).or_default();
        answers.push_back((status, text.to_owned()));
        drop(script);
        self
    }

    /// Says to be of this version; none is no header.
    pub fn version(self, version: Option<&str>) -> Self {
        self.script.lock().unwrap().version = version.map(str::to_owned);
        self
    }

    /// Answers so late.
    pub fn delay(self, delay: Duration) -> Self {
        self.script.lock().unwrap().delay = delay;
        self
    }

    /// Begins to listen.
    pub fn start(mut self) -> Self {
        let listener = UnixListener::bind(self.socket()).unwrap();
        let script = Arc::clone(&self.script);
        self.task = Some(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let script = Arc::clone(&script);
                let service = service_fn(move |request| answer(Arc::clone(&script), request));
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        }));
        self
    }

    /// Stops listening; the socket file stays, as after a crash.
    pub async fn crash(mut self) -> Self {
        let task = self.task.take().unwrap();
        task.abort();
        let _ = task.await;
        self
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("admin.sock")
    }

    /// A folder for the test's own files.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// What it was asked: routes with bodies.
    pub fn asked(&self) -> Vec<(String, String)> {
        self.script.lock().unwrap().asked.clone()
    }

    /// The bodies that came to a route.
    pub fn bodies(&self, route: &str) -> Vec<serde_json::Value> {
        let of_route = self.asked().into_iter().filter(|(asked, _)| asked == route);
        of_route.map(|(_, body)| serde_json::from_str(&body).unwrap()).collect()
    }
}

impl Drop for FakeDaemon {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn answer(
    script: Arc<Mutex<Script>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let target = request.uri().path_and_query().unwrap();
    let route = format!("{} {target}", request.method());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let delay = script.lock().unwrap().delay;
    tokio::time::sleep(delay).await;
    let mut script = script.lock().unwrap();
    let missing = || {
        let error = ErrorBody::new(format!("the script has no {route}"));
        (404, serde_json::to_string(&error).unwrap())
    };
    let (status, text) = match script.routes.get_mut(&route) {
        Some(answers) if answers.len() > 1 => answers.pop_front().unwrap(),
        Some(answers) => answers.front().cloned().unwrap(),
        None => missing(),
    };
    script.asked.push((route, body));
    let mut response = Response::builder().status(status);
    if let Some(version) = &script.version {
        response = response.header(VERSION_HEADER, version);
    }
    Ok(response.body(Full::from(text)).unwrap())
}
