//! An HTTP client small enough that a test can leave in the middle of anything.

use std::io;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::eventually::in_time;

/// One daemon's clients; each request has a connection of its own.
#[derive(Debug, Clone, Copy)]
pub struct Client(pub SocketAddr);

/// A request whose answer was not read yet. Dropping it leaves.
#[derive(Debug)]
pub struct Pending(TcpStream);

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Client {
    /// A connection on which nothing was sent yet.
    pub async fn connect(self) -> TcpStream {
        TcpStream::connect(self.0).await.unwrap()
    }

    /// Sends a request; `headers` are lines with their line ends.
    pub async fn begin(self, request: &str, headers: &str, body: &[u8]) -> Pending {
        let mut stream = self.connect().await;
        let length = body.len();
        let head = format!(
            "{request} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // A daemon that refuses the body early answers all the same.
        let _ = stream.write_all(body).await;
        Pending(stream)
    }

    /// Sends JSON.
    pub async fn begin_json(self, path: &str, body: &str) -> Pending {
        let request = format!("POST {path}");
        self.begin(&request, "Content-Type: application/json\r\n", body.as_bytes()).await
    }

    pub async fn get(self, path: &str) -> Answer {
        self.begin(&format!("GET {path}"), "", b"").await.answer().await
    }

    pub async fn post(self, path: &str) -> Answer {
        self.begin(&format!("POST {path}"), "", b"").await.answer().await
    }

    /// Begins a session's start.
    pub async fn begin_start(self) -> Pending {
        self.begin("POST /dash/start-session", "", b"").await
    }

    /// Starts a session, whatever comes of it.
    pub async fn try_start(self) -> Answer {
        self.begin_start().await.answer().await
    }

    /// Starts a session.
    pub async fn start(self) -> Session {
        let answer = self.try_start().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let object = answer.json();
        let id = object["session_id"].as_str().unwrap().to_owned();
        Session { client: self, id, object }
    }

    /// The ids of the listed sessions.
    pub async fn sessions(self) -> Vec<String> {
        let list = self.get("/dash/sessions").await.json();
        list.as_object().unwrap().keys().cloned().collect()
    }

    /// Total, reserved and available ports, with their arithmetic checked.
    pub async fn ports(self) -> (u64, u64, u64) {
        let status = self.get("/dash/port-status").await.json();
        let number = |name: &str| status[name].as_u64().unwrap();
        let counts = (number("total_ports"), number("reserved_ports"), number("available_ports"));
        assert_eq!(counts.0, counts.1 + counts.2, "{status}");
        assert_eq!(status["reserved_port_list"].as_array().unwrap().len() as u64, counts.1);
        counts
    }
}

/// A started session.
#[derive(Debug, Clone)]
pub struct Session {
    pub client: Client,
    pub id: String,
    /// As start-session answered it.
    pub object: Value,
}

impl Session {
    /// Begins a command.
    pub async fn begin(&self, command: &Value) -> Pending {
        self.client.begin_json(&format!("/send/{}", self.id), &command.to_string()).await
    }

    /// Has a command carried out.
    pub async fn send(&self, command: &Value) -> Answer {
        self.begin(command).await.answer().await
    }

    /// As it was sent, byte for byte.
    pub async fn send_text(&self, command: &str) -> Answer {
        self.client.begin_json(&format!("/send/{}", self.id), command).await.answer().await
    }

    /// A command that must succeed.
    pub async fn ping(&self) {
        let answer = self.send(&serde_json::json!({"command": "ping"})).await;
        assert_eq!(answer.text(), r#"{"success":true,"result":{"status":"ready"}}"#);
    }

    pub async fn begin_end(&self) -> Pending {
        self.client.begin(&format!("POST /dash/end-session/{}", self.id), "", b"").await
    }

    /// Ends it.
    pub async fn end(&self) {
        let answer = self.begin_end().await.answer().await;
        assert_eq!((answer.status, answer.text()), (200, r#"{"success":true}"#.to_owned()));
    }
}

impl Pending {
    /// The answer.
    pub async fn answer(self) -> Answer {
        self.try_answer().await.unwrap()
    }

    /// The answer, or how the connection broke.
    pub async fn try_answer(mut self) -> io::Result<Answer> {
        let mut bytes = Vec::new();
        in_time("an answer", self.0.read_to_end(&mut bytes)).await?;
        Answer::parse(&bytes).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// Resolves when the answer begins.
    pub async fn readable(&mut self) {
        in_time("an answer begins", self.0.readable()).await.unwrap();
    }

    /// Leaves, and waits until the daemon has noticed.
    pub async fn leave(mut self) {
        self.0.shutdown().await.unwrap();
        let mut rest = Vec::new();
        in_time("the daemon's goodbye", self.0.read_to_end(&mut rest)).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&rest), "", "an answer came before the client left");
    }
}

impl Answer {
    /// Parses a whole answer; `None` when it is cut.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let answer = Self { status, head, body: bytes[end + 4..].to_vec() };
        let length = answer.header("content-length").map_or(0, |text| text.parse().unwrap());
        (answer.body.len() == length).then_some(answer)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The text of an error, whose status must be this one.
    pub fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        if matches!(status, 429 | 503) {
            assert!(self.header("retry-after").is_some(), "no Retry-After: {self:?}");
        }
        self.json()["detail"].as_str().unwrap().to_owned()
    }
}
