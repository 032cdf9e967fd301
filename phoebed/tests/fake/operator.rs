//! What the operator sees, over the admin socket: states that the public API does not show.

use std::path::PathBuf;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::client::{Answer, Session};
use crate::eventually::{eventually, in_time};

/// The other end of the admin socket.
#[derive(Debug)]
pub struct Operator(pub PathBuf);

impl Operator {
    async fn get(&self, path: &str) -> Value {
        self.ask(&format!("GET {path}"), "").await
    }

    /// Ends what this request selects; the answer.
    pub async fn kill(&self, selection: &Value) -> Value {
        self.ask("POST /v1/sessions/kill", &selection.to_string()).await
    }

    async fn ask(&self, request: &str, body: &str) -> Value {
        let mut stream = UnixStream::connect(&self.0).await.unwrap();
        let length = body.len();
        let request = format!(
            "{request} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        in_time("an answer", stream.read_to_end(&mut bytes)).await.unwrap();
        Answer::parse(&bytes).unwrap().json()
    }

    /// Waits until so many spares wait ready.
    pub async fn spares(&self, wanted: u64) {
        eventually(&format!("{wanted} spares"), async || {
            (self.get("/v1/status").await["spares"]["ready"] == wanted).then_some(())
        })
        .await;
    }

    /// Waits until so many commands wait in the session.
    pub async fn waiting(&self, session: &Session, wanted: u64) {
        eventually(&format!("{wanted} waiting commands"), async || {
            let session = self.get(&format!("/v1/sessions/{}", session.id)).await;
            (session["waiting_commands"] == wanted).then_some(())
        })
        .await;
    }
}
