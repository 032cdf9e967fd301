//! How often a session's worker died in a row of the same command: pure counting.

use aws_lc_rs::digest::{SHA256, digest};

use crate::state::SessionRecord;

/// After so many deaths in a row a command is refused.
const TOO_MANY: u32 = 3;

/// A command, known again by its bytes.
pub type Fingerprint = [u8; 32];

/// The fingerprint of a command.
pub fn fingerprint(body: &[u8]) -> Fingerprint {
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(digest(&SHA256, body).as_ref());
    fingerprint
}

/// What is known of the deaths of a session's workers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deaths {
    cause: Option<String>,
    command: Option<Fingerprint>,
    in_a_row: u32,
}

impl Deaths {
    /// As they were noted.
    pub fn from_record(record: &SessionRecord) -> Self {
        let command = record.deadly_command.as_deref().and_then(|bytes| bytes.try_into().ok());
        Self { cause: record.died_of.clone(), command, in_a_row: record.deaths }
    }

    /// Why a worker died last, if one did.
    pub fn cause(&self) -> Option<String> {
        self.cause.clone()
    }

    /// Whether some command is counted.
    pub fn is_counting(&self) -> bool {
        self.in_a_row > 0
    }

    /// A worker died, of this command if one ran.
    pub fn died(&mut self, cause: &str, command: Option<Fingerprint>) {
        let again = command.is_some() && command == self.command;
        self.in_a_row = if again { self.in_a_row + 1 } else { u32::from(command.is_some()) };
        self.command = command;
        self.cause = Some(cause.to_owned());
    }

    /// A command was answered; whether it is the one that is counted, which begins anew then.
    pub fn survived(&mut self, command: Option<Fingerprint>) -> bool {
        let is_counted = command.is_some() && command == self.command;
        if is_counted {
            self.changed();
        }
        is_counted
    }

    /// The session is another one now, and so may be what the command comes to.
    pub fn changed(&mut self) {
        (self.command, self.in_a_row) = (None, 0);
    }

    /// Why this command is refused, if it is.
    pub fn refuse(&self, body: &[u8]) -> Option<String> {
        let is_deadly = self.in_a_row >= TOO_MANY && self.command == Some(fingerprint(body));
        is_deadly.then(|| self.cause.clone().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_command_is_refused_after_three_deaths_until_the_session_changes() {
        let mut deaths = Deaths::default();
        let (deadly, other) = (b"deadly".as_slice(), b"other".as_slice());
        for _ in 0..2 {
            deaths.died("boom", Some(fingerprint(deadly)));
            assert_eq!(deaths.refuse(deadly), None);
        }
        deaths.died("boom 3", Some(fingerprint(deadly)));
        assert_eq!(deaths.refuse(deadly), Some("boom 3".to_owned()));
        assert_eq!(deaths.refuse(other), None);
        deaths.changed();
        assert_eq!(deaths.refuse(deadly), None);
        assert_eq!(deaths.cause(), Some("boom 3".to_owned()), "the cause stays to be shown");
    }

    #[test]
    fn a_command_that_is_survived_begins_anew() {
        let mut deaths = Deaths::default();
        for _ in 0..2 {
            for _ in 0..2 {
                deaths.died("boom", Some(fingerprint(b"a")));
            }
            assert!(!deaths.survived(None) && !deaths.survived(Some(fingerprint(b"b"))));
            assert!(deaths.is_counting() && deaths.survived(Some(fingerprint(b"a"))));
            assert!(!deaths.is_counting() && deaths.refuse(b"a").is_none());
        }
    }

    #[test]
    fn a_death_of_something_else_begins_anew() {
        let mut deaths = Deaths::default();
        for command in [Some(b"a".as_slice()), Some(b"a"), None, Some(b"a"), Some(b"b"), Some(b"a")]
        {
            deaths.died("boom", command.map(fingerprint));
            assert_eq!(deaths.refuse(b"a"), None);
        }
    }
}
