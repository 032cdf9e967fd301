//! Many sessions, many changes at once, and a file that does not grow for ever.

use super::*;
use crate::state::StateError;

#[tokio::test]
async fn ten_thousand_sessions_are_listed() {
    let (_folder, path) = place();
    let state = open(&path);
    let register = |n: u32| {
        let state = state.clone();
        async move {
            let mut row = record(&format!("session {n:05}"));
            row.created_at += f64::from(n);
            state.register(row).await.expect("register");
        }
    };
    for start in (0..10_000).step_by(500) {
        futures_util::future::join_all((start..start + 500).map(register)).await;
    }
    state.close().await.expect("close");
    let sessions = open(&path).sessions().await.expect("sessions");
    assert_eq!(sessions.len(), 10_000);
    let mut last = record("session 09999");
    last.created_at += 9999.0;
    assert_eq!(sessions.last(), Some(&last));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_many_sessions_at_once_are_all_kept() {
    let (_folder, path) = place();
    let (state, _) =
        State::open(StateOptions::new(&path, Durability::Power)).expect("open with power");
    let change = |n: u32| {
        let state = state.clone();
        async move {
            let id = n.to_string();
            state.register(record(&id)).await.expect("register");
            state.keep(&id, fast(&format!("f{n}"))).await.expect("keep");
            for entry in 0..5 {
                state.keep(&id, journal(&entry.to_string())).await.expect("keep");
            }
        }
    };
    futures_util::future::join_all((0..100).map(change)).await;
    drop(state);
    let state = open(&path);
    for n in 0..100 {
        let stored = state.load(&n.to_string(), ENGINE).await.expect("load").expect("a state");
        assert_eq!(text(&stored), format!("f{n}+0+1+2+3+4"));
    }
}

#[tokio::test]
async fn compaction_bounds_the_file() {
    let (_folder, path) = place();
    let state = open(&path);
    state.register(record("a")).await.expect("register");
    let mut sizes = Vec::new();
    for round in 0..200_u32 {
        // 100 kB that do not compress much.
        let text: String = (0..20_000_u32)
            .map(|n| char::from(b'a' + (n.wrapping_mul(2_654_435_761 ^ round) >> 27) as u8 % 26))
            .collect();
        state.keep("a", fast(&text)).await.expect("keep");
        state.keep("a", journal(&text)).await.expect("keep");
        if round % 50 == 49 {
            state.flush().await.expect("flush");
            let pages: i64 = one(&path, "PRAGMA page_count");
            sizes.push(pages);
        }
    }
    assert!(sizes[3] <= sizes[0] + 8, "{sizes:?}");
    state.forget("a").await.expect("forget");
    for table in ["sessions", "snapshots", "journal", "damaged"] {
        assert_eq!(one::<i64>(&path, &format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

#[tokio::test]
async fn a_journal_without_end_is_refused_until_a_snapshot_follows() {
    let (_folder, path) = place();
    let state = open(&path);
    keep_all(&state, [fast("f0")]).await;
    for n in 0..1000 {
        state.keep("a", journal(&n.to_string())).await.expect("keep");
    }
    state.keep("a", portable("p")).await.expect("keep");
    let error = state.keep("a", journal("one more")).await.expect_err("too many");
    assert!(matches!(error, StateError::JournalFull { entries: 1000, .. }), "{error:?}");
    state.keep("a", fast("f1")).await.expect("keep");
    state.keep("a", journal("again")).await.expect("keep");
    assert_eq!(text(&load(&state, ENGINE).await), "f1+again");
    let error = state.keep("a", journal(&"x".repeat(3 << 20))).await.expect_err("too long");
    assert!(matches!(error, StateError::TooLarge { .. }), "{error:?}");
}
