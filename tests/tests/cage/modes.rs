//! What the operator sets and is told: the modes, and the user that workers run as.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::unistd::{User, geteuid};
use phoebed_tests::{Daemon, Settings, python, run_phoebed};
use serde_json::Value;

/// Without Landlock, as far as the daemon knows.
const NO_LANDLOCK: (&str, &str) = ("PHOEBED_LANDLOCK_ABI", "0");
/// An unprivileged user that every machine has.
const NOBODY: &str = "nobody";

fn sandbox(mode: &str) -> Settings {
    Settings::new().set("sandbox.mode", format!("\"{mode}\""))
}

/// Of `phoebectl status`.
fn held(status: &Value, name: &str) -> bool {
    let guarantees = status["sandbox"]["guarantees"].as_array().expect("a list");
    let found = guarantees.iter().find(|one| one["name"] == name).expect("it is listed");
    found["held"].as_bool().expect("yes or no")
}

#[test]
fn enforce_refuses_to_start_where_a_guarantee_cannot_be_held_and_names_it() {
    let place = tempfile::tempdir().expect("a directory");
    let config = place.path().join("phoebed.toml");
    let text = format!(
        "server.port = 0\nsandbox.mode = 'enforce'\nstate.directory = '{0}/state'\n\
         admin.socket = '{0}/admin.sock'\ndatabase.path = '{0}/sessions.db'\n\
         engine.python = '{1}'\n",
        place.path().display(),
        python().display()
    );
    std::fs::write(&config, text).expect("the configuration");
    let config = config.to_str().expect("UTF-8");
    let refused = run_phoebed(place.path(), &["--config", config], &[NO_LANDLOCK]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("files (the kernel has no Landlock"), "{}", refused.stderr);
}

#[test]
fn best_effort_holds_the_others_and_tells_what_is_missing() {
    let daemon = Daemon::start(sandbox("best-effort").variable(NO_LANDLOCK.0, NO_LANDLOCK.1));
    daemon.start_session().ping();
    let status = daemon.status();
    assert!(!held(&status, "files") && held(&status, "network"), "{status}");
    assert!(daemon.log().contains("cannot hold: files"), "{}", daemon.log());
    daemon.stop();
}

#[test]
fn workers_run_as_the_user_that_is_named_and_leave_nothing() {
    if !geteuid().is_root() || !others_reach(python()) {
        eprintln!("skipped: only root may change users, to one that reaches the engine");
        return;
    }
    let daemon = Daemon::start(sandbox("enforce").set("sandbox.user", format!("\"{NOBODY}\"")));
    let session = daemon.start_session();
    session.ping();
    let worker = daemon.worker(&session);
    let status = std::fs::read_to_string(format!("/proc/{}/status", worker.pid)).expect("it runs");
    let line = |name: &str| {
        let found = status.lines().find_map(|line| line.strip_prefix(name)).expect("it is there");
        found.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let uid = User::from_name(NOBODY).expect("a look").expect("a user").uid.to_string();
    assert_eq!(line("Uid:"), vec![uid; 4]);
    assert_eq!(line("Groups:"), [] as [String; 0]);
    assert_eq!((line("NoNewPrivs:"), line("Seccomp:")), (vec!["1".into()], vec!["2".into()]));
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
        assert_eq!(line(set), ["0000000000000000"], "{set}");
    }
    let told = daemon.status();
    assert_eq!(told["sandbox"]["user"], NOBODY);
    session.end();
    daemon.stop();
}

fn others_reach(path: impl AsRef<Path>) -> bool {
    let Ok(real) = path.as_ref().canonicalize() else { return false };
    // Both where it lies and what it names: the interpreter of an environment is a link.
    [path.as_ref(), &real]
        .into_iter()
        .flat_map(Path::ancestors)
        .skip(1)
        .all(|above| above.metadata().is_ok_and(|found| found.permissions().mode() & 0o001 != 0))
}
