//! Two daemons on one machine.

use phoebed_tests::{Cases, Daemon, Settings, run_phoebed};

use crate::configuration::alone;
use crate::ctl::Ctl;

#[test]
fn two_daemons_live_side_by_side_and_share_neither_directory_nor_socket() {
    let (one, other) = (Daemon::start(Settings::new()), Daemon::start(Settings::new()));
    let (session, others) = (one.start_session(), other.start_session());
    let (ctl, other_ctl) = (Ctl::of(&one), Ctl::of(&other));
    let mut cases = Cases::new();
    cases.case("phoebectl reaches the one whose configuration it is given", || {
        for (ctl, daemon, session) in [(&ctl, &one, &session), (&other_ctl, &other, &others)] {
            assert_eq!(ctl.json(&["ping"])["pid"], daemon.pid());
            let listed = ctl.json(&["sessions", "list"]);
            assert_eq!(listed["sessions"].as_array().map(Vec::len), Some(1), "{listed}");
            assert_eq!(listed["sessions"][0]["session_id"], session.id.as_str());
        }
        ctl.run(&["sessions", "show", &others.id]).expect(1);
    });
    let directory = tempfile::tempdir().expect("a directory");
    let database = directory.path().join("sessions.db");
    let text = std::fs::read_to_string(alone(directory.path(), &database)).expect("the file");
    let own = |name: &str| directory.path().join(name).display().to_string();
    let of_one = |name: &str| one.path().join(name).display().to_string();
    for (what, path, said) in [
        ("the state directory", "state", "error: the state directory "),
        ("the admin socket", "admin.sock", "error: another program listens on the admin socket "),
    ] {
        cases.case(format!("a daemon that is given {what} of one that runs is refused"), || {
            let file = directory.path().join("refused.toml");
            let text = text.replace(&format!("'{}'", own(path)), &format!("'{}'", of_one(path)));
            std::fs::write(&file, text).expect("a file");
            let arguments = ["--config", file.to_str().expect("a path")];
            let refused = run_phoebed(directory.path(), &arguments, &[]);
            assert_eq!(refused.code, Some(1), "{}", refused.stderr);
            assert!(refused.stderr.contains(said), "{}", refused.stderr);
            assert!(refused.stderr.contains(&of_one(path)), "{}", refused.stderr);
            assert!(!database.exists(), "nothing was made");
            // The one that runs has not noticed.
            ctl.ok(&["ping"]);
            session.ping();
        });
    }
    cases.case("the end of one is not the end of the other", || {
        other_ctl.ok(&["sessions", "kill", "--all", "--yes"]).says(&["1 session ended"]);
        session.ping();
    });
    cases.finish();
    other.stop();
    session.ping();
    ctl.ok(&["ping"]);
    one.stop();
}
