//! Full, read-only, locked and vanished databases: an error to the caller, nothing half there,
//! and all well when the disk is.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::*;
use crate::state::StateError;
use crate::state::error::Trouble;

/// Bytes that do not compress, so that the database must grow for them.
fn noise(length: usize) -> String {
    let mut seed = 1_u64;
    let step = |_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'a' + u8::try_from(seed >> 33 & 15).expect("four bits"))
    };
    (0..length).map(step).collect()
}

#[tokio::test]
async fn a_full_or_read_only_disk_refuses_changes_and_recovers() {
    for read_only in [false, true] {
        let (_folder, path) = place();
        let options = options(&path);
        let faults = Arc::clone(&options.faults);
        let fault = if read_only { &faults.read_only } else { &faults.full };
        let (state, _) = State::open(options).expect("open");
        keep_all(&state, [fast("f1"), journal("j2")]).await;
        fault.store(true, Ordering::SeqCst);
        for kept in [fast(&noise(200_000)), journal(&noise(200_000))] {
            let error = state.keep("a", kept).await.expect_err("refused");
            let expected = if read_only { Trouble::ReadOnly } else { Trouble::Full };
            assert_eq!(error.trouble(), Some(expected), "{error:?}");
            assert!(error.hint().is_some());
        }
        assert_eq!(text(&load(&state, ENGINE).await), "f1+j2", "nothing is half there");
        state.touch("a", 1_800_000_000.0);
        fault.store(false, Ordering::SeqCst);
        state.keep("a", journal("j3")).await.expect("the disk has recovered");
        assert_eq!(text(&load(&state, ENGINE).await), "f1+j2+j3");
        state.close().await.expect("close");
        assert_eq!(text(&load(&open(&path), ENGINE).await), "f1+j2+j3");
    }
}

#[tokio::test]
async fn on_a_full_disk_what_fits_is_kept_beside_what_does_not() {
    let (_folder, path) = place();
    let options = options(&path);
    let faults = Arc::clone(&options.faults);
    let (state, _) = State::open(options).expect("open");
    for id in ["a", "b"] {
        state.register(record(id)).await.expect("register");
        state.keep(id, fast("f1")).await.expect("keep");
    }
    faults.full.store(true, Ordering::SeqCst);
    // Held up so that both share a transaction.
    let other = Connection::open(&path).expect("open");
    other.execute_batch("BEGIN IMMEDIATE").expect("lock");
    let blocked = state.lived("a");
    let large = state.keep("a", fast(&noise(500_000)));
    let small = state.keep("b", journal("j2"));
    let release = async {
        let queue = &state.inner.requests;
        eventually("both wait", || queue.max_capacity() - queue.capacity() >= 2).await;
        other.execute_batch("COMMIT").expect("unlock");
    };
    let (blocked, large, small, ()) = tokio::join!(blocked, large, small, release);
    blocked.expect("lived");
    assert_eq!(large.expect_err("too large").trouble(), Some(Trouble::Full));
    small.expect("fits");
    let stored = state.load("b", ENGINE).await.expect("load").expect("a state");
    assert_eq!(text(&stored), "f1+j2");
}

#[tokio::test]
async fn a_lock_is_sat_out_for_a_while_and_then_an_error() {
    let (_folder, path) = place();
    let state = open(&path);
    keep_all(&state, [fast("f1")]).await;
    let other = Connection::open(&path).expect("open");
    other.execute_batch("BEGIN IMMEDIATE").expect("lock");
    let error = state.keep("a", journal("j2")).await.expect_err("locked");
    assert_eq!(error.trouble(), Some(Trouble::Locked));
    assert_eq!(text(&load(&state, ENGINE).await), "f1", "reading waits for nobody");
    other.execute_batch("COMMIT").expect("unlock");
    state.keep("a", journal("j2")).await.expect("keep");
    assert_eq!(text(&load(&state, ENGINE).await), "f1+j2");
}

#[tokio::test]
async fn a_file_that_went_away_is_an_error_until_it_is_back() {
    let (_folder, path) = place();
    let state = open(&path);
    keep_all(&state, [fast("f1")]).await;
    let away = path.with_extension("away");
    std::fs::rename(&path, &away).expect("rename");
    let error = state.keep("a", journal("j2")).await.expect_err("gone");
    assert!(matches!(error, StateError::Missing { .. }), "{error:?}");
    std::fs::rename(&away, &path).expect("rename");
    state.keep("a", journal("j2")).await.expect("keep");
    assert_eq!(text(&load(&state, ENGINE).await), "f1+j2");
}

#[tokio::test]
async fn no_more_than_the_bounds_wait() {
    let (_folder, path) = place();
    let mut options = options(&path);
    (options.most_waiting, options.most_waiting_bytes, options.most_bytes) = (8, 1000, 900);
    let (state, _) = State::open(options).expect("open");
    keep_all(&state, [fast("f1")]).await;
    let error = state.keep("a", journal(&noise(901))).await.expect_err("too large");
    assert!(matches!(error, StateError::TooLarge { bytes: 901, most: 900 }), "{error:?}");
    let other = Connection::open(&path).expect("open");
    other.execute_batch("BEGIN IMMEDIATE").expect("lock");
    let changes = futures_util::future::join_all((0..20).map(|_| state.keep("a", journal("j"))));
    // All have been polled once when the lock is given back.
    let release = async { other.execute_batch("COMMIT").expect("unlock") };
    let (outcomes, ()) = tokio::join!(changes, release);
    let (taken, refused) = outcomes.split_at(7);
    assert!(taken.iter().all(Result::is_ok), "{taken:?}");
    for outcome in refused {
        assert!(matches!(outcome, Err(StateError::Busy { waiting: 7, .. })), "{outcome:?}");
    }
    state.keep("a", journal("there is room again")).await.expect("keep");
}
