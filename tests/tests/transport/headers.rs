//! What every answer tells browsers.

use phoebed_tests::{Authority, Cases, Daemon, Settings};

#[test]
fn every_answer_has_the_headers_and_hsts_goes_with_tls() {
    let authority = Authority::new();
    let settings = || Settings::new().set("server.cors_origins", "[\"https://lab.example.org\"]");
    let tls = Daemon::start_cold(settings().tls(&authority, &authority.issue()));
    let plain = Daemon::start_cold(settings().set("server.hsts_seconds", 60));
    let mut cases = Cases::new();
    for (method, path, status) in [
        ("GET", "/health", 200),
        ("GET", "/auth/config", 200),
        ("GET", "/auth/nothing", 404),
        ("GET", "/docs", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/nothing", 404),
        ("GET", "/health/", 307),
        ("GET", "/send/x", 405),
        ("POST", "/send/x", 422),
        ("OPTIONS", "/health", 200),
    ] {
        for (daemon, hsts) in [(&tls, Some("max-age=31536000")), (&plain, None)] {
            cases.case(format!("{method} {path}, HSTS {hsts:?}"), || {
                let request = daemon.api().request(method, path);
                let request = request.header("origin", "https://lab.example.org");
                let request = request.header("access-control-request-method", "POST");
                let answer = request.run().expect(status);
                assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
                assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
                assert_eq!(answer.header("strict-transport-security"), hsts);
                let personal = path.starts_with("/auth").then_some("no-store");
                assert_eq!(answer.header("cache-control"), personal);
            });
        }
    }
    cases.finish();
    tls.stop();
    plain.stop();
}

#[test]
fn hsts_can_be_switched_off_without_a_restart() {
    let authority = Authority::new();
    let mut daemon = Daemon::start_cold(Settings::new().tls(&authority, &authority.issue()));
    daemon.configure(|settings| settings.set("server.hsts_seconds", 0));
    let done = daemon.ctl(&["reload"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(daemon.api().get("/health").expect(200).header("strict-transport-security"), None);
    daemon.stop();
}
