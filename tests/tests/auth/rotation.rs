//! Keys change while the daemon runs and requests come in.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::scope;

use phoebed_tests::Daemon;

use crate::user::{PASSWORD, SECRET, User, jwt, login, quoted};

const NEXT: &str = "the secret after that one, 32 bytes";

#[test]
fn a_new_key_signs_and_the_old_one_verifies_as_long_as_it_is_listed() {
    let mut daemon = Daemon::start_cold(jwt());
    let api = daemon.api().clone();
    let ada = User::new(&api, "ada@example.org");
    let over = AtomicBool::new(false);
    let asked = scope(|scope| {
        let client = scope.spawn(|| {
            let mut asked = 0;
            while !over.load(Ordering::Relaxed) {
                assert!(ada.is_let_in(), "request {asked}");
                asked += 1;
            }
            asked
        });
        for turn in 0..10 {
            let keys = if turn % 2 == 0 { [NEXT, SECRET] } else { [SECRET, NEXT] };
            daemon.configure(|settings| {
                let previous = format!("[{}]", quoted(keys[1]));
                let settings = settings.set("auth.jwt_secret_key", quoted(keys[0]));
                settings.set("auth.jwt_previous_secret_keys", previous)
            });
            let done = daemon.ctl(&["reload"]);
            assert_eq!(done.code, Some(0), "{done:?}");
            assert!(!done.stdout.contains(NEXT) && !daemon.log().contains(NEXT));
        }
        over.store(true, Ordering::Relaxed);
        client.join().expect("no request is refused")
    });
    assert!(asked > 0);
    let file = format!("{NEXT}\n");
    daemon.configure(|settings| {
        let settings = settings.set("auth.jwt_secret_key", "''");
        let settings = settings.set("auth.jwt_previous_secret_keys", "[]");
        settings.set("auth.jwt_secret_file", quoted("secrets")).file("secrets", &file)
    });
    assert_eq!(daemon.ctl(&["reload"]).code, Some(0));
    let told = ada.api.get("/auth/me").expect(401).detail();
    assert_eq!(told, "Invalid token: its signature is wrong");
    let ada = User::of(&api, &login(&api, &ada.email, PASSWORD).expect(200).json());

    // Files that cannot be used leave everything as it was.
    daemon.configure(|settings| settings.set("auth.min_password_length", 9).file("secrets", ""));
    let done = daemon.ctl(&["reload"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.stderr.contains("there is no key in it"), "{done:?}");
    assert!(ada.is_let_in());
    User::new(&api, "bob@example.org");
    daemon.wait_until_ready();
    daemon.stop();
}
