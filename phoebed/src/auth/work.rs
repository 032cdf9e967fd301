//! What a check of a password costs, counted in steps rather than in time, and how a refusal is made
//! to cost what every other refusal does.

use argon2::{Argon2, Params};

/// Steps that were computed. Both kinds take a time in proportion to them, whatever the password.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Blocks that argon2 filled, over all passes.
    pub argon2: u64,
    /// Rounds of bcrypt's key schedule.
    pub bcrypt: u64,
}

impl Work {
    /// A whole check of argon2.
    pub fn of_argon2(params: &Params) -> Self {
        let argon2 = params.block_count() as u64 * u64::from(params.t_cost());
        Self { argon2, bcrypt: 0 }
    }

    /// A whole check of bcrypt.
    pub fn of_bcrypt(cost: u32) -> Self {
        Self { argon2: 0, bcrypt: 1_u64.checked_shl(cost).unwrap_or(0) }
    }

    /// Computes what is missing to one whole check of both kinds.
    pub fn fill_up(self, password: &str, ours: &Argon2<'_>, old_cost: Option<u32>) -> Self {
        self.fill_up_argon2(password, ours).fill_up_bcrypt(password, old_cost)
    }

    fn fill_up_argon2(mut self, password: &str, ours: &Argon2<'_>) -> Self {
        let missing = Self::of_argon2(ours.params()).argon2.saturating_sub(self.argon2);
        let passes = ours.params().t_cost();
        let memory = u32::try_from(missing / u64::from(passes)).unwrap_or(u32::MAX);
        // What is too little for a hash is too little to be noticed.
        let Ok(params) = Params::new(memory, passes, 1, None) else { return self };
        let rest = Argon2::from(&params);
        if rest.hash_password_into(password.as_bytes(), &[0; 16], &mut [0; 32]).is_ok() {
            self.argon2 += Self::of_argon2(&params).argon2;
        }
        self
    }

    /// Each cost is twice the one before: a hash at each from the cost that was checked to the one
    /// below the highest makes the highest in all.
    fn fill_up_bcrypt(mut self, password: &str, highest: Option<u32>) -> Self {
        let Some(highest) = highest else { return self };
        let missing = match self.bcrypt.checked_ilog2() {
            Some(checked) => checked..highest,
            None => highest..highest.saturating_add(1),
        };
        for cost in missing {
            // What it gives does not matter.
            if bcrypt::hash_with_salt(password, cost, [0; 16]).is_ok() {
                self.bcrypt += Self::of_bcrypt(cost).bcrypt;
            }
        }
        self
    }
}
