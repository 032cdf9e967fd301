//! Databases that are there when the daemon starts: an older server's is taken over, what is not
//! ours is refused and left untouched.

use std::path::Path;

use phoebed_tests::{Cases, Daemon, Settings, run_phoebed};
use tempfile::tempdir;

use crate::configuration::alone;
use crate::ctl::Ctl;
use crate::sql::{column, fixture, make, number};

#[test]
fn a_database_of_an_older_server_is_taken_over_in_place() {
    for name in ["legacy.sql", "legacy_oldest.sql"] {
        let directory = tempdir().expect("a directory");
        let database = directory.path().join("sessions.db");
        make(&database, &fixture(name));
        let contents = |query| column(&database, query);
        let users = "SELECT id || email || hashed_password FROM users ORDER BY id";
        let commands = "SELECT id || session_id || command_name FROM session_commands ORDER BY id";
        let before = (contents(users), contents(commands));
        assert!(!before.0.is_empty() && !before.1.is_empty());
        let path = format!("'{}'", database.display());
        let daemon = Daemon::start(Settings::new().set("database.path", path));
        assert_eq!((contents(users), contents(commands)), before, "{name}");
        assert!(daemon.log().contains("an older server's log database was taken over"));
        let half_done = "SELECT count(*) FROM sessions WHERE status <> 'terminated'";
        assert_eq!(number(&database, half_done), 0);
        let session = daemon.start_session();
        session.send(&serde_json::json!({ "command": "get_datasets" })).expect(200);
        let logs = Ctl::of(&daemon).json(&["sessions", "logs", &session.id]);
        assert_eq!(logs["commands"].as_array().map(Vec::len), Some(1), "{logs}");
        for old in contents("SELECT DISTINCT session_id FROM session_commands WHERE id < 9") {
            let logs = Ctl::of(&daemon).json(&["sessions", "logs", &old]);
            assert_ne!(logs["commands"], serde_json::json!([]), "{name}: {old}");
        }
        daemon.stop();
        assert_eq!(contents("PRAGMA integrity_check"), ["ok"]);
        assert_eq!(
            number(&database, "SELECT count(*) FROM sessions WHERE status = 'hibernated'"),
            1
        );
    }
}

#[test]
fn a_database_that_is_not_ours_is_refused_and_left_as_it_is() {
    type Make = fn(&Path);
    let newer: Make = |path| {
        make(
            path,
            "CREATE TABLE users (id); PRAGMA application_id =
        1346913602; PRAGMA user_version = 999; INSERT INTO users VALUES (7)",
        )
    };
    let foreign: Make = |path| {
        make(
            path,
            "CREATE TABLE songs (title); PRAGMA application_id = 7;
        INSERT INTO songs VALUES ('Space Oddity')",
        )
    };
    let no_database: Make = |path| std::fs::write(path, "precious ".repeat(500)).expect("a file");
    let torn: Make = |path| {
        make(path, &fixture("legacy.sql"));
        let mut bytes = std::fs::read(path).expect("a file");
        bytes.truncate(bytes.len() / 2 + 100);
        std::fs::write(path, bytes).expect("a file");
    };
    let mut cases = Cases::new();
    for (what, prepare, said) in [
        ("a newer one", newer, "has schema version 999"),
        ("another program's", foreign, "belongs to another program"),
        ("no database at all", no_database, "is damaged"),
        ("a torn one", torn, "is damaged"),
    ] {
        cases.case(what, || {
            let directory = tempdir().expect("a directory");
            let data = directory.path().join("data");
            std::fs::create_dir(&data).expect("a directory");
            let database = data.join("sessions.db");
            prepare(&database);
            let before = std::fs::read(&database).expect("a file");
            let config = alone(directory.path(), &database);
            let config = config.to_str().expect("a path");
            let done = run_phoebed(directory.path(), &["--config", config], &[]);
            // systemd does not try it again.
            assert_eq!(done.code, Some(2), "{}", done.stderr);
            let expected = format!("error: {} {said}", database.display());
            assert!(done.stderr.contains(&expected), "{}", done.stderr);
            assert!(done.stderr.contains("hint: "), "{}", done.stderr);
            assert!(std::fs::read(&database).expect("the file") == before, "it was changed");
            let files = std::fs::read_dir(&data).expect("the folder").count();
            assert_eq!(files, 1, "nothing is put beside it");
            assert!(!directory.path().join("admin.sock").exists(), "a socket is left");
        });
    }
    cases.finish();
}
