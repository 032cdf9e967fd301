//! What is loaded: forms, engines, compaction's generations, the registry, durability none.

use super::*;
use crate::state::StateError;

#[tokio::test]
async fn the_latest_snapshot_is_loaded_with_the_journal_after_it_also_after_reopening() {
    let (_folder, path) = place();
    let state = open(&path);
    keep_all(&state, [fast("f1"), journal("j2"), fast("f3"), journal("j4"), journal("j5")]).await;
    let expected = Stored {
        form: SnapshotForm::Fast,
        bytes: Bytes::from_static(b"f3"),
        journal: vec![Bytes::from_static(b"j4"), Bytes::from_static(b"j5")],
        portable_is_old: true,
        damage: None,
    };
    assert_eq!(load(&state, ENGINE).await, expected);
    state.close().await.expect("close");
    assert!(matches!(state.keep("a", journal("j6")).await, Err(StateError::Closed)));
    assert_eq!(load(&open(&path), ENGINE).await, expected);
}

#[tokio::test]
async fn another_engine_gets_the_portable_form_and_is_told_what_is_lost() {
    let (_folder, path) = place();
    let state = open(&path);
    keep_all(&state, [fast("f1"), journal("j2"), portable("p2"), journal("j3")]).await;
    let whole = load(&state, OTHER_ENGINE).await;
    assert_eq!((text(&whole).as_str(), whole.damage), ("p2+j3", None));
    keep_all(&state, [fast("f4"), fast("f5"), fast("f6")]).await;
    let early = load(&state, OTHER_ENGINE).await;
    assert_eq!((text(&early).as_str(), early.form), ("p2+j3", SnapshotForm::Portable));
    let damage = early.damage.expect("what is lost");
    assert!(damage.contains("latest changes are lost (3)") && damage.contains(ENGINE), "{damage}");
    // Back to the first engine before anything was changed by the other one.
    let back = load(&state, ENGINE).await;
    assert_eq!((text(&back).as_str(), back.damage), ("f6", None));
}

#[tokio::test]
async fn a_session_that_went_on_from_an_earlier_state_never_falls_back_to_what_was_after_it() {
    let (_folder, path) = place();
    let state = open(&path);
    keep_all(&state, [fast("f1"), portable("p1"), journal("j2"), fast("f3"), journal("j4")]).await;
    assert_eq!(text(&load(&state, OTHER_ENGINE).await), "p1+j2");
    state.keep("a", journal("J3")).await.expect("keep");
    for engine in [OTHER_ENGINE, ENGINE] {
        let stored = load(&state, engine).await;
        assert_eq!(stored.damage, None);
        assert!(text(&stored).ends_with("1+j2+J3"), "{stored:?}");
    }
    let aside: String =
        one(&path, "SELECT group_concat(form || seq) FROM (SELECT * FROM damaged ORDER BY seq)");
    assert_eq!(aside, "fast3,journal4", "what was lost is kept for rescue");
}

#[tokio::test]
async fn at_most_two_generations_and_the_way_on_from_the_portable_form_stay() {
    let (_folder, path) = place();
    let state = open(&path);
    let all = [fast("f1"), journal("j2"), portable("p2"), journal("j3"), fast("f4"), journal("j5")];
    keep_all(&state, all).await;
    keep_all(&state, [fast("f6"), journal("j7"), fast("f8"), journal("j9")]).await;
    let rows = |sql| one::<String>(&path, sql);
    let snapshots = "SELECT group_concat(form || seq) FROM \
        (SELECT * FROM snapshots ORDER BY seq, form)";
    let entries = "SELECT group_concat(seq) FROM (SELECT seq FROM journal ORDER BY seq)";
    assert_eq!(rows(snapshots), "portable2,fast6,fast8");
    assert_eq!(rows(entries), "3,7,9");
    state.keep("a", portable("p9")).await.expect("keep");
    assert_eq!(rows(snapshots), "fast6,fast8,portable9");
    assert_eq!(rows(entries), "7,9");
}

#[tokio::test]
async fn journal_entries_need_a_session_and_a_snapshot() {
    let (_folder, path) = place();
    let state = open(&path);
    let error = state.keep("a", fast("f1")).await.expect_err("unknown");
    assert!(matches!(error, StateError::UnknownSession { .. }), "{error:?}");
    assert_eq!(state.load("a", ENGINE).await.expect("load"), None);
    state.register(record("a")).await.expect("register");
    assert_eq!(state.load("a", ENGINE).await.expect("load"), None);
    let error = state.keep("a", journal("j1")).await.expect_err("no snapshot");
    assert!(matches!(error, StateError::NoSnapshot { .. }), "{error:?}");
    keep_all(&state, [fast("f1")]).await;
    let error = state.load("a", OTHER_ENGINE).await.expect_err("nothing for it");
    assert!(matches!(&error, StateError::Unusable { why, .. } if why.contains(ENGINE)), "{error}");
    assert_eq!(text(&load(&state, ENGINE).await), "f1", "still there for its own engine");
}

#[tokio::test]
async fn deaths_count_in_a_row_for_one_command_until_one_is_survived() {
    let (_folder, path) = place();
    let state = open(&path);
    state.register(record("a")).await.expect("register");
    let mut deaths = Vec::new();
    for command in [Some(&b"x"[..]), Some(b"x"), Some(b"y"), None, None] {
        deaths.push(state.died("a", "signal 11", command).await.expect("died"));
    }
    assert_eq!(deaths, [1, 2, 1, 1, 2]);
    state.lived("a").await.expect("lived");
    let row = &state.sessions().await.expect("sessions")[0];
    assert_eq!((row.deaths, row.died_of.as_deref()), (0, Some("signal 11")));
    assert_eq!(state.died("a", "signal 9", None).await.expect("died"), 1);
    let error = state.died("b", "signal 9", None).await.expect_err("unknown");
    assert!(matches!(error, StateError::UnknownSession { .. }), "{error:?}");
}

#[tokio::test]
async fn activity_is_written_by_itself_and_never_goes_back() {
    let (_folder, path) = place();
    let state = open(&path);
    state.register(record("a")).await.expect("register");
    state.touch("a", 1_800_000_000.0);
    state.touch("a", 1_700_000_000.0);
    state.touch("nobody", 1_800_000_000.0);
    let at = || one::<f64>(&path, "SELECT last_activity FROM sessions");
    eventually("the activity is written", || at() == 1_800_000_000.0).await;
    state.touch("a", 1_750_000_000.0);
    state.flush().await.expect("flush");
    assert_eq!(at(), 1_800_000_000.0);
    state.touch("a", 1_900_000_000.0);
    state.close().await.expect("close");
    assert_eq!(at(), 1_900_000_000.0);
}

#[tokio::test]
async fn every_durability_keeps_over_a_clean_end() {
    for durability in [Durability::Process, Durability::Power] {
        let (_folder, path) = place();
        let (state, report) = State::open(StateOptions::new(&path, durability)).expect("open");
        assert!(report.created);
        keep_all(&state, [fast("f1"), journal("j2")]).await;
        drop(state);
        let stored = text(&load(&open(&path), ENGINE).await);
        assert_eq!(stored, "f1+j2");
    }
}
