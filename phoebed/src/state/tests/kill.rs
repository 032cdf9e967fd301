//! `kill -9` in the middle of writing: this test binary runs itself as the process that is killed.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use super::*;

/// The database that the child writes.
const PATH: &str = "PHOEBED_STATE_TEST_CHILD";
const MARK: &str = "kept:";
const KILLS: u32 = 20;
const SESSIONS: usize = 3;

/// Killed and waited for however the test ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The latest number of the session, which must follow from its snapshot without a gap.
async fn latest(state: &State, session: usize) -> u64 {
    let loaded = state.load(&session.to_string(), ENGINE).await.expect("load");
    let Some(stored) = loaded else { return 0 };
    assert_eq!(stored.damage, None);
    let number = |bytes: &Bytes| -> u64 {
        let text = std::str::from_utf8(bytes).expect("text");
        text.split(' ').next().expect("a number").parse().expect("a number")
    };
    let base = number(&stored.bytes);
    for (entry, expected) in stored.journal.iter().zip(base + 1..) {
        assert_eq!(number(entry), expected);
    }
    base + stored.journal.len() as u64
}

/// Does nothing but in the child: writes numbers until it is killed, and says each that is kept.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    runtime.block_on(async {
        let state = open(Path::new(&path));
        let write = |session: usize| {
            let state = state.clone();
            async move {
                let id = session.to_string();
                state.register(record(&id)).await.expect("register");
                for number in latest(&state, session).await + 1.. {
                    let content = format!("{number} {}", "x".repeat(5000));
                    let is_base = number % 10 == 1;
                    let kept = if is_base { fast(&content) } else { journal(&content) };
                    state.keep(&id, kept).await.expect("keep");
                    let line = format!("{MARK} {session} {number}\n");
                    // Past the test's capture, in one write.
                    std::io::stdout().lock().write_all(line.as_bytes()).expect("say");
                    std::io::stdout().lock().flush().expect("say");
                }
            }
        };
        futures_util::future::join_all((0..SESSIONS).map(write)).await;
    });
}

#[tokio::test]
async fn every_acknowledged_change_survives_kill_9() {
    let (_folder, path) = place();
    let mut acknowledged = [0_u64; SESSIONS];
    for kill in 0..KILLS {
        let child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--exact", "state::tests::kill::child_that_writes_until_it_is_killed"])
            .args(["--nocapture", "--test-threads=1"])
            .env(PATH, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("start the child");
        let mut child = Killed(child);
        let lines = BufReader::new(child.0.stdout.take().expect("its output")).lines();
        let mut seen = 0;
        for line in lines {
            let line = line.expect("a line");
            // The first one may come after words of the test harness on the same line.
            let Some((_, said)) = line.split_once(MARK) else { continue };
            let words: Vec<u64> =
                said.split_whitespace().map(|word| word.parse().expect("a number")).collect();
            let session = usize::try_from(words[0]).expect("a session");
            assert_eq!(words[1], acknowledged[session] + 1, "numbers follow each other");
            acknowledged[session] = words[1];
            seen += 1;
            // After another number of changes each time; what it still said is read to the end.
            if seen == 5 + kill * 7 % 60 {
                child.0.kill().expect("kill");
            }
        }
        assert!(seen >= 5, "the child wrote");
        drop(child);
        let state = open(&path);
        for (session, number) in acknowledged.iter_mut().enumerate() {
            let found = latest(&state, session).await;
            // The last one may be kept though the child could not say so any more.
            assert!(found == *number || found == *number + 1, "{found} of {number}");
            *number = found;
        }
        state.close().await.expect("close");
    }
}
