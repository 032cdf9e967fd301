//! Bodies that are too large, too slow, or without end.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use phoebed_tests::{Cases, Daemon, RawConnection, Settings, eventually, python};
use serde_json::json;

use crate::bystander::Bystander;

const UNKNOWN: &str = "/send/00000000-0000-4000-8000-000000000000";
const MIB: usize = 1 << 20;

/// The head of a command.
fn head(framing: &str) -> String {
    format!(
        "POST {UNKNOWN} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"
    )
}

/// What an ordinary client gets that sends 100 MiB and then reads.
fn post_from_python(daemon: &Daemon, body: &str, path: &str) -> String {
    let program = format!(
        "import http.client\n\
         c = http.client.HTTPConnection('127.0.0.1', {}, timeout=200)\n\
         c.request('POST', '{path}', body={body}, headers={{'Content-Type': 'application/json'}})\n\
         answer = c.getresponse()\n\
         answer.read()\n\
         print(answer.status)\n\
         c.request('GET', '/health')\n\
         print(c.getresponse().status)\n",
        daemon.api().port()
    );
    let output = Command::new(python()).args(["-c", &program]).output().expect("Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().replace('\n', " ")
}

#[test]
fn a_client_that_sends_too_much_reads_why_it_is_refused() {
    let settings = Settings::new().set("server.max_body_mb", 1);
    let (daemon, bystander) = Bystander::of(settings);
    let hundred = "b' ' * (100 << 20)";
    let mut cases = Cases::new();
    cases.case("with a length", || {
        assert_eq!(post_from_python(&daemon, hundred, UNKNOWN), "413 200");
    });
    cases.case("in chunks", || {
        let chunks = "(b' ' * (1 << 20) for _ in range(100))";
        assert_eq!(post_from_python(&daemon, chunks, UNKNOWN), "413 200");
    });
    cases.case("to a path that takes no body", || {
        assert_eq!(post_from_python(&daemon, hundred, "/dash/end-session/x"), "404 200");
        assert_eq!(post_from_python(&daemon, hundred, "/nothing"), "404 200");
        assert_eq!(post_from_python(&daemon, hundred, "/health"), "405 200");
    });
    cases.case("with the question first whether it may", || {
        let mut client = RawConnection::open(daemon.address());
        client.send(head(&format!("Content-Length: {}\r\nExpect: 100-continue", 100 * MIB)));
        client.answer().expect(413);
    });
    cases.finish();
    bystander.was_undisturbed(daemon);
}

#[test]
fn a_body_without_end_is_cut_off() {
    let settings = Settings::new().set("server.max_body_mb", 1);
    let (daemon, bystander) = Bystander::of(settings.set("server.body_timeout_seconds", 1));
    let mut cases = Cases::new();
    cases.case("that comes fast", || {
        let mut client = RawConnection::open(daemon.address());
        client.send(head("Transfer-Encoding: chunked"));
        let chunk = format!("{MIB:x}\r\n{}\r\n", " ".repeat(MIB));
        // A daemon that took everything would be given this for ever.
        let taken = (0..8 * 1024).take_while(|_| client.try_send(&chunk)).count();
        assert!((1..8 * 1024).contains(&taken), "{taken} MiB");
    });
    for framing in ["Transfer-Encoding: chunked", "Content-Length: 1000000"] {
        cases.case(format!("that trickles after a good beginning, with {framing}"), || {
            let is_chunked = framing.starts_with('T');
            let mut client = RawConnection::open(daemon.address());
            client.send(head(framing));
            let part = move |length: usize| {
                let spaces = " ".repeat(length);
                if is_chunked { format!("{length:x}\r\n{spaces}\r\n") } else { spaces }
            };
            client.send(part(512 * 1024));
            let (mut sender, api) = (client.try_clone(), daemon.api().clone());
            let over = Arc::new(AtomicBool::new(false));
            let until = over.clone();
            let trickle = std::thread::spawn(move || {
                // A byte, then another client's request: far slower than is fast enough.
                while !until.load(Ordering::Relaxed) && sender.try_send(part(1)) {
                    api.get("/health").expect(200);
                }
            });
            client.next_answer().expect(408);
            over.store(true, Ordering::Relaxed);
            trickle.join().expect("it stops");
        });
    }
    cases.finish();
    bystander.was_undisturbed(daemon);
}

#[test]
fn large_bodies_are_bounded_together_and_small_ones_go_by() {
    let settings = Settings::new().set("server.max_body_mb", 1);
    let (daemon, bystander) = Bystander::of(settings.set("server.body_timeout_seconds", 60));
    // Seven largest bodies are held at most, of which the last byte never comes.
    let mut holders: Vec<RawConnection> = (0..7)
        .map(|_| {
            let mut client = RawConnection::open(daemon.address());
            client.send(head(&format!("Content-Length: {MIB}")));
            client.send(" ".repeat(MIB - 1));
            client
        })
        .collect();
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(900 * 1024));
    let refused = eventually("another is refused", || {
        let answer = daemon.api().post_text(UNKNOWN, &body);
        (answer.status != 404).then_some(answer)
    });
    let text = refused.clone().expect(503).detail();
    assert!(refused.header("retry-after").is_some() && text.contains("server.max_body_mb"));
    daemon.api().post_json(UNKNOWN, &json!({ "command": "ping" })).expect(404);
    holders.clear();
    eventually("the room of those that left is free", || {
        (daemon.api().post_text(UNKNOWN, &body).status == 404).then_some(())
    });
    bystander.was_undisturbed(daemon);
}
