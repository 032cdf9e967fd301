//! Connections that are slow, silent or half closed.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use phoebed_tests::{Cases, Daemon, RawConnection, Settings};

use crate::bystander::Bystander;

const GET: &str = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";

fn settings() -> Settings {
    Settings::new().set("server.header_timeout_seconds", 0.5)
}

/// Sends a byte after each of another client's requests, until the daemon takes no more.
#[track_caller]
fn trickle(daemon: &Daemon, connection: &mut RawConnection, byte: &str) {
    let goes_on = |_: &usize| {
        daemon.api().get("/health").expect(200);
        connection.try_send(byte)
    };
    let sent = (0..1_000_000).take_while(goes_on).count();
    assert!(sent < 1_000_000, "it was never cut off");
}

#[test]
fn slow_heads_are_cut_off_and_kept_connections_are_not() {
    let (daemon, bystander) = Bystander::of(settings());
    let mut kept = RawConnection::open(daemon.address());
    kept.send(GET);
    kept.next_answer().expect(200);
    let mut cases = Cases::new();
    for beginning in ["", "G", "GET / HTTP/1.1\r\nX: ", "PRI * HTTP/2.0\r\n\r\n"] {
        cases.case(format!("a head that trickles after {beginning:?}"), || {
            let mut slow = RawConnection::open(daemon.address());
            slow.send(beginning);
            trickle(&daemon, &mut slow, "G");
        });
        cases.case(format!("a head that stops after {beginning:?}"), || {
            let mut silent = RawConnection::open(daemon.address());
            silent.send(beginning);
            silent.read_to_end();
        });
    }
    cases.case("a kept connection was silent for as long, and is answered", || {
        kept.send(GET);
        kept.next_answer().expect(200);
    });
    cases.case("a head that trickles on a kept connection", || {
        trickle(&daemon, &mut kept, "G");
    });
    cases.finish();
    bystander.was_undisturbed(daemon);
}

#[test]
fn a_client_that_closes_its_half_is_no_client_any_more() {
    let (daemon, bystander) = Bystander::of(settings());
    for sent in ["", "GET /hea", GET] {
        let mut connection = RawConnection::open(daemon.address());
        connection.send(sent);
        connection.half_close();
        connection.read_to_end();
    }
    bystander.was_undisturbed(daemon);
}

#[test]
fn an_http_2_connection_that_only_pings_is_closed() {
    let settings = Settings::new().set("server.keep_alive_seconds", 0.5);
    let (daemon, bystander) = Bystander::of(settings);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let stream = tokio::net::TcpStream::connect(daemon.address()).await.expect("connects");
        let mut client = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
        client.timer(TokioTimer::new()).keep_alive_while_idle(true);
        client.keep_alive_interval(Duration::from_millis(50));
        let (mut sender, connection) =
            client.handshake(TokioIo::new(stream)).await.expect("HTTP/2 with prior knowledge");
        let connection = tokio::spawn(connection);
        let request = hyper::Request::get(daemon.api().url("/health")).body(Empty::<Bytes>::new());
        let answer = sender.send_request(request.expect("a request")).await.expect("an answer");
        answer.into_body().collect().await.expect("a body");
        // It ends while the client would go on: `sender` is still there.
        connection.await.expect("a task").expect("the daemon says goodbye");
        drop(sender);
    });
    bystander.was_undisturbed(daemon);
}
