//! The daemon killed: what it leaves behind is put in order by the next one.

use phoebed_tests::{Daemon, Settings};

use crate::ctl::Ctl;

#[test]
fn the_next_daemon_has_the_sessions_of_a_killed_one_and_takes_its_socket() {
    let mut daemon = Daemon::start(Settings::new());
    let ctl = Ctl::of(&daemon);
    let socket = daemon.path().join("admin.sock");
    let (ended, live) = (daemon.start_session(), daemon.start_session());
    ended.end();
    let row = daemon.ended_row(&ended);
    daemon.database().session(&live.id, "active", |row| row["status"] == "active");
    daemon.kill();
    assert!(socket.exists(), "nobody could remove it");
    let done = ctl.run(&["ping"]).expect(3);
    done.says(&["nothing listens there any more", socket.to_str().expect("a path")]);

    daemon.start_again();
    ctl.ok(&["ping"]).says(&[&format!("process {}", daemon.pid())]);
    assert!(daemon.log().contains("was left behind: replaced"));
    let kept = daemon.database().session(&live.id, "kept", |row| row["status"] != "terminated");
    assert!(kept["destroyed_at"].is_null(), "{kept}");
    assert_eq!(daemon.ended_row(&ended), row, "a record that was whole is left alone");
    let listed = ctl.json(&["sessions", "list"]);
    assert_eq!(listed["sessions"][0]["session_id"], live.id.as_str(), "{listed}");
    assert_eq!(listed["sessions"].as_array().map(Vec::len), Some(1), "{listed}");
    daemon.database().check();
    daemon.stop();
}
