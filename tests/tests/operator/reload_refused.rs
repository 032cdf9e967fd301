//! `phoebectl reload` with a file that is wrong: nothing changes.

use phoebed_tests::{Cases, Daemon, Settings, Signal, eventually};

use crate::configuration::{file_of, read};
use crate::ctl::Ctl;

#[test]
fn a_file_that_is_wrong_changes_nothing() {
    let daemon = Daemon::start_cold(Settings::new());
    let (ctl, file) = (Ctl::of(&daemon), file_of(&daemon));
    let good = read(&file);
    let socket = daemon.path().join("admin.sock");
    let ctl = ctl.global("--socket", &socket);
    let before = ctl.json(&["config", "show"]);
    let spared = |text: &str| good.replace("spares = 1", "spares = 3") + text;
    let mut cases = Cases::new();
    for (what, text, said) in [
        (
            "a value that is not allowed",
            spared("[session]\nqueue_limit = 0\n"),
            &["session.queue_limit = 0", "phoebed.toml:"][..],
        ),
        ("a key that is unknown", spared("[session]\nqueue_limits = 1\n"), &["queue_limits"]),
        (
            "several mistakes, all of which are told",
            spared(
                "[session]\nqueue_limit = 0\n\
            idle_timeout_seconds = \"x\"\n",
            ),
            &["queue_limit", "idle_timeout_seconds"],
        ),
        ("what is no TOML", "[[[".to_owned(), &["phoebed.toml"]),
        (
            "a mode that cannot be started with",
            spared("[auth]\nmode = \"jwt\"\n"),
            &["nothing was changed"],
        ),
    ] {
        assert_ne!(text, good, "{what}");
        std::fs::write(&file, text).expect("the file");
        cases.case(format!("{what}: exit 1"), || {
            let done = ctl.run(&["reload"]).expect(1);
            assert!(done.stderr.starts_with("error: the configuration "), "{done:?}");
            done.says(said);
            done.says(&["so nothing was changed", "hint: "]);
            assert_eq!(done.stdout, "");
            assert_eq!(ctl.json(&["config", "show"]), before);
        });
        cases.case(format!("{what}: SIGHUP goes on and logs it"), || {
            let lines = || {
                let log = daemon.log();
                log.lines().filter(|line| line.contains("SIGHUP: ")).count()
            };
            let earlier = lines();
            daemon.signal(Signal::SIGHUP);
            eventually("it is logged", || (lines() > earlier).then_some(()));
            let log = daemon.log();
            let last = log.lines().rev().find(|line| line.contains("SIGHUP: ")).expect("a line");
            assert!(last.contains("ERROR") && last.contains("nothing was changed"), "{last}");
            assert_eq!(ctl.json(&["config", "show"]), before);
        });
    }
    std::fs::remove_file(&file).expect("the file");
    cases.case("a file that is gone: exit 1", || {
        let done = ctl.run(&["reload"]).expect(1);
        done.says(&["error: the configuration", "nothing was changed"]);
        assert_eq!(ctl.json(&["config", "show"]), before);
    });
    std::fs::write(&file, &good).expect("the file");
    cases.case("the file put right is taken", || {
        assert_eq!(ctl.json(&["reload"])["applied"], serde_json::json!([]));
    });
    cases.finish();
    daemon.stop();
}
