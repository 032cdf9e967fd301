//! A client of the public API that asks for exactly what it is told to.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use serde_json::Value;
use ureq::http;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::{Answer, Session};

/// Nothing in these tests takes this long: a hung request is a failed test.
const GIVE_UP: Duration = Duration::from_secs(240);

/// A client of one daemon; cheap to clone.
#[derive(Debug, Clone)]
pub struct Api {
    port: u16,
    scheme: &'static str,
    agent: ureq::Agent,
    token: Option<String>,
}

impl Api {
    /// A client for the daemon on this port of this machine.
    pub fn new(port: u16) -> Self {
        Self::with(port, "http", TlsConfig::default())
    }

    /// A client that speaks HTTPS and trusts this authority (PEM) alone.
    pub fn with_tls(port: u16, root: &str) -> Self {
        let root = Certificate::from_pem(root.as_bytes()).expect("a certificate");
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&[root]))
            .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
            .build();
        Self::with(port, "https", tls)
    }

    fn with(port: u16, scheme: &'static str, tls: TlsConfig) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(GIVE_UP))
            .proxy(None)
            .user_agent("phoebed-tests")
            .accept_encoding("")
            .tls_config(tls)
            .build();
        Self { port, scheme, agent: config.new_agent(), token: None }
    }

    /// The same client with this token in every request.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://127.0.0.1:{}{path}", self.scheme, self.port)
    }

    /// A request without a body.
    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path).run()
    }

    /// A POST without a body.
    pub fn post(&self, path: &str) -> Answer {
        self.request("POST", path).run()
    }

    /// A POST of JSON.
    pub fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, body.to_string())
    }

    /// A POST of text that is called JSON.
    pub fn post_text(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        self.request("POST", path).header("content-type", "application/json").body(body).run()
    }

    /// A request to be completed.
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        let mut builder = http::Request::builder().method(method).uri(self.url(path));
        if let Some(token) = &self.token {
            builder = builder.header("authorization", format!("Bearer {token}"));
        }
        Request { api: self, builder, body: Vec::new() }
    }

    /// Starts a session.
    #[track_caller]
    pub fn start_session(&self) -> Session {
        let answer = self.post("/dash/start-session").expect(200);
        Session::new(self.clone(), answer.json())
    }

    /// The sessions, by id.
    #[track_caller]
    pub fn sessions(&self) -> serde_json::Map<String, Value> {
        let sessions = self.get("/dash/sessions").expect(200).json();
        sessions.as_object().expect("an object").clone()
    }

    /// The answer of port-status.
    #[track_caller]
    pub fn ports(&self) -> Value {
        self.get("/dash/port-status").expect(200).json()
    }

    /// The answer, or none when nobody answers there.
    pub(crate) fn try_get(&self, path: &str) -> Option<Answer> {
        self.request("GET", path).try_run().ok()
    }
}

/// A request that is being put together.
#[derive(Debug)]
pub struct Request<'a> {
    api: &'a Api,
    builder: http::request::Builder,
    body: Vec<u8>,
}

impl Request<'_> {
    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    /// Sends it and reads the answer.
    ///
    /// # Panics
    /// When there is no answer.
    #[track_caller]
    pub fn run(self) -> Answer {
        let asked = format!("{:?} {:?}", self.builder.method_ref(), self.builder.uri_ref());
        self.try_run().unwrap_or_else(|error| panic!("no answer to {asked}: {error}"))
    }

    /// Sends it and reads the answer; the error says how the connection broke.
    pub fn try_run(self) -> Result<Answer, String> {
        self.exchange().map_err(|error| error.to_string())
    }

    fn exchange(self) -> Result<Answer, ureq::Error> {
        let agent = &self.api.agent;
        let response = if self.body.is_empty() {
            agent.run(self.builder.body(())?)
        } else {
            agent.run(self.builder.body(self.body)?)
        }?;
        let (head, mut body) = response.into_parts();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
        let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
        let headers = headers.collect();
        let body = body.with_config().limit(u64::MAX).read_to_vec()?;
        Ok(Answer { status: head.status.as_u16(), headers, body })
    }
}
