use phoebed_common::admin::{ConfigAnswer, ConfigEntry, Origin, Reloading};
use phoebed_common::config::DEFAULT_FILE;

use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

const ROUTE: &str = "GET /v1/config";

fn entry(key: &str, value: &str, origin: Origin, reload: Reloading) -> ConfigEntry {
    let secret = key.contains("secret");
    ConfigEntry { key: key.into(), value: value.into(), origin, secret, reload }
}

fn answer() -> ConfigAnswer {
    let file = |line| Origin::File { path: "/etc/phoebed/config.toml".into(), line };
    let variable = || Origin::Environment { variable: "PHOEBE_JWT_SECRET_KEY".into() };
    let option = || Origin::CommandLine { option: "--port".into() };
    let format = "\"%(asctime)s - %(name)s - %(levelname)s - %(message)s\"";
    ConfigAnswer {
        file: Some("/etc/phoebed/config.toml".into()),
        entries: vec![
            entry("server.host", "\"0.0.0.0\"", file(3), Reloading::Restart),
            entry("server.port", "8002", option(), Reloading::Restart),
            entry("auth.jwt_secret_key", "(hidden)", variable(), Reloading::Restart),
            entry("logging.format", format, Origin::Default, Reloading::Live),
        ],
    }
}

#[tokio::test]
async fn show_tells_where_each_value_came_from() {
    let daemon = FakeDaemon::new().answer(ROUTE, &answer()).start();
    let show = || Ctl::new("config show").to(&daemon);
    snapshot::check("config_show", &show().run().await, &daemon);
    let narrow = Ctl::new("config show --color never").to(&daemon).terminal(80, "").run().await;
    snapshot::check("config_show_80", &narrow, &daemon);
    let said = Ctl::new("config show --json").to(&daemon).run().await;
    assert_eq!(said.json::<ConfigAnswer>(), answer());
}

#[tokio::test]
async fn check_needs_no_daemon_and_lists_every_problem() {
    let place = FakeDaemon::new();
    let file = place.directory().join("config.toml");
    let text = "[server]\nport = \"x\"\n[logging]\nlevel = \"LOUD\"\nlevle = 1\n";
    std::fs::write(&file, text).unwrap();
    let check = |line| Ctl::new(line).within(place.directory()).variable("HOME", "/nonexistent");
    let said = check("config check config.toml").run().await;
    snapshot::check("config_check_wrong", &said, &place);
    let said = check("config check config.toml --json").run().await;
    assert_eq!(said.code, 2);
    let verdict: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(verdict["ok"], false);
    assert_eq!(verdict["problems"][0]["origin"]["line"], 2);
}

#[tokio::test]
async fn check_finds_the_file_that_the_daemon_would_find() {
    let place = FakeDaemon::new();
    std::fs::write(place.directory().join("config.toml"), DEFAULT_FILE).unwrap();
    let said = Ctl::new("config check")
        .within(place.directory())
        .variable("HOME", place.directory())
        .run()
        .await;
    snapshot::check("config_check", &said, &place);
}

#[tokio::test]
async fn check_of_a_file_that_is_not_there_is_code_2() {
    let place = FakeDaemon::new();
    let said = Ctl::new("config check none.toml").within(place.directory()).run().await;
    snapshot::check("config_check_missing", &said, &place);
}

#[tokio::test]
async fn default_prints_the_manual_of_the_configuration() {
    assert_eq!(Ctl::new("config default").run().await.out, DEFAULT_FILE);
    let said = Ctl::new("config default --json").variable("HOME", "/home/ada").run().await;
    let answer: ConfigAnswer = said.json();
    assert!(answer.entries.iter().all(|entry| entry.origin == Origin::Default));
}
