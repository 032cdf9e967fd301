//! Old commands, samples, audit rows and expired tokens go, sessions and everything young stay.

use std::path::Path;

use proptest::prelude::*;
use rusqlite::Connection;

use super::{eventually, one, open, place};
use crate::store::prune::{cutoff, prune_slice};
use crate::store::status::unix_now;
use crate::store::{LogSettings, Store, StoreOptions, init};

/// One active session, and a command and a sample of each age in days.
fn fill(path: &Path, now: f64, ages: &[f64]) {
    let connection = Connection::open(path).expect("open");
    let tx = connection.unchecked_transaction().expect("begin");
    tx.execute("INSERT INTO sessions (session_id, created_at) VALUES ('a', 0)", []).expect("row");
    for age in ages {
        let time = now - age * 86_400.0;
        tx.execute("INSERT INTO session_metrics VALUES (NULL, 'a', ?1, 5)", [time]).expect("row");
        tx.execute(
            "INSERT INTO tokens (id, user_id, created_at, expires_at) \
             VALUES (lower(hex(randomblob(16))), 1, 0, ?1)",
            [time],
        )
        .expect("row");
        tx.execute("INSERT INTO audit (timestamp, event, success) VALUES (?1, 'login', 1)", [time])
            .expect("row");
        tx.execute(
            "INSERT INTO session_commands VALUES (NULL, 'a', ?1, 'get_value', 1, 2, NULL)",
            [time],
        )
        .expect("row");
    }
    tx.commit().expect("commit");
}

fn rows(path: &Path) -> (i64, i64, i64, i64, i64) {
    let count = |table| one(path, &format!("SELECT count(*) FROM {table}"));
    (
        count("sessions"),
        count("session_commands"),
        count("session_metrics"),
        count("audit"),
        count("tokens"),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn exactly_what_is_older_than_the_time_to_keep_goes(
        ages in prop::collection::vec(0.0..200.0_f64, 0..30),
        keep_days in prop::option::of(0..150_u32),
    ) {
        let (_folder, path) = place();
        init(&path, false).expect("make");
        let now = 1_750_000_000.0;
        fill(&path, now, &ages);
        let connection = Connection::open(&path).expect("open");
        if let Some(cutoff) = cutoff(now, keep_days) {
            while prune_slice(&connection, cutoff).expect("prune").1 {}
        }
        let limit = cutoff(now, keep_days);
        let keeps = |age: f64| limit.is_none_or(|time| now - age * 86_400.0 >= time);
        let young = ages.iter().filter(|age| keeps(**age)).count() as i64;
        prop_assert_eq!(rows(&path), (1, young, young, young, young));
    }
}

#[tokio::test]
async fn pruning_begins_at_the_start_and_goes_on_in_slices_to_the_end() {
    let (_folder, path) = place();
    init(&path, false).expect("make");
    let ages: Vec<f64> = (0..2500).map(|turn| f64::from(turn % 2) * 100.0).collect();
    fill(&path, unix_now(), &ages);
    let (store, _) = open(&path);
    eventually("only young rows are left", || rows(&path) == (1, 1250, 1250, 1250, 1250)).await;
    store.close().await.expect("close");
}

#[tokio::test]
async fn a_shorter_time_to_keep_prunes_at_once() {
    let (_folder, path) = place();
    init(&path, false).expect("make");
    fill(&path, unix_now(), &[0.5, 10.0, 200.0]);
    let mut options = StoreOptions::new(&path);
    options.settings.keep_days = None;
    let (store, _) = Store::open(options).expect("open");
    store.flush().await.expect("flush");
    assert_eq!(rows(&path), (1, 3, 3, 3, 3));
    store.configure(LogSettings { keep_days: Some(5), ..LogSettings::default() });
    eventually("the old rows are gone", || rows(&path) == (1, 1, 1, 1, 1)).await;
    store.close().await.expect("close");
}
