//! Who may use the admin socket; root alone can try that out.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use nix::unistd::Group;
use phoebed_tests::{Cases, Daemon, Settings, binary};
use tempfile::TempDir;

use crate::ctl::{Ctl, is_root};

const NOBODY: u32 = 65_534;
/// A group that every Debian system has.
const GROUP: &str = "games";

fn open_to_all(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("permissions");
}

#[test]
fn the_socket_is_for_root_and_the_admin_group_and_changes_are_for_nobody_else() {
    if !is_root() {
        return;
    }
    let group = Group::from_name(GROUP).expect("groups").expect("the group").gid.as_raw();
    let directory = TempDir::with_prefix("phoebed-operator-").expect("a directory");
    open_to_all(directory.path(), 0o755);
    let socket = directory.path().join("admin.sock");
    // Others may not see where this one was built.
    let program = directory.path().join("phoebectl");
    std::fs::copy(binary("phoebectl"), &program).expect("a copy");
    open_to_all(&program, 0o755);
    let settings = Settings::new().set("admin.group", format!("\"{GROUP}\""));
    let quoted = format!("'{}'", socket.display());
    let daemon = Daemon::start(settings.set("admin.socket", quoted));
    let session = daemon.start_session();
    let root = Ctl::in_directory(directory.path()).program(program).global("--socket", &socket);
    let nobody = root.clone().with_uid(NOBODY, &[]);
    let member = root.clone().with_uid(NOBODY, &[group]);
    let mut cases = Cases::new();
    cases.case("the socket belongs to the group and is closed to others", || {
        let meta = std::fs::metadata(&socket).expect("the socket");
        assert_eq!((meta.mode() & 0o7777, meta.gid()), (0o660, group));
    });
    cases.case("somebody else is told which group to join", || {
        for command in [&["status"][..], &["sessions", "kill", "--all", "--yes"], &["shutdown"]] {
            let done = nobody.run(command).expect(1);
            let first = format!("error: permission denied on {}\n", socket.display());
            assert!(done.stderr.starts_with(&first), "{done:?}");
            done.says(&[&format!("hint: join the group {GROUP} "), "usermod", "nobody"]);
            assert_eq!(done.stdout, "");
        }
        session.ping();
    });
    cases.case("a folder on the way that is closed is permission denied too", || {
        open_to_all(directory.path(), 0o700);
        let copied = std::env::temp_dir().join(format!("phoebectl-{}", std::process::id()));
        std::fs::copy(binary("phoebectl"), &copied).expect("a copy");
        open_to_all(&copied, 0o755);
        let outside = Ctl::in_directory(Path::new("/")).program(copied.clone());
        let outside = outside.global("--socket", &socket).with_uid(NOBODY, &[group]);
        let done = outside.run(&["ping"]);
        std::fs::remove_file(copied).expect("the copy");
        open_to_all(directory.path(), 0o755);
        done.expect(1).says(&["error: permission denied on ", "hint: "]);
    });
    for (whose, ctl) in
        [("effective", &root.clone().with_user(NOBODY, group, &[])), ("supplementary", &member)]
    {
        cases.case(format!("the group as a process's {whose} one: it may look"), || {
            ctl.ok(&["ping"]);
            ctl.ok(&["status"]);
        });
        cases.case(format!("the group as a process's {whose} one: it may change"), || {
            ctl.ok(&["reload"]);
            let killed = daemon.start_session();
            ctl.ok(&["sessions", "kill", &killed.id, "--yes"]).says(&["1 session ended"]);
            assert_eq!(daemon.ended_row(&killed)["termination_reason"], "killed");
            let said = format!("uid {NOBODY}: POST /v1/sessions/kill 200");
            assert!(daemon.log().contains(&said), "{said:?} is not in the log");
        });
    }
    cases.case("with a socket that lets others in, they may look and not change", || {
        open_to_all(&socket, 0o666);
        for command in [&["ping"][..], &["status"], &["sessions", "list"], &["config", "show"]] {
            nobody.ok(command);
        }
        for command in [
            &["reload"][..],
            &["sessions", "kill", &session.id, "--yes"],
            &["init-db", "--force"],
            &["shutdown"],
        ] {
            let done = nobody.run(command).expect(1);
            let refused = format!("error: uid {NOBODY} may not change anything here\n");
            assert!(done.stderr.starts_with(&refused), "{done:?}");
            done.says(&["hint: ", "[admin] group"]);
        }
        session.ping();
        let log = daemon.log();
        for path in ["/v1/reload", "/v1/sessions/kill", "/v1/init-db", "/v1/shutdown"] {
            let said = format!("uid {NOBODY} may not: POST {path}");
            assert!(log.contains(&said), "{said:?} is not in the log");
        }
        open_to_all(&socket, 0o660);
    });
    cases.case("root may do everything, and changes are logged with the uid", || {
        root.ok(&["sessions", "kill", "--all", "--yes"]);
        assert!(daemon.log().contains("uid 0: POST /v1/sessions/kill 200"));
    });
    cases.finish();
    daemon.stop();
    assert!(!socket.exists(), "the socket goes with the daemon");
}
