//! A damaged file: what can be read of it goes on.

use super::*;

/// Enough for several pages of each table.
const SESSIONS: usize = 150;

fn id(number: usize) -> String {
    format!("session-{number:04}")
}

async fn filled(path: &Path) {
    let state = open(path);
    for number in 0..SESSIONS {
        state.register(record(&id(number))).await.expect("register");
        // It does not get shorter by compression.
        let mut bytes = vec![0_u8; 3000];
        aws_lc_rs::rand::fill(&mut bytes).expect("random bytes");
        let (form, engine) = (SnapshotForm::Fast, ENGINE.to_owned());
        let kept = Kept::Snapshot { form, engine, bytes: bytes.into() };
        state.keep(&id(number), kept).await.expect("keep");
        state.keep(&id(number), journal(&format!("entry {number}"))).await.expect("keep");
    }
    state.close().await.expect("close");
}

/// How many sessions are there, and how many of them with all that was kept.
async fn left(path: &Path) -> (usize, usize) {
    let (state, report) = State::open(options(path)).expect("open");
    assert!(report.set_aside.is_some());
    let sessions = state.sessions().await.expect("sessions");
    assert_eq!(sessions.len() as u64, report.salvaged);
    let mut whole = 0;
    for session in &sessions {
        assert_eq!(session.full_name, "Ada Lovelace");
        let stored = state.load(&session.session_id, ENGINE).await;
        whole += usize::from(stored.is_ok_and(|it| it.is_some_and(|it| it.damage.is_none())));
    }
    // It works on.
    state.register(record("new")).await.expect("register");
    state.keep("new", fast("f1")).await.expect("keep");
    state.close().await.expect("close");
    (sessions.len(), whole)
}

#[tokio::test]
async fn what_a_truncated_file_still_has_is_there() {
    let (_folder, path) = place();
    filled(&path).await;
    let bytes = std::fs::read(&path).expect("read");
    std::fs::write(&path, &bytes[..bytes.len() / 10 * 9]).expect("truncate");
    let (sessions, whole) = left(&path).await;
    assert!((SESSIONS / 2..SESSIONS).contains(&whole), "{whole} of {sessions} are whole");
}

#[tokio::test]
async fn a_page_that_is_lost_costs_no_more_than_what_was_on_it() {
    let (_folder, path) = place();
    filled(&path).await;
    let mut bytes = std::fs::read(&path).expect("read");
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    std::fs::write(&path, &bytes).expect("overwrite");
    let (sessions, whole) = left(&path).await;
    assert!(sessions >= SESSIONS / 2 && whole >= SESSIONS / 4, "{whole} of {sessions} are whole");
}
