//! What goes with every answer: request ids, compression, CORS, versions of HTTP.

use std::io::Read;

use flate2::read::GzDecoder;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use phoebed_tests::{Cases, Daemon, Settings};
use serde_json::json;

#[test]
fn every_answer_names_its_request_and_so_does_the_log() {
    let daemon = Daemon::start_cold(Settings::new().set("logging.access_level", "\"INFO\""));
    let api = daemon.api();
    let id_of = |path: &str, id: &str| {
        let answer = api.request("GET", path).header("x-request-id", id).run();
        answer.header("x-request-id").expect("an id").to_owned()
    };
    let mut cases = Cases::new();
    for path in ["/health", "/ready", "/nothing", "/health/", "/send/x", "/docs", "/openapi.json"] {
        cases.case(format!("{path} keeps the client's id"), || {
            assert_eq!(id_of(path, "lab-7:42"), "lab-7:42");
        });
    }
    cases.case("an answer to a bad body has one", || {
        let answer = api.post_text("/send/x", "[").expect(422);
        assert!(answer.header("x-request-id").is_some());
    });
    cases.case("each answer gets a new one where the client has none", || {
        let new = || api.get("/health").header("x-request-id").expect("an id").to_owned();
        let (one, other) = (new(), new());
        assert_ne!(one, other);
        uuid::Uuid::parse_str(&one).expect("a UUID");
    });
    for id in ["two words", &"x".repeat(1000)] {
        cases.case(
            format!("an id of {} bytes that could harm a log is replaced", id.len()),
            || {
                uuid::Uuid::parse_str(&id_of("/health", id)).expect("a UUID");
            },
        );
    }
    cases.case("the log has it", || {
        id_of("/health", "find-me-in-the-log");
        let log = daemon.log();
        let line = log.lines().find(|line| line.contains("find-me-in-the-log"));
        assert!(line.expect("a line").contains("GET /health 200"), "{line:?}");
    });
    cases.finish();
    daemon.stop();
}

#[test]
fn large_answers_are_compressed_for_those_who_ask() {
    let daemon = Daemon::start(Settings::new());
    let api = daemon.api();
    let session = daemon.start_session();
    let path = format!("/send/{}", session.id);
    let bundle = |encoding: &str| {
        let request = api.request("POST", &path).header("content-type", "application/json");
        let request = request.header("accept-encoding", encoding);
        request.body(json!({ "command": "get_bundle" }).to_string()).run().expect(200)
    };
    let plain = bundle("identity");
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(plain.json()["success"], true);
    let mut cases = Cases::new();
    cases.case("gzip", || {
        let packed = bundle("gzip");
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        assert!(packed.body.len() * 3 < plain.body.len(), "{} bytes", packed.body.len());
        let mut unpacked = Vec::new();
        GzDecoder::new(&*packed.body).read_to_end(&mut unpacked).expect("gzip");
        assert!(unpacked == plain.body);
    });
    cases.case("zstd", || {
        let packed = bundle("zstd, gzip;q=0.5");
        assert_eq!(packed.header("content-encoding"), Some("zstd"));
        assert!(packed.body.len() * 3 < plain.body.len(), "{} bytes", packed.body.len());
        assert!(zstd::decode_all(&*packed.body).expect("zstd") == plain.body);
    });
    cases.case("caches are told", || {
        let vary = bundle("gzip").header("vary").unwrap_or_default().to_lowercase();
        assert!(vary.contains("accept-encoding"), "{vary}");
    });
    cases.case("an encoding that is not known is none", || {
        assert_eq!(bundle("snappy").header("content-encoding"), None);
    });
    cases.case("a small answer is left as it is", || {
        let answer = api.request("GET", "/health").header("accept-encoding", "gzip, zstd").run();
        assert_eq!(answer.header("content-encoding"), None);
        assert_eq!(answer.json(), json!({ "status": "ok" }));
    });
    cases.case("the documents are compressed too", || {
        for path in ["/openapi.json", "/docs"] {
            let answer = api.request("GET", path).header("accept-encoding", "gzip").run();
            assert_eq!(answer.expect(200).header("content-encoding"), Some("gzip"), "{path}");
        }
    });
    cases.finish();
    daemon.stop();
}

#[test]
fn clients_may_speak_http_2_from_the_start() {
    let daemon = Daemon::start(Settings::new());
    let session = daemon.start_session();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let answers = runtime.expect("a runtime").block_on(async {
        let stream = tokio::net::TcpStream::connect(daemon.address()).await.expect("connects");
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                .await
                .expect("HTTP/2 with prior knowledge");
        let connection = tokio::spawn(connection);
        let mut answers = Vec::new();
        for command in ["ping", "get_datasets", "nonsense"] {
            let request = hyper::Request::post(daemon.api().url(&format!("/send/{}", session.id)))
                .header("content-type", "application/json")
                .body(Full::new(Bytes::from(json!({ "command": command }).to_string())));
            let response = sender.send_request(request.expect("a request")).await.expect("answer");
            assert_eq!(
                (response.version(), response.status().as_u16()),
                (hyper::Version::HTTP_2, 200)
            );
            assert!(response.headers().contains_key("x-request-id"));
            answers.push(response.into_body().collect().await.expect("a body").to_bytes());
        }
        drop(sender);
        connection.await.expect("a task").expect("the connection ends well");
        answers
    });
    let answers: Vec<serde_json::Value> =
        answers.iter().map(|body| serde_json::from_slice(body).expect("JSON")).collect();
    assert_eq!(answers[0], json!({ "success": true, "result": { "status": "ready" } }));
    assert_eq!(answers[1], json!({ "success": true, "result": { "datasets": {} } }));
    assert_eq!(answers[2]["success"], false);
    daemon.stop();
}

#[test]
fn other_origins_are_allowed_only_when_they_are_listed() {
    let listed = "https://lab.example.org";
    let preflight = |daemon: &Daemon, origin: &str| {
        let request = daemon.api().request("OPTIONS", "/dash/start-session");
        let request = request.header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        request.header("access-control-request-headers", "authorization,content-type").run()
    };
    let allowed = |answer: &phoebed_tests::Answer| {
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    let off = Daemon::start_cold(Settings::new());
    let get = off.api().request("GET", "/health").header("origin", listed).run();
    assert_eq!(allowed(&get), None);
    assert_eq!(allowed(&preflight(&off, listed)), None);
    off.stop();

    let origins = format!("[\"{listed}\"]");
    let on = Daemon::start_cold(Settings::new().set("server.cors_origins", origins));
    let mut cases = Cases::new();
    cases.case("a listed origin may call", || {
        let get = on.api().request("GET", "/health").header("origin", listed).run();
        assert_eq!(allowed(&get).as_deref(), Some(listed));
        let answer = preflight(&on, listed);
        assert_eq!((answer.status, allowed(&answer).as_deref()), (200, Some(listed)));
        let headers = answer.header("access-control-allow-headers").unwrap_or_default();
        assert!(headers.to_lowercase().contains("authorization"), "{headers}");
        let methods = answer.header("access-control-allow-methods").unwrap_or_default();
        assert!(methods.contains("DELETE"), "{methods}");
    });
    cases.case("credentials are allowed for nobody, nor is every origin", || {
        for answer in [
            on.api().request("GET", "/health").header("origin", listed).run(),
            preflight(&on, listed),
        ] {
            assert_eq!(answer.header("access-control-allow-credentials"), None);
            assert_eq!(allowed(&answer).as_deref(), Some(listed));
        }
    });
    cases.case("an error is readable for it, too", || {
        let answer = on.api().request("POST", "/send/x").header("origin", listed).run();
        assert_eq!((answer.status, allowed(&answer).as_deref()), (422, Some(listed)));
    });
    cases.case("another origin may not", || {
        for origin in ["https://evil.example.org", "https://lab.example.org.evil.net", "null"] {
            let get = on.api().request("GET", "/health").header("origin", origin).run();
            assert_eq!(allowed(&get), None, "{origin}");
            assert_eq!(allowed(&preflight(&on, origin)), None, "{origin}");
        }
    });
    cases.finish();
    on.stop();
}
