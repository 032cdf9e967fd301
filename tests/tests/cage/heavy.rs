//! Taking without end: each in a session of its own, whose limits are low.

use phoebed_tests::{Answer, Cases, Daemon, Session, Settings, eventually, processes_of};
use serde_json::{Value, json};

use crate::attacks::settings;
use crate::payload;
use crate::ways::Way;

/// What is allowed to each session, and far more than that, up to which the hostile code goes.
const PROCESSES: u32 = 8;
const OPEN_FILES: u32 = 64;
const MEMORY_MB: u32 = 768;
const FILE_MB: u32 = 16;
const SCRATCH_MB: u32 = 64;
/// Seconds for which the hostile code holds what it took, so that the daemon can find it.
const PATIENCE: u32 = 5;

const CASES: [(&str, u32); 6] = [
    ("heavy.fork", 40 * PROCESSES),
    ("heavy.open_files", 10 * OPEN_FILES),
    ("heavy.allocate", 2 * MEMORY_MB),
    ("heavy.large_file", 8 * FILE_MB),
    ("heavy.many_files", 4 * SCRATCH_MB),
    ("heavy.unlinked_files", 4 * SCRATCH_MB),
];

fn limited() -> Settings {
    settings("enforce")
        .set("resources.session_processes", PROCESSES)
        .set("resources.session_open_files", OPEN_FILES)
        .set("resources.session_memory_mb", MEMORY_MB)
        .set("resources.session_file_mb", FILE_MB)
        .set("resources.session_scratch_mb", SCRATCH_MB)
}

#[test]
fn without_limits_there_is_no_end() {
    let settings = settings("off")
        .set("resources.session_processes", 0)
        .set("resources.session_open_files", 4096)
        .set("resources.session_memory_mb", 0)
        .set("resources.session_file_mb", 0)
        .set("resources.session_scratch_mb", 0);
    let daemon = Daemon::start(settings);
    let mut cases = Cases::new();
    for (function, bound) in CASES {
        cases.case(function, || {
            let session = daemon.start_session();
            let report = payload::report(&Way::Load.run(&session, function, &bounded(bound, 0)));
            session.end();
            let report = report.as_str().expect("a text");
            assert!(report.starts_with("no end"), "{report}");
        });
    }
    cases.finish();
    daemon.stop();
}

#[test]
fn who_takes_without_end_meets_the_limit_of_the_session_and_nobody_else_notices() {
    let daemon = Daemon::start(limited());
    let other = daemon.start_session();
    let before = at_rest(&daemon);
    let mut cases = Cases::new();
    for way in [Way::Load, Way::Feature] {
        for (function, bound) in CASES {
            cases.case(format!("{function} by {}", way.name()), || {
                let session = daemon.start_session();
                let answer = way.run(&session, function, &bounded(bound, PATIENCE));
                let told = cause(&session, &answer);
                println!("{function:24} {:8} {told}", way.name());
                other.ping();
                session.end();
                assert_gone(&daemon, &before);
                assert!(!told.contains("no end"), "{told}");
            });
        }
    }
    cases.finish();
    daemon.stop();
}

#[test]
fn a_worker_that_floods_or_fails_its_daemon_is_ended_with_the_cause_and_nobody_else_notices() {
    let daemon = Daemon::start(limited());
    let other = daemon.start_session();
    let before = at_rest(&daemon);
    let mut cases = Cases::new();
    for (function, status) in [
        ("heavy.flood_output", 200),
        ("heavy.flood_stream", 503),
        ("heavy.garbage_on_stream", 503),
        ("heavy.close_stream", 503),
        ("heavy.kill_itself", 503),
    ] {
        cases.case(function, || {
            let session = daemon.start_session();
            let running = Way::load_in_background(&session, function, &bounded(4, 0));
            other.ping();
            let answer = running.answer();
            println!("{function:24} {} {}", answer.status, shortened(&answer.text()));
            let died = session.worker_died();
            session.end();
            assert_gone(&daemon, &before);
            assert_eq!(answer.status, status, "{}", answer.text());
            if status == 503 {
                assert!(answer.detail().contains("worker"), "{}", answer.text());
                assert!(!died.is_empty());
            }
        });
    }
    cases.case("heavy.burn", || {
        let session = daemon.start_session();
        let burning = Way::load_in_background(&session, "heavy.burn", &bounded(0, 0));
        let worker = daemon.worker(&session);
        eventually("it burns", || is_running(worker.pid).then_some(()));
        other.ping();
        session.end();
        let answer = burning.answer();
        assert!([404, 503].contains(&answer.status), "{}", answer.text());
        assert_gone(&daemon, &before);
    });
    let log = daemon.log().len();
    assert!(log < 1 << 20, "a log of {log} bytes");
    cases.finish();
    daemon.stop();
}

fn bounded(bound: u32, patience: u32) -> Value {
    json!({ "bound": bound, "patience": patience })
}

/// How the hostile code was told of its limit: by an error, or by the end of its process.
#[track_caller]
fn cause(session: &Session, answer: &Answer) -> String {
    if answer.status == 503 {
        return format!("the worker has ended: {}", session.worker_died());
    }
    let body = answer.clone().expect(200).json();
    let error = body["error"].as_str().unwrap_or_else(|| panic!("no error: {body}"));
    error.rsplit_once("REPORT-OF-THE-HOSTILE:").map_or(error, |(_, told)| told).to_owned()
}

/// What there is while nobody but the other session is there.
#[track_caller]
fn at_rest(daemon: &Daemon) -> (usize, usize) {
    eventually("a spare waits", || (daemon.ready_spares() == 1).then_some(()));
    left_of(daemon)
}

/// What a session may leave: processes and scratch directories.
fn left_of(daemon: &Daemon) -> (usize, usize) {
    (processes_of(daemon.path()).len(), daemon.scratch_directories().len())
}

#[track_caller]
fn assert_gone(daemon: &Daemon, before: &(usize, usize)) {
    // A spare takes the place of the one that became the session.
    eventually("the spare is there again", || (daemon.ready_spares() == 1).then_some(()));
    eventually("nothing is left", || (left_of(daemon) == *before).then_some(()));
}

/// Whether the process has the processor, or waits for nothing else.
fn is_running(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('R'))
}

fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}
