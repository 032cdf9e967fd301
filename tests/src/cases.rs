//! Many cases in one test, because they share a daemon that takes seconds to start: each is run,
//! and those that fail are named at the end.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Collects cases that fail.
#[derive(Debug, Default)]
pub struct Cases {
    run: usize,
    failed: Vec<String>,
}

impl Cases {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a case; the sentence says what must be true.
    pub fn case(&mut self, sentence: impl Into<String>, case: impl FnOnce()) {
        self.run += 1;
        // A case leaves nothing behind but what the daemon keeps, so going on is safe.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(case)) {
            let message = panic.downcast_ref::<String>().map(String::as_str);
            let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
            self.failed.push(format!("{}: {}", sentence.into(), message.unwrap_or("panicked")));
        }
    }

    /// # Panics
    /// When a case failed, or when there was none.
    #[track_caller]
    pub fn finish(self) {
        assert!(self.run > 0, "no case was run");
        let failed = self.failed.len();
        assert!(failed == 0, "{failed} of {} cases failed:\n{}", self.run, self.failed.join("\n"));
    }
}
