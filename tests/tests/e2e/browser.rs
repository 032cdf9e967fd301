//! The pages of the API in a real browser that can reach no other host.

use std::path::Path;

use phoebed_tests::{Browser, Cases, Daemon, Page, Settings};

fn assert_only_this_host(page: &Page, daemon: &Daemon) {
    let own = daemon.api().url("/");
    assert!(page.requests.iter().any(|url| *url == daemon.api().url("/openapi.json")));
    for url in &page.requests {
        let inside = url.starts_with(&own) || url.starts_with("data:") || url.starts_with("blob:");
        assert!(inside, "the page asked for {url}");
    }
}

#[test]
fn the_pages_of_the_api_are_rendered_without_any_other_host() {
    let daemon = Daemon::start_cold(Settings::new());
    let browser = Browser::new();
    let mut cases = Cases::new();
    for path in ["/docs", "/redoc"] {
        let url = daemon.api().url(path);
        cases.case(format!("{path} forbids the browser every other host"), || {
            let answer = daemon.api().get(path).expect(200);
            let policy = answer.header("content-security-policy").expect("a policy");
            assert!(policy.contains("default-src 'none'"), "{policy}");
            let scripts = policy.split("script-src").nth(1).and_then(|rest| rest.split(';').next());
            assert!(!scripts.expect("scripts").contains("unsafe"), "{policy}");
            assert!(!policy.contains("http"), "{policy}");
        });
        cases.case(format!("{path} shows the operations and asks nobody else"), || {
            let page = browser.open(&url);
            for shown in [
                "Start a session",
                "Have the worker carry out a command",
                "Ports of the pool",
                "How to authenticate",
                "/send/{session_id}",
            ] {
                assert!(page.dom.contains(shown), "{path} does not show {shown:?}");
            }
            assert_only_this_host(&page, &daemon);
        });
        cases.case(format!("a picture of {path} can be looked at"), || {
            let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
            std::fs::create_dir_all(&pictures).expect("a directory for pictures");
            let picture = pictures.join(format!("{}.png", path.trim_start_matches('/')));
            browser.screenshot(&url, &picture);
            let bytes = std::fs::read(&picture).expect("a picture");
            assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 20_000, "{} bytes", bytes.len());
        });
    }
    cases.finish();
    daemon.stop();
}
