//! Passwords that are guessed, and many that log in at once.

use std::thread::scope;

use phoebed_tests::{Daemon, eventually};

use crate::user::{PASSWORD, User, jwt, login, register};

#[test]
fn after_some_failures_each_attempt_must_wait() {
    let settings = jwt().set("auth.failures_per_account", 3).set("auth.failures_per_address", 12);
    let daemon = Daemon::start_cold(settings);
    let api = daemon.api();
    let sissi = User::new(api, "sissi@example.org");
    let bob = User::new(api, "bob@example.org");
    for spelling in ["sissi@example.org", "SISSI@example.org", " Sissi@Example.org "] {
        login(api, spelling, "wrong").expect(401);
    }
    let seconds = |answer: &phoebed_tests::Answer| {
        let wait = answer.header("retry-after").expect("a time");
        wait.parse::<u64>().expect("seconds")
    };
    // Each attempt that is let through doubles the wait for the next one.
    let refused = eventually("the wait is several seconds", || {
        let answer = login(api, "sissi@example.org", "wrong");
        assert!([401, 429].contains(&answer.status), "{}", answer.text());
        (answer.status == 429 && seconds(&answer) >= 4).then_some(answer)
    });
    assert!(refused.detail().contains("Too many failed attempts"), "{}", refused.detail());
    // U+017F folds to a small s, so that all of these are one account.
    for spelling in
        ["sissi@example.org", "\u{17f}issi@example.org", "si\u{17f}\u{17f}i@example.org"]
    {
        login(api, spelling, PASSWORD).expect(429);
    }
    assert!(sissi.is_let_in(), "a token is no guess");
    login(api, &bob.email, PASSWORD).expect(200);
    eventually("the wait is over", || {
        (login(api, "sissi@example.org", PASSWORD).status == 200).then_some(())
    });
    login(api, "sissi@example.org", "wrong").expect(401);
    login(api, "sissi@example.org", PASSWORD).expect(200);

    // Nobody believes a client that says that it is somebody else.
    let mut refused = 0;
    for guess in 0..16 {
        let body = serde_json::json!({ "email": format!("u{guess}@x.org"), "password": "x" });
        let request = api.request("POST", "/auth/login").header("content-type", "application/json");
        let request = request.header("x-forwarded-for", &format!("192.0.2.{guess}"));
        refused += usize::from(request.body(body.to_string()).run().status == 429);
    }
    assert!(refused >= 4, "{refused} of 16 were refused by the address");
    let delayed = "SELECT count(*) AS n FROM audit WHERE event = 'login_delayed'";
    eventually("it is recorded", || (daemon.database().rows(delayed)[0]["n"] != 0).then_some(()));
    daemon.wait_until_ready();
    daemon.stop();
}

#[test]
fn a_thousand_guesses_at_once_are_no_more_than_a_few() {
    let daemon = Daemon::start_cold(jwt().set("auth.failures_per_account", 4));
    let api = daemon.api();
    User::new(api, "ada@example.org");
    let statuses: Vec<u16> = scope(|scope| {
        let guess = |n: usize| scope.spawn(move || login(api, "ada@example.org", &n.to_string()));
        let guesses: Vec<_> = (0..60).map(guess).collect();
        guesses.into_iter().map(|guess| guess.join().expect("no panic").status).collect()
    });
    let checked = statuses.iter().filter(|status| **status == 401).count();
    assert!((1..=12).contains(&checked), "{checked} were checked: {statuses:?}");
    assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
    daemon.wait_until_ready();
    daemon.stop();
}

#[test]
fn a_class_that_logs_in_at_once_is_let_in_and_the_rest_is_served() {
    let daemon = Daemon::start_cold(jwt());
    let api = daemon.api();
    let ada = User::new(api, "ada@example.org");
    let logged_in: Vec<u16> = scope(|scope| {
        let mut clients = Vec::new();
        for _ in 0..40 {
            clients.push(scope.spawn(|| login(api, "ada@example.org", PASSWORD).status));
        }
        for _ in 0..20 {
            assert!(ada.is_let_in(), "requests go on meanwhile");
        }
        clients.into_iter().map(|client| client.join().expect("no panic")).collect()
    });
    let (let_in, others): (Vec<_>, Vec<_>) = logged_in.into_iter().partition(|it| *it == 200);
    // Forty attempts on one account at once are guessing; of as many accounts they are a class.
    assert!(!let_in.is_empty() && others.iter().all(|status| *status == 429), "{others:?}");
    let class: Vec<u16> = scope(|scope| {
        let register = |n: usize| {
            scope.spawn(move || register(api, &format!("student{n}@example.org"), PASSWORD).status)
        };
        let clients: Vec<_> = (0..40).map(register).collect();
        clients.into_iter().map(|client| client.join().expect("no panic")).collect()
    });
    assert_eq!(class, [200; 40]);
    let class: Vec<u16> = scope(|scope| {
        let login = |n: usize| {
            scope.spawn(move || login(api, &format!("student{n}@example.org"), PASSWORD).status)
        };
        let clients: Vec<_> = (0..40).map(login).collect();
        clients.into_iter().map(|client| client.join().expect("no panic")).collect()
    });
    assert_eq!(class, [200; 40]);
    daemon.wait_until_ready();
    daemon.stop();
}

#[test]
fn one_address_makes_so_many_accounts_an_hour() {
    let daemon = Daemon::start_cold(jwt().set("auth.registrations_per_hour_per_address", 2));
    let api = daemon.api();
    let ada = User::new(api, "ada@example.org");
    for _ in 0..5 {
        register(api, &ada.email, PASSWORD).expect(409);
    }
    User::new(api, "bob@example.org");
    let refused = register(api, "eve@example.org", PASSWORD).expect(429);
    assert!(refused.detail().contains("at most 2 an hour"), "{}", refused.detail());
    let wait: u64 = refused.header("retry-after").expect("a time").parse().expect("seconds");
    assert!((1..=1800).contains(&wait), "{wait}");
    login(api, &ada.email, PASSWORD).expect(200);
    daemon.wait_until_ready();
    daemon.stop();
}
