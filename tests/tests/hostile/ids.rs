//! Ids that are none, on every route that has one.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use phoebed_tests::{Answer, Cases, Daemon, RawConnection, Settings, parse_answer};
use serde_json::json;

use crate::bystander::Bystander;

/// A request of the admin API and its answer.
#[track_caller]
pub fn admin(daemon: &Daemon, method: &str, path: &str, body: &str) -> Answer {
    let mut stream = UnixStream::connect(daemon.path().join("admin.sock")).expect("the socket");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).expect("the daemon reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    parse_answer(&answer)
}

/// Paths as they stand in a request; each is one segment to a router that decodes nothing.
fn junk() -> Vec<(&'static str, String)> {
    let long = "x".repeat(10_000);
    [
        ("a way up", "..%2f..%2f..%2fetc%2fpasswd"),
        ("a way up in capitals", "%2E%2E%2F%2E%2E%2F"),
        ("a way up, encoded twice", "%252e%252e%252f"),
        ("a way up with a backslash", "..%5c..%5c"),
        ("a way up with parameters", "..;x=y"),
        ("two dots", ".."),
        ("NUL", "%00"),
        ("an id with NUL at its end", "00000000-0000-4000-8000-000000000000%00"),
        ("a line feed", "x%0d%0aSet-Cookie:%20a=b"),
        ("what is not UTF-8", "%ff%fe"),
        ("an overlong slash", "%c0%af"),
        ("a surrogate", "%ed%a0%80"),
        ("a percent sign alone", "%"),
        ("half an escape", "%4"),
        ("unicode", "%F0%9F%92%A5%E2%80%AE"),
        ("raw unicode", "ä💥"),
        ("SQL", "'%20OR%201=1--"),
        ("a pattern", "%25_*"),
        ("braces", "%7Bsession_id%7D"),
        ("10 kB", &long),
    ]
    .map(|(what, id)| (what, id.to_owned()))
    .into()
}

#[test]
fn junk_is_no_session_anywhere() {
    let (daemon, bystander) = Bystander::of(Settings::new());
    let before = daemon.api().sessions().len();
    let mut cases = Cases::new();
    for (what, id) in junk() {
        for (route, text) in [
            ("/send/", "Invalid session ID"),
            ("/dash/end-session/", "Session not found"),
            ("/dash/session-memory/", "Session not found"),
        ] {
            cases.case(format!("{what} in {route}"), || {
                let body = json!({ "command": "ping" }).to_string();
                let request = format!(
                    "POST {route}{id} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                     Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                let answer = phoebed_tests::exchange(daemon.address(), request).expect(404);
                assert_eq!(answer.detail(), text);
            });
        }
        cases.case(format!("{what} in the admin API"), || {
            let answer = admin(&daemon, "GET", &format!("/v1/sessions/{id}"), "");
            assert!(matches!(answer.status, 400 | 404), "{} {}", answer.status, answer.text());
            assert!(answer.header("set-cookie").is_none());
        });
        cases.case(format!("{what} among those to kill"), || {
            let body = json!({ "ids": [id] }).to_string();
            let answer = admin(&daemon, "POST", "/v1/sessions/kill", &body).expect(200).json();
            assert_eq!(answer["results"][0]["outcome"], "not_found", "{answer}");
        });
    }
    cases.case("an id in which nothing is right", || {
        let ids = json!({ "ids": ["\u{0}", "\u{202e}", "", "../..", "x".repeat(10_000)] });
        admin(&daemon, "POST", "/v1/sessions/kill", &ids.to_string()).expect(200);
    });
    cases.case("a path without end is refused", || {
        let mut connection = RawConnection::open(daemon.address());
        connection.try_send(format!("GET /send/{} HTTP/1.1\r\nHost: x\r\n", "x".repeat(1 << 20)));
        let answer = String::from_utf8_lossy(&connection.read_to_end()).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    });
    cases.case("no session has ended or begun", || {
        assert_eq!(daemon.api().sessions().len(), before);
    });
    cases.case("the log holds nothing that a terminal obeys", || {
        let log = daemon.log();
        assert!(log.chars().all(|c| c == '\n' || !c.is_control()));
        assert!(log.lines().all(|line| line.len() < 2_000));
    });
    cases.finish();
    bystander.was_undisturbed(daemon);
}
