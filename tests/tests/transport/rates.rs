//! Requests a second, of one address and in all.

use phoebed_tests::{Answer, Cases, Daemon, Settings, eventually};

const PER_ADDRESS: &str = "server.requests_per_second_per_address";
const IN_ALL: &str = "server.requests_per_second";
const PATH: &str = "/auth/config";

fn ask(daemon: &Daemon, address: &str) -> Answer {
    daemon.api().request("GET", PATH).header("x-forwarded-for", address).run()
}

/// Asks until it is refused; at one request a second that is the second or third, on whatever
/// machine.
#[track_caller]
fn refused(daemon: &Daemon, mut address: impl FnMut(usize) -> String) -> Answer {
    let mut answers = (0..1000).map(|number| ask(daemon, &address(number)));
    answers.find(|answer| answer.status == 429).expect("it is refused in the end")
}

#[track_caller]
fn names(answer: &Answer, key: &str) {
    let (text, after) = (answer.detail(), answer.header("retry-after"));
    assert!(text.contains(&format!("({key})")) && text.contains("1 a second"), "{text}");
    assert_eq!(after, Some("1"));
    assert!(answer.header("x-request-id").is_some());
}

#[test]
fn one_address_is_slowed_down_and_others_are_not() {
    let settings = Settings::new().set("server.trusted_proxies", "[\"127.0.0.1\"]");
    let daemon = Daemon::start_cold(settings.set(PER_ADDRESS, 1));
    let mut cases = Cases::new();
    cases.case("the address that asks too often is told so", || {
        names(&refused(&daemon, |_| "192.0.2.1".to_owned()), PER_ADDRESS);
    });
    cases.case("another one is answered", || {
        ask(&daemon, "192.0.2.2").expect(200);
    });
    cases.case("after a while it is answered again", || {
        eventually("a turn", || (ask(&daemon, "192.0.2.1").status == 200).then_some(()));
    });
    cases.case("a block of IPv6 is one address, however many it has", || {
        names(&refused(&daemon, |number| format!("2001:db8::{number:x}")), PER_ADDRESS);
        ask(&daemon, "2001:db8:0:1::1").expect(200);
    });
    cases.case("whoever watches the service is always answered", || {
        for _ in 0..50 {
            daemon.api().get("/health").expect(200);
        }
    });
    cases.finish();
    daemon.stop();
}

#[test]
fn a_limit_in_all_counts_every_address_and_can_be_lifted() {
    let origin = "https://lab.example.org";
    let settings = Settings::new().set("server.trusted_proxies", "[\"127.0.0.1\"]");
    let settings = settings.set("server.cors_origins", format!("[\"{origin}\"]"));
    let mut daemon = Daemon::start_cold(settings.set(IN_ALL, 1));
    names(&refused(&daemon, |number| format!("192.0.2.{}", number % 250)), IN_ALL);
    let readable = eventually("a refusal", || {
        let answer = daemon.api().request("GET", PATH).header("origin", origin).run();
        (answer.status == 429).then_some(answer)
    });
    assert_eq!(readable.header("access-control-allow-origin"), Some(origin));
    eventually("a refused preflight", || {
        let asked = daemon.api().request("OPTIONS", PATH).header("origin", origin);
        let answer = asked.header("access-control-request-method", "GET").run();
        (answer.status == 429).then_some(())
    });
    daemon.configure(|settings| settings.set(IN_ALL, 0));
    let done = daemon.ctl(&["reload"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    for _ in 0..50 {
        ask(&daemon, "192.0.2.1").expect(200);
    }
    daemon.stop();
}
