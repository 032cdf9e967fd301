//! Sessions: started, listed, measured, ended.

use phoebed_tests::{Api, Cases, Daemon, Session, Settings};
use serde_json::{Value, json};

/// Members of a session object, in alphabetical order.
const MEMBERS: [&str; 11] = [
    "created_at",
    "full_name",
    "last_activity",
    "mem_used",
    "port",
    "project_name",
    "session_id",
    "status",
    "terminates_at",
    "user_id",
    "worker_died",
];

fn assert_is_session(object: &Value) {
    let mut members: Vec<&String> = object.as_object().expect("an object").keys().collect();
    members.sort();
    assert_eq!(members, MEMBERS, "{object}");
    let id = object["session_id"].as_str().expect("a text");
    let uuid = uuid::Uuid::parse_str(id).expect("a UUID");
    assert_eq!((uuid.get_version_num(), uuid.hyphenated().to_string()), (4, id.to_owned()));
    assert!(object["created_at"].is_f64() && object["last_activity"].is_f64(), "{object}");
    assert!(object["mem_used"].as_f64().expect("a number") > 0.0, "{object}");
    assert!(object["port"].is_u64(), "{object}");
    assert_eq!((&object["user_id"], &object["full_name"]), (&Value::Null, &json!("")));
}

fn end(api: &Api, session: &Session, body: &str, content_type: &str) -> Value {
    let path = format!("/dash/end-session/{}", session.id);
    let request = api.request("POST", &path).header("content-type", content_type).body(body);
    request.run().expect(200).json()
}

#[test]
fn a_session_is_listed_and_measured_until_it_is_ended() {
    let daemon = Daemon::start(Settings::new());
    let api = daemon.api();
    assert_eq!(api.get("/dash/sessions").expect(200).json(), json!({}));
    assert_eq!(api.get("/dash/session-memory").expect(200).json(), json!({}));

    let before = daemon.port_counts();
    assert_eq!((before.0, before.1), (12, 0), "waiting spares count as available");
    let first = daemon.start_session();
    assert_is_session(&first.object);
    assert_eq!(first.object["project_name"], Value::Null);
    let pool = daemon.ports().pool(12);
    assert!(pool.contains(&first.port()));
    assert_eq!(daemon.port_counts(), (12, 1, 11));
    let second = daemon.start_session();
    assert_ne!((&first.id, first.port()), (&second.id, second.port()));

    let mut cases = Cases::new();
    cases.case("both are listed by id", || {
        let listed = api.sessions();
        assert_eq!(listed.len(), 2);
        for session in [&first, &second] {
            let object = &listed[&session.id];
            assert_is_session(object);
            for member in ["session_id", "status", "port", "created_at", "project_name"] {
                assert_eq!(object[member], session.object[member]);
            }
        }
    });
    cases.case("ports are told with their range", || {
        let mut reserved = [first.port(), second.port()];
        reserved.sort_unstable();
        let range = format!("{}-{}", pool.start, pool.end - 1);
        let expected = json!({
            "total_ports": 12, "reserved_ports": 2, "available_ports": 10,
            "reserved_port_list": reserved, "port_range": range,
        });
        assert_eq!(api.ports(), expected);
    });
    cases.case("memory is told of all and of one", || {
        let all = api.get("/dash/session-memory").expect(200).json();
        assert_eq!(all.as_object().expect("an object").len(), 2);
        assert!(all[&first.id].as_f64().expect("a number") > 0.0);
        let path = format!("/dash/session-memory/{}", first.id);
        for body in ["", "{}", "not json", "[1"] {
            let answer = api.post_text(&path, body).expect(200).json();
            assert!(answer["mem_used"].as_f64().expect("a number") > 0.0, "{answer}");
            assert_eq!(answer.as_object().expect("an object").len(), 1, "{answer}");
        }
    });
    cases.case("activity moves on with a command", || {
        let at = |api: &Api| api.sessions()[&first.id]["last_activity"].as_f64().expect("a time");
        let before = at(api);
        first.ping();
        assert!(at(api) > before);
        assert!(at(api) >= first.object["created_at"].as_f64().expect("a time"));
    });
    cases.case("an id in another case is another id", || {
        let path = format!("/dash/session-memory/{}", first.id.to_uppercase());
        assert_eq!(api.post(&path).expect(404).detail(), "Session not found");
    });
    cases.case("ending ignores the body, and is done when it is answered", || {
        assert_eq!(end(api, &first, "{\"a\":", "application/json"), json!({ "success": true }));
        assert_eq!(daemon.port_counts(), (12, 1, 11));
        assert_eq!(api.sessions().len(), 1);
        assert_eq!(end(api, &second, "\u{0}", "image/png"), json!({ "success": true }));
        assert_eq!((api.sessions().len(), daemon.port_counts()), (0, (12, 0, 12)));
    });
    cases.case("what was ended is unknown", || {
        let again = api.post(&format!("/dash/end-session/{}", first.id)).expect(404);
        assert_eq!(again.detail(), "Session not found");
        let memory = api.post(&format!("/dash/session-memory/{}", first.id)).expect(404);
        assert_eq!(memory.detail(), "Session not found");
        let send = first.send(&json!({ "command": "ping" })).expect(404);
        assert_eq!(send.detail(), "Invalid session ID");
    });
    cases.case("the log database has both with their end", || {
        for session in [&first, &second] {
            let row = daemon.ended_row(session);
            assert_eq!(row["termination_reason"], "manual");
            assert!(row["port"].is_u64(), "{row}");
            assert_eq!(row["client_ip"], "127.0.0.1");
            assert_eq!(row["user_agent"], "phoebed-tests");
            assert_eq!((&row["user_id"], &row["project_name"]), (&Value::Null, &Value::Null));
            assert_eq!(row["created_at"], session.object["created_at"]);
            assert!(row["destroyed_at"].as_f64() >= row["created_at"].as_f64());
        }
    });
    cases.finish();
    daemon.stop();
}

#[test]
fn a_session_starts_with_or_without_metadata_and_keeps_the_project_name_as_it_was_sent() {
    let daemon = Daemon::start(Settings::new());
    let api = daemon.api();
    let start = |body: &str, content_type: Option<&str>| {
        let request = api.request("POST", "/dash/start-session").body(body);
        match content_type {
            Some(content_type) => request.header("content-type", content_type).run(),
            None => request.run(),
        }
    };
    let started = |answer: phoebed_tests::Answer| {
        let object = answer.expect(200).json();
        api.post(&format!("/dash/end-session/{}", object["session_id"].as_str().expect("an id")));
        object
    };
    let json = Some("application/json");
    let mut cases = Cases::new();
    for (body, content_type) in [
        ("", None),
        ("", json),
        ("null", json),
        ("  null\n", json),
        ("{}", json),
        ("null", Some("text/plain")),
        ("", Some("text/plain")),
        ("\n", json),
        ("{\"project_name\":null}", json),
        ("{\"other\":1}", json),
    ] {
        cases.case(format!("{body:?} as {content_type:?} is no metadata"), || {
            let object = started(start(body, content_type));
            assert_is_session(&object);
            assert_eq!(object["project_name"], Value::Null);
        });
    }
    for name in [
        "\"KPD 1946+4340\"",
        "\"\"",
        "\"ä\\u00e4\\u0000\\\\\"",
        "7",
        "-0.0",
        "1.0",
        "123456789012345678901234567890",
        "0.1000000000000000055511151231257827",
        "1E2",
        "true",
        "[1, [2.50], {}]",
        "{\"b\":1,\"a\":{\"deep\":[null]},\"b\":2}",
        "false",
        "0",
        "[]",
    ] {
        cases.case(format!("the project name {name} is kept as sent"), || {
            let body = format!("{{\"x\":1,\"project_name\": {name} ,\"user_id\":\"7\"}}");
            let answer = start(&body, json).expect(200);
            let member = format!("\"project_name\":{name}");
            assert!(answer.text().contains(&member), "{}", answer.text());
            let listed = api.get("/dash/sessions").expect(200).text();
            assert!(listed.contains(&member), "{listed}");
            let object = started(answer);
            assert_eq!((&object["user_id"], &object["full_name"]), (&Value::Null, &json!("")));
        });
    }
    cases.case("the last of duplicate project names counts", || {
        let object = started(start(r#"{"project_name":"a","project_name":"b"}"#, json));
        assert_eq!(object["project_name"], "b");
    });
    cases.case("what is no object is refused", || {
        let dict = ("dict_type".to_owned(), json!(["body"]));
        for body in ["[]", "7", "\"text\"", "false"] {
            assert_eq!(start(body, json).fault(), dict);
        }
        assert_eq!(start("{}", Some("text/plain")).fault(), dict);
        assert_eq!(start("{\"project_name\":1}", None).fault(), dict);
    });
    cases.case("a syntax error is told with its place", || {
        let expected = ("json_invalid".to_owned(), json!(["body", 16]));
        assert_eq!(start("{\"project_name\":NaN}", json).fault(), expected);
        assert_eq!(start("nul", json).fault().0, "json_invalid");
        let bytes = api.post_text("/dash/start-session", b"{\"project_name\":\"\xe4\"}");
        assert_eq!(bytes.expect(400).detail(), "There was an error parsing the body");
    });
    cases.case("nothing is left of the refused ones", || {
        assert_eq!(api.get("/dash/sessions").expect(200).json(), json!({}));
        assert_eq!(daemon.port_counts(), (12, 0, 12));
    });
    cases.finish();
    daemon.stop();
}
