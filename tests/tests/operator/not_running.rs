//! `phoebectl` without a daemon.

use phoebed_tests::Cases;
use tempfile::tempdir;

use crate::configuration::alone;
use crate::ctl::Ctl;

#[test]
fn commands_say_that_no_daemon_runs_and_where_they_looked() {
    let directory = tempdir().expect("a directory");
    let config = alone(directory.path(), &directory.path().join("sessions.db"));
    let (configured, state) =
        (directory.path().join("admin.sock"), directory.path().join("state/admin.sock"));
    let runtime = directory.path().join("run");
    let plain = Ctl::in_directory(directory.path());
    let named = plain.clone().global("--config", &config);
    let named = named.variable("XDG_RUNTIME_DIR", runtime.to_str().expect("a path"));
    let mut cases = Cases::new();
    for command in [
        &["status"][..],
        &["status", "--json"],
        &["sessions", "list"],
        &["sessions", "show", "5f0c"],
        &["sessions", "logs", "5f0c"],
        &["sessions", "kill", "--all", "--yes"],
        &["ports"],
        &["config", "show"],
        &["reload"],
        &["ping"],
        &["shutdown"],
        &["waitready", "--timeout", "50ms"],
    ] {
        cases.case(format!("{command:?} ends with 3 and lists the sockets in their order"), || {
            let done = named.run(command).expect(3);
            assert_eq!(done.stdout, "", "stdout is for data");
            assert!(done.stderr.starts_with("error: phoebed is not running\n"), "{done:?}");
            let places: Vec<usize> = [
                format!("{} ([admin] socket): no such socket", configured.display()),
                format!("{} (XDG_RUNTIME_DIR)", runtime.join("phoebed/admin.sock").display()),
                format!("{} (state directory)", state.display()),
            ]
            .iter()
            .map(|place| done.stderr.find(place).unwrap_or_else(|| panic!("{place}: {done:?}")))
            .collect();
            assert!(places.is_sorted(), "{done:?}");
            done.says(&["caused by: ", "hint: "]);
        });
    }
    cases.case("a socket that is named is the only one that is tried", || {
        let missing = directory.path().join("missing.sock");
        for ctl in [
            named.clone().global("--socket", &missing),
            named.clone().variable("PHOEBED_SOCKET", missing.to_str().expect("a path")),
        ] {
            let done = ctl.run(&["ping"]).expect(3);
            let tried = done.stderr.lines().filter(|line| line.starts_with("caused by:"));
            assert_eq!(tried.count(), 1, "{done:?}");
            done.says(&[missing.to_str().expect("a path")]);
        }
    });
    cases.case("what needs no daemon works without", || {
        let default = plain.ok(&["config", "default"]).stdout;
        let file = directory.path().join("default.toml");
        std::fs::write(&file, default).expect("a file");
        let file = file.to_str().expect("a path");
        plain.ok(&["config", "check", file]).says(&["configuration ok: ", file]);
        let keys = plain.json(&["config", "default"]);
        assert!(keys["entries"].as_array().is_some_and(|entries| entries.len() > 30), "{keys}");
        assert_eq!(plain.json(&["config", "check", file])["ok"], true);
        assert!(plain.ok(&["completions", "bash"]).stdout.contains("phoebectl"));
        assert!(plain.ok(&["man"]).stdout.contains(".TH"));
    });
    cases.case("a wrong file is refused with 2, with key, value, line and what is allowed", || {
        let file = directory.path().join("wrong.toml");
        std::fs::write(&file, "[workers]\nspares = -1\n").expect("a file");
        let place = file.to_str().expect("a path");
        let done = plain.run(&["config", "check", place]).expect(2);
        done.says(&["error: ", &format!("{place}:2"), "workers.spares", "-1", "hint: "]);
        let verdict = plain.run(&["config", "check", place, "--json"]).expect(2).json();
        assert_eq!(verdict["ok"], false);
        assert_eq!(verdict["problems"][0]["key"], "workers.spares", "{verdict}");
    });
    cases.case("wrong usage ends with 2", || {
        let usage: [&[&str]; 4] =
            [&["no-such"], &["sessions", "kill"], &["--timeout", "x", "ping"], &[]];
        for usage in usage {
            plain.run(usage).expect(2);
        }
        plain.run(&["sessions", "kill", "--all", "5f0c"]).expect(2);
    });
    cases.finish();
}
