//! Users share the processes that compute, and see their own jobs only.

use phoebed_tests::{Daemon, Job, Session, add_curve, eventually};
use serde_json::{Value, json};

use crate::user::{User, jwt};

fn session_of(user: &User) -> Session {
    let session = user.api.start_session();
    add_curve(&session, 6000);
    session
}

fn submit(session: &Session) -> Job {
    Job::submit(session, &json!({ "command": "run_compute" }))
}

#[test]
fn two_users_share_two_processes_whatever_the_number_of_their_jobs() {
    let daemon = Daemon::start(jwt().set("resources.compute_processes", 2));
    let [ada, bob] = ["ada", "bob"].map(|name| {
        let user = User::new(daemon.api(), &format!("{name}@example.org"));
        (session_of(&user), user)
    });
    let alone = submit(&ada.0);
    let has = |job: &Job, processes: u32| {
        eventually(&format!("{processes} processes"), || {
            (job.now()["processes"] == json!(processes)).then_some(())
        });
    };
    has(&alone, 2);
    // More of the same user's change nothing for her.
    let another = session_of(&ada.1);
    let mine = [submit(&another), submit(&another)];
    has(&alone, 1);
    has(&mine[0], 1);
    let his = submit(&bob.0);
    has(&his, 1);
    let running = |jobs: &[&Job]| -> u64 {
        jobs.iter().filter_map(|job| job.now()["processes"].as_u64()).sum()
    };
    // Hers take turns with that one, so one look at each may find a moment between two of them.
    eventually("one of hers gives its process back", || {
        (running(&[&alone, &mine[0], &mine[1]]) == 1).then_some(())
    });
    // Nobody sees the other's.
    let seen = his.asked_by(&ada.1.api);
    for (method, more) in [("GET", ""), ("GET", "/result"), ("GET", "/events"), ("DELETE", "")] {
        let answer = ada.1.api.request(method, &seen.path(more)).run().expect(403);
        assert!(answer.detail().contains("not the owner"), "{method} {more}");
    }
    let listed = daemon.ctl(&["jobs", "list", "--json"]);
    let jobs: Value = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(jobs["jobs"].as_array().map(Vec::len), Some(4));
    for job in [&alone, &mine[0], &mine[1]] {
        job.cancel().expect(200);
    }
    has(&his, 2);
    let cancelled = daemon.ctl(&["jobs", "cancel", &his.id]);
    assert_eq!((cancelled.code, cancelled.stdout.trim()), (Some(0), "cancelled"));
    let watched = daemon.ctl(&["jobs", "watch", &his.id]);
    assert_eq!(watched.code, Some(1), "{}", watched.stdout);
    assert!(watched.stderr.contains("it is cancelled"), "{}", watched.stderr);
    let gone = daemon.ctl(&["jobs", "cancel", &his.id]);
    assert!(
        gone.stderr.contains("is over") && gone.stderr.contains("jobs show"),
        "{}",
        gone.stderr
    );
    daemon.stop();
}
