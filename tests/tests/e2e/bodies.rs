//! Request bodies: what counts as JSON, and how a fault is told.

use phoebed_tests::{Api, Cases, Daemon, Settings, exchange};
use serde_json::{Value, json};

const UNKNOWN: &str = "/send/00000000-0000-4000-8000-000000000000";
const JSON: Option<&str> = Some("application/json");

type Expected = (&'static str, Value);

fn fault(kind: &'static str, loc: Value) -> Expected {
    (kind, loc)
}

/// Bodies that are refused the same way wherever an object is needed, with type and place.
fn refused() -> Vec<(&'static str, &'static str, Expected)> {
    let syntax = |offset: u64| fault("json_invalid", json!(["body", offset]));
    vec![
        ("an unclosed object", r#"{"a":1"#, syntax(6)),
        ("a bare word", "nope", syntax(1)),
        ("a missing value", r#"{"a":}"#, syntax(5)),
        ("a fault on another line", "{\n  \"a\": 1,\n  b\n}", syntax(14)),
        ("text after the end", r#"{"a":1} x"#, syntax(8)),
        ("a trailing comma", r#"{"a":1,}"#, syntax(7)),
        ("single quotes", "{'a':1}", syntax(1)),
        ("NaN", r#"{"a":NaN}"#, syntax(5)),
        ("Infinity", r#"{"a":Infinity}"#, syntax(5)),
        ("a negative Infinity", r#"{"a":-Infinity}"#, syntax(6)),
        ("a number out of range", r#"{"a":1e999}"#, syntax(9)),
        ("white space alone", "  ", syntax(2)),
    ]
}

fn post(api: &Api, path: &str, content_type: Option<&str>, body: &str) -> phoebed_tests::Answer {
    let content_type = content_type.map(|one| format!("Content-Type: {one}\r\n"));
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}\
         Content-Length: {}\r\n\r\n",
        content_type.unwrap_or_default(),
        body.len()
    );
    exchange(([127, 0, 0, 1], api.port()).into(), head + body)
}

#[test]
fn a_command_body_is_an_object_and_a_fault_in_it_is_told_with_its_place() {
    let daemon = Daemon::start_cold(Settings::new());
    let api = daemon.api();
    let mut cases = Cases::new();
    for (what, body, (kind, loc)) in refused() {
        cases.case(format!("{what} is a syntax error"), || {
            assert_eq!(api.post_text(UNKNOWN, body).fault(), (kind.to_owned(), loc));
        });
    }
    for body in ["[]", "[{\"command\":\"ping\"}]", "\"text\"", "7", "true", "null"] {
        cases.case(format!("{body} is no object"), || {
            let expected = ("dict_type".to_owned(), json!(["body"]));
            assert_eq!(api.post_text(UNKNOWN, body).fault(), expected);
        });
    }
    cases.case("no body at all is a missing one", || {
        let expected = ("missing".to_owned(), json!(["body"]));
        assert_eq!(api.post(UNKNOWN).fault(), expected);
        assert_eq!(post(api, UNKNOWN, JSON, "").fault(), expected);
    });
    let object = r#"{"command":"ping"}"#;
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("text/json"),
        Some("application/jsonp"),
        Some(""),
    ] {
        cases.case(format!("an object sent as {content_type:?} is none"), || {
            let expected = ("dict_type".to_owned(), json!(["body"]));
            assert_eq!(post(api, UNKNOWN, content_type, object).fault(), expected);
        });
    }
    for content_type in
        ["application/json", "application/json; charset=utf-8", "Application/JSON;x=y"]
    {
        cases.case(format!("an object sent as {content_type} is one"), || {
            let answer = post(api, UNKNOWN, Some(content_type), object).expect(404);
            assert_eq!(answer.detail(), "Invalid session ID");
        });
    }
    cases.case("the body comes before the session in the order of checks", || {
        assert_eq!(api.post_text("/send/x", "[]").expect(422).fault().0, "dict_type");
        api.post_json("/send/x", &json!({})).expect(404);
    });
    for bytes in [&b"{\"a\":\"\xff\"}"[..], b"\xff\xfe{\0}\0", b"{\"\xc3\":1}"] {
        cases.case(format!("{bytes:?} is not UTF-8"), || {
            let answer = api.post_text(UNKNOWN, bytes).expect(400);
            assert_eq!(answer.detail(), "There was an error parsing the body");
        });
    }
    cases.case("nesting without end is refused and the daemon stays up", || {
        let deep = r#"{"a":"#.to_owned() + &"[".repeat(2_000_000);
        assert_eq!(api.post_text(UNKNOWN, deep).fault().0, "json_invalid");
        api.get("/health").expect(200);
    });
    cases.finish();
    daemon.stop();
}

#[test]
fn an_auth_body_is_an_object_with_its_fields() {
    let daemon = Daemon::start_cold(Settings::new());
    let api = daemon.api();
    let mut cases = Cases::new();
    for path in ["/auth/register", "/auth/login"] {
        for (what, body, (kind, loc)) in refused() {
            cases.case(format!("{path}: {what} is a syntax error"), || {
                assert_eq!(api.post_text(path, body).fault(), (kind.to_owned(), loc));
            });
        }
        for body in ["[]", "\"text\"", "7", "null"] {
            cases.case(format!("{path}: {body} has no attributes"), || {
                let expected = ("model_attributes_type".to_owned(), json!(["body"]));
                assert_eq!(api.post_text(path, body).fault(), expected);
            });
        }
        cases.case(format!("{path}: an object that is not called JSON has no attributes"), || {
            let body = r#"{"email":"a","password":"b"}"#;
            let expected = ("model_attributes_type".to_owned(), json!(["body"]));
            for content_type in [None, Some("text/plain")] {
                assert_eq!(post(api, path, content_type, body).fault(), expected);
            }
        });
        cases.case(format!("{path}: no body is a missing one"), || {
            assert_eq!(api.post(path).fault(), ("missing".to_owned(), json!(["body"])));
        });
        cases.case(format!("{path}: a missing field is named"), || {
            let body = json!({ "email": "a@b.c" });
            let expected = ("missing".to_owned(), json!(["body", "password"]));
            assert_eq!(api.post_json(path, &body).fault(), expected);
        });
        cases.case(format!("{path}: every fault is told"), || {
            let expected = [
                ("string_type".to_owned(), json!(["body", "email"])),
                ("missing".to_owned(), json!(["body", "password"])),
            ];
            assert_eq!(api.post_json(path, &json!({ "email": 7 })).faults(), expected);
        });
        cases.case(format!("{path}: null is no string"), || {
            let body = json!({ "email": "a", "password": null });
            let expected = ("string_type".to_owned(), json!(["body", "password"]));
            assert_eq!(api.post_json(path, &body).fault(), expected);
        });
        cases.case(format!("{path}: the last of duplicate keys counts"), || {
            let body = r#"{"email":7,"email":"a","password":"b"}"#;
            api.post_text(path, body).expect(404);
            let body = r#"{"email":"a","email":7,"password":"b"}"#;
            assert_eq!(api.post_text(path, body).fault().1, json!(["body", "email"]));
        });
        cases.case(format!("{path}: not UTF-8 is no text"), || {
            let answer = api.post_text(path, b"{\"email\":\"\xff\"}").expect(400);
            assert_eq!(answer.detail(), "There was an error parsing the body");
        });
    }
    cases.case("names in register are strings when they are there", || {
        let body = json!({ "email": "a", "password": "b", "first_name": 1, "last_name": [] });
        let expected = [
            ("string_type".to_owned(), json!(["body", "first_name"])),
            ("string_type".to_owned(), json!(["body", "last_name"])),
        ];
        assert_eq!(api.post_json("/auth/register", &body).faults(), expected);
    });
    cases.finish();
    daemon.stop();
}

#[test]
fn a_body_beyond_the_limits_of_size_and_time_is_refused() {
    let settings = Settings::new()
        .set("server.max_body_mb", 1)
        .set("server.body_timeout_seconds", 0.3)
        .set("server.header_timeout_seconds", 0.3);
    let daemon = Daemon::start_cold(settings);
    let api = daemon.api();
    let mut cases = Cases::new();
    cases.case("just the limit is not too large", || {
        let body = format!("{{\"a\":\"{}\"}}", "x".repeat((1 << 20) - 8));
        assert_eq!(body.len(), 1 << 20);
        api.post_text(UNKNOWN, body).expect(404);
    });
    cases.case("a byte more is, before any of it has come", || {
        let head = format!(
            "POST {UNKNOWN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            (1 << 20) + 1
        );
        let answer = exchange(daemon.address(), head).expect(413);
        assert!(answer.detail().contains("1 MiB (server.max_body_mb)"), "{}", answer.text());
    });
    cases.case("a stream without a length is cut off", || {
        let head = format!(
            "POST {UNKNOWN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        let chunk = format!("20000\r\n{}\r\n", " ".repeat(0x20000));
        exchange(daemon.address(), head + &chunk.repeat(9)).expect(413);
    });
    cases.case("a body that does not come is given up", || {
        let head = format!(
            "POST {UNKNOWN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
        );
        let answer = exchange(daemon.address(), head).expect(408);
        assert!(answer.detail().contains("server.body_timeout_seconds"), "{}", answer.text());
    });
    cases.case("a head that does not come ends the connection", || {
        let mut slow = phoebed_tests::RawConnection::open(daemon.address());
        slow.send("GET /health HTTP/1.1\r\nHost: x\r\n");
        let answer = String::from_utf8_lossy(&slow.read_to_end()).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    });
    cases.case("what is no HTTP ends the connection", || {
        let mut rubbish = phoebed_tests::RawConnection::open(daemon.address());
        rubbish.send("\x16\x03\x01 this is no HTTP\r\n\r\n");
        let answer = String::from_utf8_lossy(&rubbish.read_to_end()).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
        api.get("/health").expect(200);
    });
    cases.finish();
    daemon.stop();
}
