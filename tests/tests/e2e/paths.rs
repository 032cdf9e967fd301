//! Paths and methods that no route takes.

use phoebed_tests::{Cases, Daemon, Settings};

/// Every route with the methods it takes.
const ROUTES: [(&str, &str); 18] = [
    ("/", "GET,HEAD"),
    ("/health", "GET,HEAD"),
    ("/ready", "GET,HEAD"),
    ("/auth/config", "GET,HEAD"),
    ("/auth/register", "POST"),
    ("/auth/login", "POST"),
    ("/auth/me", "GET,HEAD"),
    ("/system/passbands", "GET,HEAD"),
    ("/dash/sessions", "GET,HEAD"),
    ("/dash/start-session", "POST"),
    ("/dash/end-session/x", "POST"),
    ("/dash/session-memory", "GET,HEAD"),
    ("/dash/session-memory/x", "POST"),
    ("/dash/port-status", "GET,HEAD"),
    ("/send/x", "POST"),
    ("/openapi.json", "GET,HEAD"),
    ("/docs", "GET,HEAD"),
    ("/redoc", "GET,HEAD"),
];

#[test]
fn what_is_no_route_is_told_apart_from_a_wrong_method_and_a_superfluous_slash() {
    let daemon = Daemon::start_cold(Settings::new());
    let api = daemon.api();
    let mut cases = Cases::new();
    for (path, methods) in ROUTES {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            if methods.split(',').any(|one| one == method) {
                continue;
            }
            cases.case(format!("{method} {path} is refused with what is allowed"), || {
                let answer = api.request(method, path).run().expect(405);
                assert_eq!(answer.detail(), "Method Not Allowed");
                let mut allowed: Vec<_> =
                    answer.header("allow").expect("Allow").split(',').collect();
                allowed.sort_unstable();
                assert_eq!(allowed.join(","), methods);
            });
        }
        if path != "/" {
            cases.case(format!("{path}/ is redirected with its query"), || {
                let method = if methods == "POST" { "POST" } else { "GET" };
                let answer = api.request(method, &format!("{path}/?a=1&b=%2F")).run().expect(307);
                assert_eq!(answer.header("location"), Some(&*format!("{path}?a=1&b=%2F")));
            });
        }
    }
    for path in [
        "/nothing",
        "/dash",
        "/dash/",
        "/send",
        "/send/",
        "/Health",
        "/dash/sessions/x",
        "/send/x/y",
        "/nothing/",
        "/health/more",
        "//health",
        "/dash//sessions",
        "/%68ealthy",
    ] {
        cases.case(format!("{path} is not found"), || {
            assert_eq!(api.get(path).expect(404).detail(), "Not Found");
        });
    }
    cases.case("a slash is no way to another host", || {
        let answer = api.get("//example.org/");
        assert_eq!(answer.expect(404).header("location"), None);
    });
    for id in ["x", "00000000-0000-4000-8000-000000000000", "%00", "..%2F..", "%FF", "a%20b", "ä"]
    {
        cases.case(format!("{id:?} is simply no session"), || {
            let command = serde_json::json!({ "command": "ping" });
            let id: String = id
                .chars()
                .map(|c| if c == 'ä' { "%C3%A4".into() } else { c.to_string() })
                .collect();
            let send = api.post_json(&format!("/send/{id}"), &command).expect(404);
            assert_eq!(send.detail(), "Invalid session ID");
            for route in ["end-session", "session-memory"] {
                let answer = api.post(&format!("/dash/{route}/{id}")).expect(404);
                assert_eq!(answer.detail(), "Session not found");
            }
        });
    }
    cases.finish();
    daemon.stop();
}
