//! HTTP/1.1 and HTTP/2 over TLS 1.2 and 1.3.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use phoebed_tests::{Authority, Cases, Daemon, Settings};
use rustls::version::{TLS12, TLS13};
use rustls::{ProtocolVersion, SupportedProtocolVersion};
use serde_json::{Value, json};

use crate::tls_client::{block_on, connect};

fn ping(daemon: &Daemon, session: &str) -> Request<Full<Bytes>> {
    let request = Request::post(daemon.api().url(&format!("/send/{session}")))
        .header("host", "localhost")
        .header("content-type", "application/json");
    request.body(Full::new(json!({ "command": "ping" }).to_string().into())).expect("a request")
}

async fn is_ready(answer: Response<hyper::body::Incoming>) -> bool {
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    body == json!({ "success": true, "result": { "status": "ready" } })
}

#[test]
fn a_session_is_used_over_tls_in_every_version_of_it_and_of_http() {
    let authority = Authority::new();
    let daemon = Daemon::start(Settings::new().tls(&authority, &authority.issue()));
    let session = daemon.start_session();
    session.ping();
    let versions: [(&'static SupportedProtocolVersion, _); 2] =
        [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)];
    let mut cases = Cases::new();
    for (tls, agreed) in versions {
        cases.case(format!("HTTP/2 over {agreed:?}"), || {
            block_on(async {
                let stream = connect(&daemon, &authority, &["h2", "http/1.1"], &[tls]).await;
                assert_eq!(stream.get_ref().1.protocol_version(), Some(agreed));
                assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
                let handshake = hyper::client::conn::http2::handshake;
                let io = TokioIo::new(stream);
                let (mut sender, connection) =
                    handshake(TokioExecutor::new(), io).await.expect("HTTP/2");
                let connection = tokio::spawn(connection);
                for _ in 0..3 {
                    let request = ping(&daemon, &session.id);
                    let answer = sender.send_request(request).await.expect("an answer");
                    assert_eq!(answer.version(), Version::HTTP_2);
                    assert!(is_ready(answer).await);
                }
                drop(sender);
                connection.await.expect("a task").expect("the connection ends well");
            });
        });
        for protocols in [&["http/1.1"][..], &[]] {
            cases.case(format!("HTTP/1.1 over {agreed:?}, offered {protocols:?}"), || {
                block_on(async {
                    let stream = connect(&daemon, &authority, protocols, &[tls]).await;
                    let offered = protocols.first().map(|name| name.as_bytes());
                    assert_eq!(stream.get_ref().1.alpn_protocol(), offered);
                    let io = TokioIo::new(stream);
                    let (mut sender, connection) =
                        hyper::client::conn::http1::handshake(io).await.expect("HTTP/1.1");
                    tokio::spawn(connection);
                    for _ in 0..3 {
                        let request = ping(&daemon, &session.id);
                        let answer = sender.send_request(request).await.expect("an answer");
                        assert_eq!(answer.version(), Version::HTTP_11);
                        assert!(is_ready(answer).await);
                    }
                });
            });
        }
    }
    cases.case("large answers come whole", || {
        let document = daemon.api().get("/openapi.json").expect(200).json();
        assert_eq!(document["info"]["title"], "phoebed");
        assert!(daemon.api().get("/docs").expect(200).body.len() > 500_000);
    });
    cases.case("the log says what is listened on", || {
        assert!(daemon.log().contains(&format!("listens on https://{}", daemon.address())));
    });
    cases.finish();
    session.end();
    daemon.stop();
}
