use phoebed_common::admin::{Change, ConfigProblem, ErrorBody, Origin, ReloadAnswer, Unchanged};

use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

const ROUTE: &str = "POST /v1/reload";

fn change(key: &str, old: &str, new: &str) -> Change {
    Change { key: key.into(), old: old.into(), new: new.into() }
}

fn answer() -> ReloadAnswer {
    ReloadAnswer {
        file: Some("/etc/phoebed/config.toml".into()),
        applied: vec![
            change("logging.level", "\"INFO\"", "\"DEBUG\""),
            change("session.idle_timeout_seconds", "1800.0", "3600.0"),
        ],
        needs_restart: vec![change("server.port", "8001", "8002")],
        unchanged: vec![
            Unchanged { key: "server.host".into(), value: "\"127.0.0.1\"".into() },
            Unchanged { key: "auth.mode".into(), value: "\"none\"".into() },
        ],
        warnings: vec!["/etc/phoebed/config.toml:9: server.workers: has no effect".into()],
    }
}

#[tokio::test]
async fn reload_tells_what_counts_now_and_what_waits() {
    let daemon = FakeDaemon::new().answer(ROUTE, &answer()).start();
    snapshot::check("reload", &Ctl::new("reload").to(&daemon).run().await, &daemon);
    let said = Ctl::new("reload --json").to(&daemon).run().await;
    assert_eq!(said.json::<ReloadAnswer>(), answer());
}

#[tokio::test]
async fn reload_of_the_same_file_says_that_nothing_changed() {
    let same = ReloadAnswer { unchanged: answer().unchanged, ..ReloadAnswer::default() };
    let daemon = FakeDaemon::new().answer(ROUTE, &same).start();
    let said = Ctl::new("reload").to(&daemon).run().await;
    assert_eq!(said.out, "reloaded without a file\n2 keys unchanged\n");
    assert_eq!(said.err, "");
}

#[tokio::test]
async fn a_bad_file_is_refused_with_every_problem() {
    let problem = |line, key: &str, value: &str, reason: &str| ConfigProblem {
        origin: Origin::File { path: "/etc/phoebed/config.toml".into(), line },
        key: Some(key.into()),
        value: Some(value.into()),
        reason: reason.into(),
    };
    let refused = ErrorBody {
        problems: vec![
            problem(3, "server.port", "\"x\"", "must be a number from 0 to 65535"),
            problem(8, "logging.level", "\"LOUD\"", "must be one of DEBUG, INFO, …"),
        ],
        ..ErrorBody::new("the configuration is wrong; nothing was changed")
            .hint("phoebectl config check /etc/phoebed/config.toml")
    };
    let daemon = FakeDaemon::new().refuse(ROUTE, 422, &refused).start();
    let said = Ctl::new("reload").to(&daemon).run().await;
    snapshot::check("reload_refused", &said, &daemon);
}
