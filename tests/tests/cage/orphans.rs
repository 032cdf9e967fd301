//! A process that a worker put out of its group and its session, and a daemon that is killed.

use phoebed_tests::{Daemon, Process, Signal, end, eventually, processes_of};
use serde_json::json;

use crate::attacks::settings;
use crate::payload;
use crate::ways::Way;

#[test]
fn nothing_that_a_worker_leaves_behind_outlives_a_killed_daemon() {
    for way in [Way::Load, Way::Feature] {
        let mut daemon = Daemon::start(settings("enforce"));
        let session = daemon.start_session();
        let report = payload::report(&way.run(&session, "heavy.orphan", &json!({})));
        assert_eq!(report, "left behind");
        daemon.kill();
    }
}

#[test]
fn without_the_sandbox_such_a_process_stays() {
    let mut daemon = Daemon::start(settings("off"));
    let session = daemon.start_session();
    let worker = daemon.worker(&session);
    let report = payload::report(&Way::Load.run(&session, "heavy.orphan", &json!({})));
    assert_eq!(report, "left behind");
    let is_orphan = |one: &Process| one.directory == worker.directory && one.pid != worker.pid;
    let orphan = processes_of(daemon.path()).into_iter().find(is_orphan);
    let orphan = orphan.expect("a process beside the worker");
    daemon.signal(Signal::SIGKILL);
    eventually("the worker is gone", || (!worker.is_alive()).then_some(()));
    assert!(orphan.is_alive());
    end(&orphan);
    daemon.kill();
}
