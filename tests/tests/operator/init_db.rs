//! `phoebectl init-db` and `phoebed init-db`.

use std::path::{Path, PathBuf};

use phoebed_tests::{Daemon, Settings, run_phoebed};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::configuration::alone;
use crate::ctl::Ctl;
use crate::machine_form::MachineForm;
use crate::sql::{self, column, number, open};

const USERS: &str = "INSERT INTO users (id, email, hashed_password, created_at)
    VALUES (3, 'ada@example.org', 'x', 1), (8, 'bo@example.org', 'x', 2), (9, 'cy@x.org', 'x', 3);
    DELETE FROM users WHERE id = 9";
const SESSIONS: &str = "SELECT session_id || ' ' || status FROM sessions ORDER BY created_at";

fn backup_of(answer: &Value) -> PathBuf {
    PathBuf::from(answer["backup"].as_str().unwrap_or_else(|| panic!("no backup: {answer}")))
}

/// The id that the next user gets.
fn next_user(database: &Path) -> i64 {
    let connection = open(database);
    let user = "INSERT INTO users (email, hashed_password, created_at) VALUES ('new', 'x', 1)";
    connection.execute(user, []).expect("a user");
    connection.last_insert_rowid()
}

#[test]
fn a_running_daemon_makes_its_database_afresh_with_the_live_sessions_in_it() {
    let daemon = Daemon::start(Settings::new());
    let ctl = Ctl::of(&daemon);
    let form = MachineForm::of(&daemon.path().join("admin.sock"));
    let database = sql::file_of(&daemon);
    let get = json!({ "command": "get_datasets" });
    let (ended, live, other) =
        (daemon.start_session(), daemon.start_session(), daemon.start_session());
    for session in [&ended, &live] {
        session.result(&get);
    }
    ended.end();
    daemon.ended_row(&ended);
    open(&database).execute_batch(USERS).expect("users");

    let kept = ctl.json(&["init-db"]);
    form.check("post", "/v1/init-db", &kept);
    assert_eq!(kept, json!({ "outcome": "kept", "path": database.to_str() }));
    ctl.ok(&["init-db"]).says(&["kept the log database", "hint: ", "--force"]);
    assert_eq!(number(&database, "SELECT count(*) FROM users"), 2);

    let made = ctl.json(&["init-db", "--force"]);
    form.check("post", "/v1/init-db", &made);
    assert_eq!(made["outcome"], "recreated");
    assert_eq!(
        (&made["users_only_in_backup"], &made["sessions_only_in_backup"]),
        (&2.into(), &1.into())
    );
    assert_eq!(made["live_registered"], 2);
    let backup = backup_of(&made);
    assert!(backup.starts_with(database.parent().expect("a folder")), "{backup:?}");
    let active = |id: &str| format!("{id} active");
    let old = [format!("{} terminated", ended.id), active(&live.id), active(&other.id)];
    assert_eq!(column(&backup, SESSIONS), old);
    assert_eq!(
        column(&backup, "SELECT email FROM users ORDER BY id"),
        ["ada@example.org", "bo@example.org"]
    );
    assert_eq!(number(&backup, "SELECT count(*) FROM session_commands"), 2);
    assert_eq!(column(&backup, "PRAGMA integrity_check"), ["ok"]);
    assert_eq!(column(&database, SESSIONS), [active(&live.id), active(&other.id)]);
    assert_eq!(number(&database, "SELECT count(*) FROM users"), 0);
    assert_eq!(next_user(&database), 10, "not even the id of a deleted user comes again");

    // The sessions have not noticed, and their records go into the new file.
    live.result(&get);
    let logs = ctl.json(&["sessions", "logs", &live.id]);
    assert_eq!(logs["commands"].as_array().map(Vec::len), Some(1), "{logs}");
    other.end();
    assert_eq!(daemon.ended_row(&other)["termination_reason"], "manual");
    assert_eq!(column(&backup, SESSIONS), old, "the backup is left alone from now on");

    // Once more, for people: another backup, and ids go on from there.
    let done = ctl.ok(&["init-db", "--force"]);
    done.says(&[
        &format!("made the log database {} afresh\n", database.display()),
        "only in the backup: users: 1, sessions: 1\n",
        "live sessions registered again: 1\n",
    ]);
    let second = done.stdout.lines().find_map(|line| line.strip_prefix("backup: "));
    let second = PathBuf::from(second.expect("the backup's path"));
    assert!(second.is_file() && second != backup && backup.is_file());
    assert_eq!(next_user(&database), 11);
    assert_eq!(ctl.json(&["status"])["store"]["state"], "ok");
    daemon.database().check();

    // A database that is not there any more is made, without --force.
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", database.display()));
    }
    let created = ctl.json(&["init-db"]);
    assert_eq!(created["outcome"], "created", "{created}");
    assert_eq!(column(&database, SESSIONS), [active(&live.id)]);
    daemon.stop();
}

#[test]
fn without_a_daemon_it_is_made_directly() {
    let directory = tempdir().expect("a directory");
    let database = directory.path().join("data/sessions.db");
    let config = alone(directory.path(), &database);
    let ctl = Ctl::in_directory(directory.path()).global("--config", &config);
    let config = config.to_str().expect("a path");
    let made = ctl.json(&["init-db"]);
    assert_eq!(made, json!({ "outcome": "created", "path": database.to_str() }));
    open(&database).execute_batch(USERS).expect("users");
    ctl.ok(&["init-db"]).says(&["kept the log database", "--force"]);
    assert_eq!(number(&database, "SELECT count(*) FROM users"), 2);
    let again = ctl.json(&["init-db", "--force"]);
    assert_eq!(
        (&again["outcome"], &again["users_only_in_backup"]),
        (&"recreated".into(), &2.into())
    );
    assert_eq!(number(&backup_of(&again), "SELECT count(*) FROM users"), 2);
    assert_eq!(next_user(&database), 10);

    let phoebed = |arguments: &[&str]| {
        let arguments = [&["init-db", "--config", config], arguments].concat();
        run_phoebed(directory.path(), &arguments, &[])
    };
    let kept = phoebed(&[]);
    assert_eq!(kept.code, Some(0), "{}", kept.stderr);
    assert!(kept.stdout.contains("was left alone"), "{}", kept.stdout);
    let forced = phoebed(&["--force", "--json"]);
    assert_eq!(forced.code, Some(0), "{}", forced.stderr);
    let forced: Value = serde_json::from_str(&forced.stdout).expect("JSON");
    assert_eq!(number(&backup_of(&forced), "SELECT max(id) FROM users"), 10);
    assert_eq!(next_user(&database), 11);
    // Who names a socket means the daemon there, never a database.
    let missing = directory.path().join("missing.sock");
    let named = Ctl::in_directory(directory.path()).global("--socket", &missing);
    named.run(&["init-db", "--force"]).expect(3);
}

#[test]
fn beside_a_running_daemon_it_is_refused() {
    let daemon = Daemon::start_cold(Settings::new());
    let directory = tempdir().expect("a directory");
    let config = daemon.path().join("phoebed.toml");
    let config = config.to_str().expect("a path");
    let before = number(&sql::file_of(&daemon), "PRAGMA schema_version");
    for force in [&[][..], &["--force"]] {
        let arguments = [&["init-db", "--config", config], force].concat();
        let refused = run_phoebed(directory.path(), &arguments, &[]);
        assert_eq!(refused.code, Some(1), "{}", refused.stderr);
        assert!(refused.stderr.contains("error: the state directory "), "{}", refused.stderr);
        assert!(refused.stderr.contains("`phoebectl init-db`"), "{}", refused.stderr);
        assert_eq!(refused.stdout, "");
    }
    assert_eq!(number(&sql::file_of(&daemon), "PRAGMA schema_version"), before);
    let files = std::fs::read_dir(daemon.path().join("data")).expect("the folder").flatten();
    let backups = files.filter(|file| file.file_name().to_string_lossy().contains(".db."));
    assert_eq!(backups.count(), 0);
    daemon.stop();
}
