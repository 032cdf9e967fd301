//! What is no handshake, or a slow one.

use phoebed_tests::{Authority, Cases, Daemon, RawConnection, Settings};

/// The beginning of a handshake, whose record announces 512 bytes.
const BEGINNING: &[u8] = &[0x16, 3, 1, 2, 0, 1, 0];
/// More than the daemon's two threads could wait for one after the other.
const SLOW: usize = 60;

fn daemon(header_timeout: f64) -> Daemon {
    let authority = Authority::new();
    let settings = Settings::new().tls(&authority, &authority.issue());
    Daemon::start_cold(settings.set("server.header_timeout_seconds", header_timeout))
}

#[test]
fn plain_http_is_told_what_the_port_speaks_and_anything_else_is_closed() {
    let daemon = daemon(10.0);
    let mut cases = Cases::new();
    for request in ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST /send/x HTTP/1.1\r\nA: b\r\n"] {
        cases.case(format!("{request:?}"), || {
            let mut connection = RawConnection::open(daemon.address());
            connection.send(request);
            let answer = connection.next_answer().expect(400);
            assert_eq!(answer.text(), "This port speaks HTTPS\n");
            assert_eq!(answer.header("connection"), Some("close"));
            assert_eq!(answer.header("strict-transport-security"), None);
            connection.half_close();
            assert_eq!(connection.read_to_end(), b"");
        });
    }
    for bytes in [&b"\0\0\0\0"[..], b"\xff\xff", b"\x16\x03\x01\0\x04nope", b"\x80\x2e\x01\0"] {
        cases.case(format!("{bytes:?}"), || {
            let mut connection = RawConnection::open(daemon.address());
            connection.send(bytes);
            connection.half_close();
            let said = connection.read_to_end();
            // At most an alert of TLS.
            assert!(said.is_empty() || said[0] == 0x15, "{said:?}");
        });
    }
    cases.case("the service goes on", || {
        daemon.api().get("/health").expect(200);
    });
    cases.finish();
    daemon.stop();
}

#[test]
fn slow_handshakes_hold_up_nobody_and_are_cut_off() {
    // Far longer than the test: that others are answered is not their end's merit.
    let patient = daemon(600.0);
    let slow: Vec<RawConnection> = (0..SLOW)
        .map(|number| {
            let mut connection = RawConnection::open(patient.address());
            connection.send(&BEGINNING[..number % BEGINNING.len()]);
            connection
        })
        .collect();
    for _ in 0..20 {
        patient.api().request("GET", "/health").header("connection", "close").run().expect(200);
    }
    // And a stop does not wait for them.
    patient.stop();
    drop(slow);

    let hasty = daemon(0.5);
    for length in 0..BEGINNING.len() {
        let mut connection = RawConnection::open(hasty.address());
        connection.send(&BEGINNING[..length]);
        connection.read_to_end();
    }
    let mut trickling = RawConnection::open(hasty.address());
    trickling.send(BEGINNING);
    let goes_on = |_: &usize| {
        hasty.api().get("/health").expect(200);
        trickling.try_send([0])
    };
    assert!((0..1_000_000).take_while(goes_on).count() < 1_000_000, "it was never cut off");
    hasty.stop();
}
