//! Old records go, by age.

use phoebed_tests::{Daemon, Settings, eventually};
use rusqlite::params;
use tempfile::tempdir;

use crate::configuration::{alone, set};
use crate::ctl::Ctl;
use crate::sql::{column, days_ago, number, open};

#[test]
fn records_older_than_they_are_kept_vanish_at_a_start_and_at_a_reload() {
    let directory = tempdir().expect("a directory");
    let database = directory.path().join("sessions.db");
    let config = alone(directory.path(), &database);
    let arguments = ["init-db", "--config", config.to_str().expect("a path")];
    let made = phoebed_tests::run_phoebed(directory.path(), &arguments, &[]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let mut connection = open(&database);
    let rows = connection.transaction().expect("a transaction");
    // More than one slice of the pruning.
    for age in (0..700).map(|_| 100).chain([95, 89, 50, 10, 0]) {
        let time = days_ago(age);
        let session = format!("of-{age}-days-ago");
        let command = "INSERT INTO session_commands
            (session_id, timestamp, command_name, success) VALUES (?1, ?2, 'old', 1)";
        rows.execute(command, params![session, time]).expect("a row");
        let metric = "INSERT INTO session_metrics (session_id, timestamp, memory_used_mb)
            VALUES (?1, ?2, 100)";
        rows.execute(metric, params![session, time]).expect("a row");
        let of_session = "INSERT OR IGNORE INTO sessions
            (session_id, created_at, destroyed_at, status, termination_reason)
            VALUES (?1, ?2, ?2, 'terminated', 'manual')";
        rows.execute(of_session, params![session, time]).expect("a row");
    }
    rows.commit().expect("rows");
    drop(connection);

    let path = format!("'{}'", database.display());
    let daemon = Daemon::start_cold(Settings::new().set("database.path", path));
    let left = |ages: &[u32]| {
        let expected: Vec<String> = ages.iter().map(|age| format!("of-{age}-days-ago")).collect();
        for table in ["session_commands", "session_metrics"] {
            let query = format!("SELECT session_id FROM {table} ORDER BY timestamp");
            eventually(&format!("old rows of {table} are gone"), || {
                (column(&database, &query) == expected).then_some(())
            });
        }
    };
    left(&[89, 50, 10, 0]);
    set(&daemon, &[("database.keep_days", "30")]);
    Ctl::of(&daemon).ok(&["reload"]);
    left(&[10, 0]);
    assert_eq!(number(&database, "SELECT count(*) FROM sessions"), 6, "who was here is kept");
    eventually("it is logged", || daemon.log().contains("old log records pruned").then_some(()));
    daemon.stop();
}
