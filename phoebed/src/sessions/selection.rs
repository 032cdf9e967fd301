//! Which sessions an operator means: a pure rule.

use std::time::Duration;

/// Conditions that must all hold; those that are none hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The owner.
    pub user: Option<String>,
    /// Idle for at least so long.
    pub idle_for: Option<Duration>,
}

/// Why a session is not meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSelected {
    /// It is somebody else's.
    #[error("it is not a session of user {0}")]
    OtherUser(String),
    /// A command runs, or one ran a short time ago.
    #[error("it has not been idle for {} s", .0.as_secs())]
    InUse(Duration),
}

impl Selection {
    /// Whether it means a session of this user that has been idle for so long; none is busy.
    pub fn check(&self, user: Option<&str>, idle: Option<Duration>) -> Result<(), NotSelected> {
        if let Some(wanted) = &self.user
            && user != Some(wanted)
        {
            return Err(NotSelected::OtherUser(wanted.clone()));
        }
        match self.idle_for {
            Some(least) if idle.is_none_or(|idle| idle < least) => Err(NotSelected::InUse(least)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_that_is_given_must_hold() {
        let hour = Duration::from_secs(3600);
        let both = Selection { user: Some("7".into()), idle_for: Some(hour) };
        assert_eq!(both.check(Some("7"), Some(hour)), Ok(()));
        assert_eq!(both.check(None, Some(hour)), Err(NotSelected::OtherUser("7".into())));
        assert_eq!(both.check(Some("8"), Some(hour)), Err(NotSelected::OtherUser("7".into())));
        assert_eq!(both.check(Some("7"), None), Err(NotSelected::InUse(hour)));
        assert_eq!(both.check(Some("7"), Some(hour / 2)), Err(NotSelected::InUse(hour)));
        assert_eq!(Selection::default().check(None, None), Ok(()));
    }
}
