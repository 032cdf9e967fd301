//! The systemd units as files: what can be said of them without booting.

use std::path::PathBuf;
use std::process::Command;

use phoebed_tests::workspace;

/// As `systemd-analyze security` counts, times ten.
const MOST_EXPOSURE: u32 = 20;

fn unit(name: &str) -> PathBuf {
    workspace().join("systemd").join(name)
}

/// The values of this key, in order.
fn values(name: &str, key: &str) -> Vec<String> {
    let text = std::fs::read_to_string(unit(name)).expect("a unit");
    let of_key = |line: &str| Some(line.strip_prefix(key)?.strip_prefix('=')?.to_owned());
    text.lines().filter_map(of_key).collect()
}

#[test]
fn the_service_is_exposed_to_little() {
    let mut command = Command::new("systemd-analyze");
    command.args(["security", "--offline=true", "--no-pager"]);
    command.arg(format!("--threshold={MOST_EXPOSURE}")).arg(unit("phoebed.service"));
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => return eprintln!("not tested, there is no systemd-analyze: {error}"),
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let overall = said.lines().find(|line| line.contains("Overall exposure"));
    assert!(output.status.success(), "{overall:?} {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn service_and_sockets_name_each_other_and_the_places_that_the_daemon_expects() {
    let sockets = ["phoebed.socket", "phoebed-admin.socket"];
    assert_eq!(values("phoebed.service", "Sockets"), [sockets.join(" ")]);
    for (socket, name) in sockets.into_iter().zip(["public", "admin"]) {
        assert_eq!(values(socket, "Service"), ["phoebed.service"]);
        assert_eq!(values(socket, "FileDescriptorName"), [name]);
    }
    // The defaults of [server] and [admin] under systemd.
    assert_eq!(values(sockets[0], "ListenStream"), ["127.0.0.1:8001"]);
    assert_eq!(values(sockets[1], "ListenStream"), ["/run/phoebed/admin.sock"]);
    let reload = &values("phoebed.service", "ExecReload")[0];
    assert!(reload.contains("--socket /run/phoebed/admin.sock"), "{reload}");
    // Longer than the daemon says that its end takes with the default of shutdown.grace_seconds.
    assert_eq!(values("phoebed.service", "TimeoutStopSec"), ["75"]);
    let capabilities = ["CAP_SETUID CAP_SETGID CAP_KILL"];
    assert_eq!(values("phoebed.service", "AmbientCapabilities"), capabilities);
    assert_eq!(values("phoebed.service", "CapabilityBoundingSet"), capabilities);
}
