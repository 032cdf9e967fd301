//! How many sessions each user has, starts included: pure counting.

use std::collections::HashMap;

/// A user as the limits know it: the id, or nobody in particular (mode none).
pub type UserKey = Option<String>;

/// The limit is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitReached {
    /// Sessions that a user may have.
    pub limit: usize,
    /// Sessions and starts that this user has.
    pub in_use: usize,
}

/// Counts by user.
#[derive(Debug, Default)]
pub struct UserLimits {
    counts: HashMap<UserKey, usize>,
}

impl UserLimits {
    /// Takes a place for a session that will be started; 0 is no limit.
    pub fn reserve(&mut self, user: &UserKey, limit: usize) -> Result<(), LimitReached> {
        let count = self.counts.entry(user.clone()).or_default();
        if limit != 0 && *count >= limit {
            return Err(LimitReached { limit, in_use: *count });
        }
        *count += 1;
        Ok(())
    }

    /// Gives a place back.
    pub fn release(&mut self, user: &UserKey) {
        if let Some(count) = self.counts.get_mut(user) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_user_has_more_than_the_limit_and_no_place_is_lost(
            limit in 0_usize..4,
            steps in prop::collection::vec((any::<bool>(), 0_u8..3), 0..200)
        ) {
            let mut limits = UserLimits::default();
            let mut model: HashMap<UserKey, usize> = HashMap::new();
            for (reserve, user) in steps {
                let user = (user > 0).then(|| user.to_string());
                let has = model.entry(user.clone()).or_default();
                if reserve {
                    let granted = limits.reserve(&user, limit).is_ok();
                    prop_assert_eq!(granted, limit == 0 || *has < limit);
                    *has += usize::from(granted);
                } else if *has > 0 {
                    limits.release(&user);
                    *has -= 1;
                }
            }
            model.retain(|_, count| *count > 0);
            prop_assert_eq!(limits.counts, model);
        }
    }
}
