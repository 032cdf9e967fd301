//! Tokens whose signatures were found right a moment ago: a client sends the same one with every
//! request, and what a signature says does not change while the keys do not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

/// Tokens that are kept, of 16 KiB at most each; mostly they have some hundred bytes.
const MOST: usize = 1000;

/// The claims of late tokens. Belongs to keys, and goes with them.
#[derive(Default)]
pub struct Verified(Mutex<HashMap<String, Arc<Map<String, Value>>>>);

impl std::fmt::Debug for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verified").field("tokens", &self.lock().len()).finish()
    }
}

impl Verified {
    /// The claims of this very token, if its signature was found right.
    pub fn get(&self, token: &str) -> Option<Arc<Map<String, Value>>> {
        self.lock().get(token).cloned()
    }

    /// Its signature was found right.
    pub fn keep(&self, token: &str, claims: &Arc<Map<String, Value>>) {
        let mut tokens = self.lock();
        if tokens.len() >= MOST {
            tokens.clear();
        }
        tokens.insert(token.to_owned(), claims.clone());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Map<String, Value>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_token_is_known_and_no_more_are_kept_than_allowed() {
        let (verified, claims) = (Verified::default(), Arc::default());
        verified.keep("a.b.c", &claims);
        assert!(verified.get("a.b.c").is_some());
        assert!(verified.get("a.b.d").is_none() && verified.get("a.b").is_none());
        for n in 0..3 * MOST {
            verified.keep(&n.to_string(), &claims);
            assert!(verified.lock().len() <= MOST);
        }
        assert!(!format!("{verified:?}").contains("2999"));
    }
}
