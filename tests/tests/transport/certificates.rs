//! Certificates that change while clients work.

use std::sync::atomic::{AtomicBool, Ordering};

use phoebed_tests::{Api, Authority, Cases, Daemon, Identity, Settings, Signal, eventually};

use crate::tls_client::served;

const TURNS: usize = 12;

#[test]
fn no_request_fails_while_the_certificate_is_changed_again_and_again() {
    let authority = Authority::new();
    let mut daemon = Daemon::start_cold(Settings::new().tls(&authority, &authority.issue()));
    let over = AtomicBool::new(false);
    let (api, port) = (daemon.api().clone(), daemon.api().port());
    let root = authority.pem();
    let kept = || api.get("/auth/config").expect(200);
    let anew = || Api::with_tls(port, &root).get("/auth/config").expect(200);
    let clients: [&(dyn Fn() -> phoebed_tests::Answer + Sync); 4] = [&kept, &anew, &anew, &kept];
    let mut last = None;
    let answered: Vec<usize> = std::thread::scope(|scope| {
        // However this ends, the clients do.
        struct Over<'a>(&'a AtomicBool);
        impl Drop for Over<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let end = Over(&over);
        let work = |ask: &dyn Fn() -> phoebed_tests::Answer| {
            let mut count = 0;
            while count == 0 || !over.load(Ordering::Relaxed) {
                ask();
                count += 1;
            }
            count
        };
        let clients: Vec<_> =
            clients.into_iter().map(|ask| scope.spawn(move || work(ask))).collect();
        for _ in 0..TURNS {
            let identity = authority.issue();
            daemon.configure(|settings| settings.identity(&identity));
            let done = daemon.ctl(&["reload"]);
            assert_eq!(done.code, Some(0), "{done:?}");
            assert_eq!(served(&daemon, &authority), identity.der);
            last = Some(identity);
        }
        drop(end);
        clients.into_iter().map(|client| client.join().expect("no request fails")).collect()
    });
    assert!(answered.iter().all(|count| *count > 0), "{answered:?}");
    assert_eq!(Some(served(&daemon, &authority)), last.map(|identity| identity.der));
    daemon.stop();
}

#[test]
fn a_reload_takes_good_files_and_leaves_all_as_it_was_with_bad_ones() {
    let authority = Authority::new();
    let (first, second, third) = (authority.issue(), authority.issue(), authority.issue());
    let mut daemon = Daemon::start_cold(Settings::new().tls(&authority, &first));
    let mixed = Identity { key: second.key.clone(), ..first.clone() };
    let no_pem = Identity { certificate: "hello".to_owned(), ..first.clone() };
    let mut cases = Cases::new();
    for (what, bad, said) in [
        ("another certificate's key", &mixed, "is not the key of the certificate"),
        ("no certificate", &no_pem, "holds no certificate"),
    ] {
        // Another key of the configuration changes along with it, or rather does not.
        let change = |settings: Settings| settings.set("server.hsts_seconds", 7).identity(bad);
        daemon.configure(change);
        let done = daemon.ctl(&["reload"]);
        cases.case(format!("{what}: nothing changes"), || {
            assert_eq!(done.code, Some(1), "{done:?}");
            for text in [said, "nothing was changed", ".pem", "hint: "] {
                assert!(done.stderr.contains(text), "{text:?} is not in {}", done.stderr);
            }
            let secret = second.key.lines().nth(1).expect("a line");
            assert!(!done.stderr.contains(secret) && !daemon.log().contains(secret));
            assert_eq!(served(&daemon, &authority), first.der);
            let answer = daemon.api().get("/health").expect(200);
            let transport = answer.header("strict-transport-security");
            assert_eq!(transport, Some("max-age=31536000"));
        });
    }
    daemon.configure(|settings| settings.identity(&second));
    let done = daemon.ctl(&["reload"]);
    cases.case("good files count at once", || {
        assert_eq!(done.code, Some(0), "{done:?}");
        assert_eq!(served(&daemon, &authority), second.der);
        let answer = daemon.api().get("/health").expect(200);
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=7"));
    });
    daemon.configure(|settings| settings.identity(&third));
    daemon.signal(Signal::SIGHUP);
    cases.case("so they do by SIGHUP, when nothing but their contents is new", || {
        eventually("the third is served", || {
            (served(&daemon, &authority) == third.der).then_some(())
        });
    });
    let off = |settings: Settings| {
        settings.set("server.tls_certificate", "\"\"").set("server.tls_key", "\"\"")
    };
    daemon.configure(off);
    let done = daemon.ctl(&["reload", "--json"]);
    cases.case("without files it goes on with TLS until a restart, and says so", || {
        assert_eq!(done.code, Some(0), "{done:?}");
        let told: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
        let waits = told["needs_restart"].as_array().expect("a list");
        let keys: Vec<_> = waits.iter().filter_map(|change| change["key"].as_str()).collect();
        assert_eq!(keys, ["server.tls_certificate", "server.tls_key"]);
        assert_eq!(served(&daemon, &authority), third.der);
    });
    cases.finish();
    daemon.stop();
}

#[test]
fn a_certificate_that_has_expired_is_warned_of_and_served() {
    let authority = Authority::new();
    let mut daemon = Daemon::start_cold(Settings::new().tls(&authority, &authority.issue()));
    let told = |daemon: &Daemon| daemon.ctl(&["status"]).stdout;
    assert!(told(&daemon).contains("certificate  ends in "), "{}", told(&daemon));
    let expired = authority.issue_expired(2020);
    daemon.configure(|settings| settings.identity(&expired));
    let warning = "expired at 2020-12-31T00:00:00Z";
    let done = daemon.ctl(&["reload"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let mut cases = Cases::new();
    for (place, text) in [
        ("the reload", format!("{done:?}")),
        ("the log", daemon.log()),
        ("the status", told(&daemon)),
    ] {
        cases.case(format!("{place} tells"), || assert!(text.contains(warning), "{text}"));
    }
    cases.finish();
    daemon.stop();
}
