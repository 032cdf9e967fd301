//! What only a process of its own shows: exit codes, pipes, permissions.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_phoebectl");

/// A group that no machine has by name.
const GROUP: u32 = 48_321;
const NOBODY: &str = "65534";

#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut command = Command::new(PROGRAM);
    command.args(["config", "default"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = Command::new(PROGRAM).args(["config", "default"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("error: the output cannot be written\ncaused by: No space"), "{said}");
}

#[test]
fn usage_is_code_2_and_no_daemon_code_3() {
    let code = |arguments: &[&str]| Command::new(PROGRAM).args(arguments).output().unwrap().status;
    assert_eq!(code(&["--help"]).code(), Some(0));
    assert_eq!(code(&["nonsense"]).code(), Some(2));
    assert_eq!(code(&["ping", "--socket", "/nonexistent/admin.sock"]).code(), Some(3));
}

#[test]
fn who_may_not_use_the_socket_is_told_which_group_to_join() {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
    let socket = directory.path().join("admin.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    let is_root = nix::unistd::geteuid().is_root();
    // A copy: the build folder may be closed for others.
    let program = directory.path().join("phoebectl");
    fs::copy(PROGRAM, &program).unwrap();
    let mut command = if is_root {
        fs::set_permissions(&socket, Permissions::from_mode(0o660)).unwrap();
        chown(&socket, None, Some(GROUP)).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]).arg(&program);
        command
    } else {
        fs::set_permissions(&socket, Permissions::from_mode(0o000)).unwrap();
        Command::new(&program)
    };
    let output = command.arg("ping").arg("--socket").arg(&socket).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: permission denied on "), "{said}");
    if is_root {
        assert!(said.contains(&format!("hint: join the group {GROUP} that ")), "{said}");
    } else {
        assert!(said.contains("hint: only "), "{said}");
    }
}
