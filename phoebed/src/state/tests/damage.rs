//! Bit flips and truncation, in rows and in the file: never a wrong byte, and always said.

use super::*;
use crate::store::side_file;

/// SQL expressions that damage a blob called `it`, at every kind of place.
fn damages() -> Vec<String> {
    let flipped = |at: &str| {
        format!(
            "CAST(substr(it, 1, {at} - 1) || \
             CASE substr(it, {at}, 1) WHEN x'00' THEN x'01' ELSE x'00' END || \
             substr(it, {at} + 1) AS BLOB)"
        )
    };
    let mut all: Vec<String> = ["1", "4", "(length(it) / 2)", "length(it)"].map(flipped).into();
    for kept in ["0", "1", "length(it) / 2", "length(it) - 1"] {
        all.push(format!("substr(it, 1, {kept})"));
    }
    all.push("CAST(it || x'00' AS BLOB)".to_owned());
    all
}

async fn filled(path: &Path) -> State {
    let state = open(path);
    let all = [portable("p0"), fast("f1"), journal("j2"), fast("f3"), journal("j4"), journal("j5")];
    keep_all(&state, all).await;
    state
}

#[tokio::test]
async fn a_damaged_row_leads_to_the_last_good_state_before_it() {
    let cases = [
        ("snapshots", "compressed", "form = 'fast' AND seq = 3", "f1+j2", "fast snapshot 3"),
        ("snapshots", "checksum", "form = 'fast' AND seq = 3", "f1+j2", "fast snapshot 3"),
        ("journal", "entry", "seq = 4", "f3", "journal entry 4"),
        ("journal", "checksum", "seq = 4", "f3", "journal entry 4"),
        ("journal", "entry", "seq = 5", "f3+j4", "journal entry 5"),
        ("snapshots", "compressed", "form = 'fast'", "p0", "fast snapshot 1"),
    ];
    for (table, column, row, expected, said) in cases {
        for damage in damages() {
            let (_folder, path) = place();
            let state = filled(&path).await;
            let damage = damage.replace("it", column);
            let sql = format!("UPDATE {table} SET {column} = {damage} WHERE {row}");
            let rows = tamper(&path, &sql);
            let stored = load(&state, ENGINE).await;
            assert_eq!(text(&stored), expected, "{sql}");
            let told = stored.damage.expect("said");
            assert!(told.contains(said) && told.contains("lost"), "{told}");
            let aside: i64 = one(&path, "SELECT count(*) FROM damaged");
            assert_eq!(usize::try_from(aside), Ok(rows), "{sql}");
            // The session goes on from there, and everything after it counts.
            state.keep("a", journal("next")).await.expect("keep");
            let stored = load(&state, ENGINE).await;
            assert_eq!((text(&stored), stored.damage), (format!("{expected}+next"), None), "{sql}");
        }
    }
}

#[tokio::test]
async fn rows_that_are_lost_or_swapped_are_damage() {
    let cases = [
        ("DELETE FROM journal WHERE seq = 4", "f3"),
        ("DELETE FROM journal WHERE seq = 5", "f3+j4"),
        ("DELETE FROM snapshots WHERE seq = 3", "f1+j2"),
        (
            "UPDATE journal SET entry = (SELECT entry FROM journal WHERE seq = 5), checksum = \
          (SELECT checksum FROM journal WHERE seq = 5) WHERE seq = 4",
            "f3",
        ),
        (
            "UPDATE snapshots SET compressed = (SELECT compressed FROM snapshots WHERE seq = 1), \
          checksum = (SELECT checksum FROM snapshots WHERE seq = 1) WHERE seq = 3",
            "f1+j2",
        ),
        ("UPDATE sessions SET last_seq = 9", "f3+j4+j5"),
    ];
    for (sql, expected) in cases {
        let (_folder, path) = place();
        let state = filled(&path).await;
        assert_eq!(tamper(&path, sql), 1, "{sql}");
        let stored = load(&state, ENGINE).await;
        assert_eq!(text(&stored), expected, "{sql}");
        assert!(stored.damage.expect("said").contains("lost"), "{sql}");
    }
}

#[tokio::test]
async fn a_number_that_went_back_does_not_stop_a_session() {
    let (_folder, path) = place();
    let state = filled(&path).await;
    tamper(&path, "UPDATE sessions SET last_seq = 2");
    assert_eq!(text(&load(&state, ENGINE).await), "f3+j4+j5");
    state.keep("a", journal("j6")).await.expect("keep");
    assert_eq!(text(&load(&state, ENGINE).await), "f3+j4+j5+j6");
}

#[tokio::test]
async fn a_flipped_bit_anywhere_in_the_file_never_gives_a_wrong_state() {
    let (folder, path) = place();
    let state = open(&path);
    // Long enough for pages of its own.
    let long =
        |name: &str| format!("{name}{}", (0..9000).map(|n| n.to_string()).collect::<String>());
    let texts = [long("f1"), "j2".to_owned(), long("f3"), "j4".to_owned()];
    let all = [fast(&texts[0]), journal(&texts[1]), fast(&texts[2]), journal(&texts[3])];
    keep_all(&state, all).await;
    state.close().await.expect("close");
    let good = std::fs::read(&path).expect("read");
    let newest = format!("{}+{}", texts[2], texts[3]);
    let states =
        [newest.clone(), texts[2].clone(), format!("{}+{}", texts[0], texts[1]), texts[0].clone()];
    let copy = folder.path().join("copy.db");
    // Coprime to the page size: all kinds of places, most of the header among them.
    for at in (0..100).step_by(3).chain((100..good.len()).step_by(547)) {
        for name in std::fs::read_dir(folder.path()).expect("list").flatten() {
            if name.path() != path {
                std::fs::remove_file(name.path()).expect("remove");
            }
        }
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        std::fs::write(&copy, &bad).expect("write");
        // Refused with its reason, or set aside, or what it tells is true.
        let Ok((state, report)) = State::open(options(&copy)) else { continue };
        if let Some(aside) = report.set_aside {
            assert_eq!(std::fs::read(aside).expect("read"), bad, "byte {at}");
        } else if let Ok(Some(stored)) = state.load("a", ENGINE).await {
            assert!(states.contains(&text(&stored)), "byte {at}");
            assert!(text(&stored) == newest || stored.damage.is_some(), "byte {at}");
        }
        drop(state.close().await);
    }
}

#[tokio::test]
async fn a_log_that_a_power_cut_left_short_gives_an_earlier_state_whole() {
    let (folder, path) = place();
    let state = open(&path);
    keep_all(&state, [fast("f1")]).await;
    state.close().await.expect("close");
    let state = open(&path);
    for name in ["j2", "j3", "j4"] {
        state.keep("a", journal(name)).await.expect("keep");
    }
    state.keep("a", fast("f5")).await.expect("keep");
    let whole = ["f1", "f1+j2", "f1+j2+j3", "f1+j2+j3+j4", "f5"];
    let log = std::fs::read(side_file(&path, "-wal")).expect("read");
    let mut seen = Vec::new();
    for (number, length) in (0..log.len()).step_by(1013).chain([log.len()]).enumerate() {
        let copy = folder.path().join(format!("{number}.db"));
        std::fs::copy(&path, &copy).expect("copy");
        std::fs::write(side_file(&copy, "-wal"), &log[..length]).expect("write");
        let state = open(&copy);
        let stored = load(&state, ENGINE).await;
        assert_eq!(stored.damage, None, "{length} bytes");
        seen.push(text(&stored));
        state.close().await.expect("close");
    }
    seen.dedup();
    assert_eq!(seen, whole, "one change after the other");
}
