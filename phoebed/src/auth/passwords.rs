//! Hashes of passwords: argon2id for new ones, bcrypt of older servers verified.
//!
//! Pure and slow: to be called where slowness hurts nobody (see [`super::hasher`]).

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};

/// What was found out about a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is not the password.
    Wrong,
    /// It is.
    Right,
    /// It is, and its hash is of an older kind: make a new one.
    RightButOld,
}

/// The second recommendation of RFC 9106, section 4, with its memory reduced to OWASP's first
/// choice: 19 MiB, 2 passes, 1 lane. A check takes some 20 ms of one core.
static ARGON2: LazyLock<Argon2<'static>> = LazyLock::new(|| {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
});

/// A hash of nothing that anybody knows, to spend the same time on users that do not exist.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash(&uuid::Uuid::new_v4().to_string()));

/// Hashes a password of any length and script with a salt of its own, as a PHC string.
///
/// # Panics
/// When the system has no randomness to give.
pub fn hash(password: &str) -> String {
    let hash: PasswordHash =
        ARGON2.hash_password(password.as_bytes()).expect("salt and parameters are right");
    hash.to_string()
}

/// A password for a new account: groups of letters and digits that are not taken for each other, at
/// least as long as asked for. Twelve of them have 59 bits.
pub fn made(at_least: usize) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    const GROUP: usize = 4;
    let count = at_least.max(3 * GROUP).div_ceil(GROUP) * GROUP;
    // Of a random UUID, six bits are not random: take none of those bytes.
    let bytes = std::iter::repeat_with(|| uuid::Uuid::new_v4().into_bytes())
        .flat_map(|bytes| [bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]]);
    let letters: Vec<u8> =
        bytes.take(count).map(|byte| LETTERS[usize::from(byte) % LETTERS.len()]).collect();
    let groups: Vec<_> = letters.chunks(GROUP).map(String::from_utf8_lossy).collect();
    groups.join("-")
}

/// Compares a password with the hash of an account, if there is one. With `old_cost`, the cost of
/// bcrypt hashes that some accounts still have, a refusal takes as long as the check of both
/// kinds: no answer's time tells which kind an account has, or whether it exists.
pub fn verify(password: &str, hash: Option<&str>, old_cost: Option<u32>) -> Verdict {
    let verdict = match hash {
        Some(hash) if is_bcrypt(hash) => verify_bcrypt(password, hash),
        Some(hash) => verify_argon2(password, hash),
        None => verify_argon2(password, &NOBODY).and_wrong(),
    };
    if verdict != Verdict::Wrong {
        return verdict;
    }
    if hash.is_some_and(is_bcrypt) {
        let _ = verify_argon2(password, &NOBODY);
    } else if let Some(cost) = old_cost {
        // What it gives does not matter.
        let _ = bcrypt::hash_with_salt(password, cost, [0; 16]);
    }
    Verdict::Wrong
}

/// Whether a hash is one of bcrypt's.
pub fn is_bcrypt(hash: &str) -> bool {
    ["$2a$", "$2b$", "$2y$", "$2x$"].iter().any(|mark| hash.starts_with(mark))
}

/// Older servers let bcrypt see the first 72 bytes and no more; so it has to be here, once.
fn verify_bcrypt(password: &str, hash: &str) -> Verdict {
    match bcrypt::verify(password, hash) {
        Ok(true) => Verdict::RightButOld,
        Ok(false) | Err(_) => Verdict::Wrong,
    }
}

fn verify_argon2(password: &str, hash: &str) -> Verdict {
    let Ok(parsed) = PasswordHash::new(hash) else {
        // As slow as any other account.
        return verify_argon2(password, &NOBODY).and_wrong();
    };
    if ARGON2.verify_password(password.as_bytes(), &parsed).is_err() {
        return Verdict::Wrong;
    }
    let is_current = parsed.algorithm.as_str() == "argon2id"
        && Params::try_from(&parsed).is_ok_and(|params| {
            let ours = ARGON2.params();
            (params.m_cost(), params.t_cost()) == (ours.m_cost(), ours.t_cost())
        });
    if is_current { Verdict::Right } else { Verdict::RightButOld }
}

impl Verdict {
    fn and_wrong(self) -> Self {
        Self::Wrong
    }
}

/// Compares two secrets in a time that tells neither where they differ nor how long they are.
pub fn same(a: &str, b: &str) -> bool {
    let [a, b] = [a, b].map(|secret| digest(&SHA256, secret.as_bytes()));
    verify_slices_are_equal(a.as_ref(), b.as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_argon2id_and_never_twice_the_same() {
        let (a, b) = (hash("open sesame"), hash("open sesame"));
        assert!(a.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{a}");
        assert_ne!(a, b);
        assert_eq!(verify("open sesame", Some(&a), None), Verdict::Right);
        assert_eq!(verify("open sesam", Some(&a), Some(4)), Verdict::Wrong);
        assert_eq!(verify("open sesame", None, Some(4)), Verdict::Wrong);
    }

    #[test]
    fn a_password_may_have_any_length_and_script() {
        let long = "ж".repeat(4000);
        for password in ["", "пароль", "密码", "🔑\u{0}🔑", &long] {
            let hash = hash(password);
            assert_eq!(verify(password, Some(&hash), None), Verdict::Right);
            assert_eq!(verify(&format!("{password}x"), Some(&hash), None), Verdict::Wrong);
        }
    }

    #[test]
    fn hashes_of_older_servers_are_verified_and_told() {
        let old = bcrypt::hash("hunter2", 4).unwrap();
        for mark in ["$2b$", "$2a$", "$2y$"] {
            let hash = old.replacen("$2b$", mark, 1);
            assert_eq!(verify("hunter2", Some(&hash), Some(4)), Verdict::RightButOld);
            assert_eq!(verify("hunter3", Some(&hash), Some(4)), Verdict::Wrong);
        }
        let long = "a".repeat(100);
        let cut = bcrypt::hash(&long, 4).unwrap();
        assert_eq!(verify(&long, Some(&cut), None), Verdict::RightButOld);
    }

    #[test]
    fn a_weaker_argon2_hash_is_old_and_a_broken_one_is_nobodys() {
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8 * 1024, 1, 1, None).unwrap(),
        );
        let hash: PasswordHash = weak.hash_password(b"hunter2").unwrap();
        assert_eq!(verify("hunter2", Some(&hash.to_string()), None), Verdict::RightButOld);
        for broken in ["", "x", "$argon2id$", "$2b$", "$2b$99$x"] {
            assert_eq!(verify("", Some(broken), None), Verdict::Wrong);
        }
    }

    #[test]
    fn a_made_password_is_long_enough_and_another_each_time() {
        let made_one = made(1);
        assert_eq!((made_one.len(), made_one.split('-').count()), (14, 3), "{made_one}");
        assert!(made(40).len() >= 40);
        assert_ne!(made(1), made(1));
    }

    #[test]
    fn secrets_are_the_same_only_as_a_whole() {
        assert!(same("abc", "abc") && same("", ""));
        for (a, b) in [("abc", "abd"), ("abc", "ab"), ("", "a"), ("aa", "aaa")] {
            assert!(!same(a, b) && !same(b, a));
        }
    }
}
