//! Requests whose end two servers could see in different places.

use phoebed_tests::{Cases, RawConnection, Settings};

use crate::bystander::Bystander;

/// A request that must never be seen as one: it stands where only a wrong reading finds it.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
const POST: &str = "POST /dash/end-session/x HTTP/1.1\r\nHost: x\r\n";

/// What is sent before the hidden request, and whether it must be refused as it is.
fn shapes() -> Vec<(&'static str, String, bool)> {
    let length = HIDDEN.len();
    let post = |rest: String| format!("{POST}{rest}");
    vec![
        (
            "a length and chunks",
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".into()),
            false,
        ),
        (
            "chunks and a length",
            post(format!(
                "Transfer-Encoding: chunked\r\nContent-Length: {}\r\n\r\n0\r\n\r\n",
                length + 5
            )),
            false,
        ),
        (
            "two lengths",
            post(format!("Content-Length: 0\r\nContent-Length: {length}\r\n\r\n")),
            true,
        ),
        ("two lengths in one", post(format!("Content-Length: 0, {length}\r\n\r\n")), true),
        ("a length with a sign", post(format!("Content-Length: +{length}\r\n\r\n")), true),
        ("a negative length", post("Content-Length: -1\r\n\r\n".into()), true),
        (
            "a length that is too long",
            post("Content-Length: 99999999999999999999\r\n\r\n".into()),
            true,
        ),
        ("a length in hexadecimal", post("Content-Length: 0x0\r\n\r\n".into()), true),
        ("a folded header", post(format!("X: y\r\n Content-Length: {length}\r\n\r\n")), true),
        ("a folded first header", "POST / HTTP/1.1\r\n Host: x\r\n\r\n".into(), true),
        ("a space before the colon", post(format!("Content-Length : {length}\r\n\r\n")), true),
        ("a tab before the colon", post("Transfer-Encoding\t: chunked\r\n\r\n".into()), true),
        ("a header without a name", post(": x\r\n\r\n".into()), true),
        ("a header without a colon", post("Content-Length\r\n\r\n".into()), true),
        ("NUL in a header", post("X: \0\r\n\r\n".into()), true),
        ("a bare carriage return", post("X: y\rContent-Length: 5\r\n\r\n".into()), true),
        ("another coding", post("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n".into()), true),
        ("no coding", post("Transfer-Encoding: identity\r\n\r\n".into()), true),
        (
            "a coding after chunked",
            post("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n".into()),
            true,
        ),
        (
            "two codings",
            post(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n".into(),
            ),
            true,
        ),
        ("a quoted coding", post("Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n".into()), true),
        (
            "chunks in HTTP/1.0",
            POST.replace("1.1", "1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            true,
        ),
        (
            "a chunk of a size that is none",
            post("Transfer-Encoding: chunked\r\n\r\nx\r\n".into()),
            false,
        ),
        (
            "a chunk of negative size",
            post("Transfer-Encoding: chunked\r\n\r\n-1\r\n".into()),
            false,
        ),
        (
            "a chunk in hexadecimal",
            post("Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n".into()),
            false,
        ),
        (
            "a chunk that is too large to count",
            post("Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n".into()),
            false,
        ),
        (
            "a chunk that is longer than it says",
            post("Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n".into()),
            false,
        ),
        (
            "a chunk that a bare line feed ends",
            post("Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n".into()),
            false,
        ),
        (
            "no end of the chunks",
            post("Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n".into()),
            false,
        ),
    ]
}

#[test]
fn a_request_whose_end_is_in_doubt_is_the_last_of_its_connection() {
    let settings = Settings::new().set("logging.access_level", "\"INFO\"");
    let (daemon, bystander) = Bystander::of(settings);
    let mut cases = Cases::new();
    for (what, shape, is_refused) in shapes() {
        cases.case(what, || {
            let mut connection = RawConnection::open(daemon.address());
            connection.try_send(format!("{shape}{HIDDEN}"));
            connection.half_close();
            let all = String::from_utf8_lossy(&connection.read_to_end()).into_owned();
            let answers: Vec<&str> = all.lines().filter(|l| l.starts_with("HTTP/1.1 ")).collect();
            assert!(answers.len() <= 1, "{all}");
            if is_refused {
                assert!(answers.iter().all(|answer| answer.starts_with("HTTP/1.1 400")), "{all}");
            }
        });
    }
    cases.case("lines that end in a bare line feed are one request", || {
        let mut connection = RawConnection::open(daemon.address());
        connection.send("GET /health HTTP/1.1\nHost: x\nConnection: close\n\n");
        let all = String::from_utf8_lossy(&connection.read_to_end()).into_owned();
        assert_eq!(all.matches("HTTP/1.1 ").count(), 1, "{all}");
    });
    cases.case("chunks that are in order are one request, after which the connection ends", || {
        let mut connection = RawConnection::open(daemon.address());
        connection.send(format!(
            "{POST}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nabcde\r\n0\r\nX: y\r\n\r\n"
        ));
        let answer = connection.answer().expect(404);
        assert_eq!(answer.header("connection"), Some("close"));
    });
    cases.case("a body of the right length is followed by the next request", || {
        let mut connection = RawConnection::open(daemon.address());
        let body = "GET /not-hidden HTTP/1.1\r\n\r\n";
        for _ in 0..3 {
            connection.send(format!("{POST}Content-Length: {}\r\n\r\n{body}", body.len()));
            connection.next_answer().expect(404);
        }
    });
    cases.case("nothing that was hidden was seen", || {
        let log = daemon.log();
        assert!(log.contains("/dash/end-session/x") && !log.contains("hidden"));
    });
    cases.finish();
    bystander.was_undisturbed(daemon);
}
