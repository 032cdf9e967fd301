//! What the service tells of itself, and what mode `none` says to those who want to log in.

use phoebed_tests::{Cases, Daemon, Settings};
use serde_json::json;

#[test]
fn the_service_describes_itself_before_and_after_its_engine_is_ready() {
    let daemon = Daemon::start_cold(Settings::new());
    let api = daemon.api();
    assert_eq!(api.get("/health").expect(200).json(), json!({ "status": "ok" }));
    let cold = api.get("/ready").expect(503);
    assert_eq!(cold.detail(), "The PHOEBE engine is starting");
    assert!(cold.header("retry-after").is_some());

    daemon.wait_until_ready();
    let mut cases = Cases::new();
    cases.case("health stays as it is", || {
        assert_eq!(api.get("/health").expect(200).json(), json!({ "status": "ok" }));
    });
    cases.case("the root names service, version and status", || {
        let version = env!("CARGO_PKG_VERSION");
        let expected =
            json!({ "service": "phoebe-server", "version": version, "status": "running" });
        assert_eq!(api.get("/").expect(200).json(), expected);
    });
    cases.case("the mode is none", || {
        assert_eq!(api.get("/auth/config").expect(200).json(), json!({ "mode": "none" }));
    });
    cases.case("nobody is anybody in mode none", || {
        let answer = api.get("/auth/me").expect(404);
        assert_eq!(answer.detail(), "Not available in current auth mode");
    });
    cases.case("there is no registration in mode none", || {
        let body = json!({ "email": "a@b.c", "password": "x" });
        let answer = api.post_json("/auth/register", &body).expect(404);
        assert_eq!(answer.detail(), "Registration is only available in jwt auth mode");
    });
    cases.case("mode comes before empty fields", || {
        let body = json!({ "email": "", "password": "" });
        let answer = api.post_json("/auth/register", &body).expect(404);
        assert_eq!(answer.detail(), "Registration is only available in jwt auth mode");
    });
    cases.case("there is no login in mode none", || {
        let body = json!({ "email": "a@b.c", "password": "x", "role": "admin" });
        let answer = api.post_json("/auth/login", &body).expect(404);
        assert_eq!(answer.detail(), "Login is only available in jwt auth mode");
    });
    cases.case("passbands are listed, sorted and grouped", || {
        let answer = api.get("/system/passbands").expect(200).json();
        assert_eq!(
            answer,
            json!({ "success": true, "result": {
                "passbands": ["Bolometric:900-40000", "Johnson:V"],
                "grouped": { "Bolometric": ["900-40000"], "Johnson": ["V"] },
            } })
        );
    });
    cases.case("a token is not asked for and does no harm", || {
        let request = api.request("GET", "/dash/sessions").header("authorization", "Bearer no");
        assert_eq!(request.run().expect(200).json(), json!({}));
    });
    cases.finish();
    daemon.stop();
}
