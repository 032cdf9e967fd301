//! Limits on connections, heads and bodies.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Answer, Client};
use crate::daemon::Setup;
use crate::eventually::{eventually, in_time};

/// A connection on which one request was answered and that is kept alive.
pub async fn kept_alive(client: Client) -> TcpStream {
    let mut stream = client.connect().await;
    assert_eq!(next_answer(&mut stream, "GET /health HTTP/1.1\r\nHost: t\r\n\r\n").await, 200);
    stream
}

/// Sends a request and reads its small answer: the status.
async fn next_answer(stream: &mut TcpStream, request: &str) -> u16 {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    in_time("an answer", async {
        loop {
            if let Some(answer) = Answer::parse(&bytes) {
                return answer.status;
            }
            assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "closed");
        }
    })
    .await
}

/// Waits until the daemon has closed the connection; what it sent.
pub async fn closed(stream: &mut TcpStream) -> String {
    let mut rest = Vec::new();
    // A reset closes as well.
    let _ = in_time("the daemon closes the connection", stream.read_to_end(&mut rest)).await;
    String::from_utf8_lossy(&rest).into_owned()
}

#[tokio::test]
async fn a_connection_is_kept_alive_for_many_requests() {
    let daemon = Setup::default().start().await;
    let mut stream = kept_alive(daemon.client).await;
    for _ in 0..20 {
        let request = "GET /dash/port-status HTTP/1.1\r\nHost: t\r\n\r\n";
        assert_eq!(next_answer(&mut stream, request).await, 200);
    }
    let missing = "GET /nothing HTTP/1.1\r\nHost: t\r\n\r\n";
    assert_eq!(next_answer(&mut stream, missing).await, 404, "an error keeps it too");
    assert_eq!(next_answer(&mut stream, missing).await, 404);
    drop(stream);
    daemon.stop().await;
}

#[tokio::test]
async fn a_body_larger_than_allowed_is_refused_with_413() {
    let daemon = Setup::default().with("server.max_body_mb", 1).start().await;
    let session = daemon.client.start().await;
    let command = |length: usize| format!(r#"{{"command":"echo","x":"{}"}}"#, "y".repeat(length));
    let whole = (1 << 20) - command(0).len();
    assert_eq!(session.send_text(&command(whole)).await.status, 200);
    let path = format!("POST /send/{}", session.id);
    let declared = format!(
        "{path} HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{{",
        (1 << 20) + 1
    );
    let mut stream = daemon.client.connect().await;
    assert_eq!(next_answer(&mut stream, &declared).await, 413);
    let chunk = format!("{:x}\r\n{}\r\n", 600_000, "z".repeat(600_000));
    let chunked = format!(
        "{path} HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n{chunk}{chunk}"
    );
    let mut stream = daemon.client.connect().await;
    assert_eq!(next_answer(&mut stream, &chunked).await, 413);
    session.ping().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_refused_with_408() {
    let daemon = Setup::default().with("server.body_timeout_seconds", 0.3).start().await;
    let session = daemon.client.start().await;
    let head = format!(
        "POST /send/{} HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n\
         Content-Length: 100\r\n\r\n{{\"command\"",
        session.id
    );
    let mut stream = daemon.client.connect().await;
    assert_eq!(next_answer(&mut stream, &head).await, 408);
    session.ping().await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_body_that_ends_early_costs_nothing() {
    let daemon = Setup::default().start().await;
    let session = daemon.client.start().await;
    let head = format!(
        "POST /send/{} HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n\
         Content-Length: 100\r\n\r\n{{\"command\"",
        session.id
    );
    let mut stream = daemon.client.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    closed(&mut stream).await;
    session.ping().await;
    assert_eq!(daemon.stage.all("command").len(), 2, "the pings of start and test, nothing else");
    daemon.stop().await;
}

#[tokio::test]
async fn a_head_that_does_not_come_closes_the_connection() {
    let daemon = Setup::default().with("server.header_timeout_seconds", 0.3).start().await;
    for sent in ["GET /health HTT", "GET /health HTTP/1.1\r\nHost: t\r\n", "G"] {
        let mut stream = daemon.client.connect().await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        closed(&mut stream).await;
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let daemon = Setup::default().with("server.header_timeout_seconds", 0.3).start().await;
    // "P" may be the beginning of POST as well as of HTTP/2.
    for sent in ["", "P", "PRI * HTTP/2.0\r\n"] {
        let mut stream = daemon.client.connect().await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        closed(&mut stream).await;
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_kept_connection_that_falls_silent_is_closed() {
    let daemon = Setup::default().with("server.keep_alive_seconds", 0.3).start().await;
    let mut stream = kept_alive(daemon.client).await;
    closed(&mut stream).await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_kept_connection_may_be_silent_for_longer_than_a_head_takes() {
    let daemon = Setup::default().with("server.header_timeout_seconds", 0.3).start().await;
    let mut kept = kept_alive(daemon.client).await;
    // One after the other, these take longer than a head may.
    for _ in 0..2 {
        closed(&mut daemon.client.connect().await).await;
    }
    let request = "GET /health HTTP/1.1\r\nHost: t\r\n\r\n";
    assert_eq!(next_answer(&mut kept, request).await, 200);
    // The head of its next request has no more time than that of its first.
    kept.write_all(b"GET /health HTT").await.unwrap();
    closed(&mut kept).await;
    daemon.stop().await;
}

#[tokio::test]
async fn connections_above_the_limit_wait_for_room() {
    let daemon = Setup::default().with("server.max_connections", 3).start().await;
    let mut held = vec![kept_alive(daemon.client).await];
    held.push(kept_alive(daemon.client).await);
    held.push(kept_alive(daemon.client).await);
    let waiting = tokio::spawn(daemon.client.get("/health"));
    // The held ones are answered while the new one is not.
    for _ in 0..20 {
        for stream in &mut held {
            let request = "GET /health HTTP/1.1\r\nHost: t\r\n\r\n";
            assert_eq!(next_answer(stream, request).await, 200);
        }
    }
    assert!(!waiting.is_finished());
    held.pop();
    eventually("there is room again", async || waiting.is_finished().then_some(())).await;
    assert_eq!(waiting.await.unwrap().status, 200);
    drop(held);
    daemon.stop().await;
}
