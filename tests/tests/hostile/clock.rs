//! The clock on the wall is put forward and back.

use std::fs;
use std::path::Path;
use std::process::Command;

use phoebed_tests::{Daemon, Settings, eventually};

/// Stands before the C library: the wall clock is so many seconds off as a file says.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    const char *path = getenv("WALL_CLOCK_OFFSET");
    if (result == 0 && clock == CLOCK_REALTIME && path != NULL) {
        FILE *file = fopen(path, "r");
        long offset = 0;
        if (file != NULL) {
            if (fscanf(file, "%ld", &offset) == 1) time->tv_sec += offset;
            fclose(file);
        }
    }
    return result;
}
"#;

const DAY: i64 = 86_400;

fn build_shim(directory: &Path) -> String {
    let (source, library) = (directory.join("clock.c"), directory.join("clock.so"));
    fs::write(&source, SHIM).expect("a source file");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source);
    assert!(compiler.status().expect("the linker of this test").success());
    library.to_str().expect("UTF-8").to_owned()
}

/// When the daemon says that a new session began, in days from now.
fn days_off(daemon: &Daemon) -> f64 {
    let session = daemon.start_session();
    let created = session.object["created_at"].as_f64().expect("a time");
    session.end();
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970");
    (created - now.as_secs_f64()) / DAY as f64
}

#[test]
fn a_clock_that_jumps_ends_no_session_and_keeps_none() {
    let directory = tempfile::tempdir().expect("a directory");
    let offset = directory.path().join("offset");
    let put = |seconds: i64| {
        let new = directory.path().join("new");
        fs::write(&new, seconds.to_string()).expect("a file");
        fs::rename(&new, &offset).expect("it is put there at once");
    };
    put(0);
    let settings = Settings::new()
        .set("session.idle_timeout_seconds", 3600)
        .variable("LD_PRELOAD", &build_shim(directory.path()))
        .variable("WALL_CLOCK_OFFSET", offset.to_str().expect("UTF-8"));
    let daemon = Daemon::start(settings);
    let session = daemon.start_session();
    for days in [30, -30, 0] {
        put(days * DAY);
        let off = days_off(&daemon);
        assert!((off - days as f64).abs() < 0.5, "the jump of {days} days is {off}");
        session.ping();
        assert!(session.is_listed());
    }
    // Idle time goes on while the clock stands a month back.
    short_idle(&daemon);
    put(-30 * DAY);
    eventually("the idle session hibernates", || session.is_hibernated().then_some(()));
    daemon.stop();
}

/// Sets an idle time that is soon over.
fn short_idle(daemon: &Daemon) {
    let path = daemon.path().join("phoebed.toml");
    let config = fs::read_to_string(&path).expect("the configuration");
    let config = config.replace("idle_timeout_seconds = 3600", "idle_timeout_seconds = 1");
    fs::write(&path, config).expect("the configuration");
    crate::ids::admin(daemon, "POST", "/v1/reload", "").expect(200);
}
