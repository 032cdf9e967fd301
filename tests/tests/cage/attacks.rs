//! All attacks by all ways, without the sandbox and in it.

use std::collections::BTreeMap;

use phoebed_tests::{Daemon, Settings, eventually};
use serde_json::Value;

use crate::payload;
use crate::rows::ROWS;
use crate::surroundings::{Bystanders, SECRET, Surroundings};
use crate::table::Row;
use crate::ways::Way;

/// What came of one attack by one way.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// `succeeded`, `blocked`, `absent` or `broken`.
    pub what: String,
    /// How, or by which error.
    pub detail: String,
}

/// By the attack's name and the way.
type Outcomes = BTreeMap<(String, &'static str), Outcome>;

#[test]
fn every_attack_succeeds_where_nothing_blocks_it() {
    let outcomes = attacked(settings("off"), true);
    judge(&outcomes, Row::is_as_expected_free);
}

#[test]
fn no_attack_leads_out_of_the_sandbox() {
    let outcomes = attacked(settings("enforce"), false);
    judge(&outcomes, Row::is_as_expected_caged);
}

#[test]
fn no_attack_leads_out_of_the_sandbox_of_an_older_kernel() {
    let settings = settings("best-effort").variable("PHOEBED_LANDLOCK_ABI", "2");
    let outcomes = attacked(settings, false);
    judge(&outcomes, Row::is_as_expected_caged);
}

/// A daemon with a secret, and the sandbox in this mode.
pub fn settings(mode: &str) -> Settings {
    Settings::new()
        .set("sandbox.mode", format!("\"{mode}\""))
        .set("auth.jwt_secret_key", format!("\"{SECRET}\""))
        .variable("PHOEBE_JWT_SECRET_KEY", SECRET)
}

/// Runs all attacks by each way, each way in a session of its own.
#[track_caller]
fn attacked(settings: Settings, free: bool) -> Outcomes {
    let daemon = Daemon::start(settings);
    let pid = daemon.pid();
    let surroundings = Surroundings::new(&daemon);
    let mut outcomes = Outcomes::new();
    for way in Way::ALL {
        let session = daemon.start_session();
        let mut bystanders = Bystanders::start();
        let targets = surroundings.targets(&daemon, way, &bystanders);
        let report = payload::report(&way.run(&session, "frame.run_all", &targets));
        if free {
            eventually("the bystanders are dead", || {
                (bystanders.ended() == [true, true]).then_some(())
            });
        }
        session.end();
        let ended = bystanders.ended();
        for one in report.as_array().expect("a list") {
            let mut outcome = Outcome { what: text(one, "outcome"), detail: text(one, "detail") };
            // Whether a signal came through is seen where it was to arrive.
            let arrived = match text(one, "name").as_str() {
                "kill_bystander" => Some(ended[0]),
                "signal_by_io" => Some(ended[1]),
                _ => None,
            };
            match arrived {
                Some(true) => outcome.what = "succeeded".to_owned(),
                Some(false) if outcome.what == "succeeded" => {
                    outcome.what = "blocked".to_owned();
                    outcome.detail += ", and nothing came";
                }
                _ => {}
            }
            outcomes.insert((text(one, "name"), way.name()), outcome);
        }
    }
    surroundings.sibling().ping();
    assert_eq!(daemon.pid(), pid);
    daemon.stop();
    outcomes
}

/// Prints the table and holds it against what is expected.
#[track_caller]
fn judge(outcomes: &Outcomes, expected: fn(&Row, Way, &Outcome) -> bool) {
    let mut wrong = Vec::new();
    for row in ROWS {
        let mut cells = Vec::new();
        for way in Way::ALL {
            let found = outcomes.get(&(row.name.to_owned(), way.name()));
            let outcome = found.unwrap_or_else(|| panic!("{} was not tried by {way:?}", row.name));
            let right = expected(row, way, outcome);
            let mark = if right { "" } else { " (wrong)" };
            cells.push(format!("{}{mark}", outcome.what));
            if !right {
                wrong.push(format!(
                    "{} by {}: {}, {}",
                    row.name,
                    way.name(),
                    outcome.what,
                    outcome.detail
                ));
            }
        }
        let detail = &outcomes[&(row.name.to_owned(), Way::Feature.name())].detail;
        println!("{:32} {:34} {detail}", row.name, cells.join(" "));
    }
    let unlisted: Vec<_> =
        outcomes.keys().filter(|(name, _)| !ROWS.iter().any(|row| row.name == name)).collect();
    assert!(unlisted.is_empty(), "not in the table: {unlisted:?}");
    assert!(wrong.is_empty(), "{} are not as expected:\n{}", wrong.len(), wrong.join("\n"));
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key}: {value}")).to_owned()
}
