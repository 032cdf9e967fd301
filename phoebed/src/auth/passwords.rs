//! Hashes of passwords: argon2id for new ones, bcrypt of older servers verified.
//!
//! Pure and slow: to be called where slowness hurts nobody (see [`super::hasher`]).

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use bcrypt::HashParts;

use super::work::Work;

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

/// Compares a password with the hash of an account, if there is one, and tells what that took. With
/// `old_cost`, the highest cost of bcrypt hashes that some accounts still have, every refusal takes
/// the work of a whole check of both kinds: no answer's time tells which kind an account has, or
/// whether it exists. Only a hash that costs more than ours and than `old_cost` takes longer.
pub fn verify(password: &str, hash: Option<&str>, old_cost: Option<u32>) -> (Verdict, Work) {
    let (verdict, work) = match hash {
        Some(hash) if is_bcrypt(hash) => verify_bcrypt(password, hash),
        Some(hash) => verify_argon2(password, hash),
        None => (Verdict::Wrong, Work::default()),
    };
    match verdict {
        Verdict::Wrong => (verdict, work.fill_up(password, &ARGON2, old_cost)),
        Verdict::Right | Verdict::RightButOld => (verdict, work),
    }
}

/// Whether a hash is one of bcrypt's.
pub fn is_bcrypt(hash: &str) -> bool {
    ["$2a$", "$2b$", "$2y$", "$2x$"].iter().any(|mark| hash.starts_with(mark))
}

/// Older servers let bcrypt see the first 72 bytes and no more; so it has to be here, once. A broken
/// hash is refused without any work.
fn verify_bcrypt(password: &str, hash: &str) -> (Verdict, Work) {
    let work = hash.parse().map(|parts: HashParts| Work::of_bcrypt(parts.get_cost()));
    match (bcrypt::verify(password, hash), work) {
        (Ok(true), Ok(work)) => (Verdict::RightButOld, work),
        (Ok(false), Ok(work)) => (Verdict::Wrong, work),
        (Err(_), _) | (_, Err(_)) => (Verdict::Wrong, Work::default()),
    }
}

/// A broken hash, or one of another kind, is refused without any work.
fn verify_argon2(password: &str, hash: &str) -> (Verdict, Work) {
    let refused = (Verdict::Wrong, Work::default());
    let Ok(parsed) = PasswordHash::new(hash) else { return refused };
    let Ok(params) = Params::try_from(&parsed) else { return refused };
    if parsed.salt.is_none() || parsed.hash.is_none() {
        return refused;
    }
    let work = Work::of_argon2(&params);
    match ARGON2.verify_password(password.as_bytes(), &parsed) {
        Ok(()) => {}
        Err(argon2::password_hash::Error::PasswordInvalid) => return (Verdict::Wrong, work),
        Err(_) => return refused,
    }
    let ours = ARGON2.params();
    let is_current = parsed.algorithm.as_str() == "argon2id"
        && (params.m_cost(), params.t_cost()) == (ours.m_cost(), ours.t_cost());
    (if is_current { Verdict::Right } else { Verdict::RightButOld }, work)
}

/// Compares two secrets in a time that tells neither where they differ nor how long they are.
pub fn same(a: &str, b: &str) -> bool {
    let [a, b] = [a, b].map(|secret| digest(&SHA256, secret.as_bytes()));
    verify_slices_are_equal(a.as_ref(), b.as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verify(password: &str, hash: Option<&str>, old_cost: Option<u32>) -> Verdict {
        super::verify(password, hash, old_cost).0
    }

    fn weak(memory: u32) -> String {
        let params = Params::new(memory, 1, 1, None).unwrap();
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash: PasswordHash = weak.hash_password(b"hunter2").unwrap();
        hash.to_string()
    }

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
        assert_eq!(verify("hunter2", Some(&weak(8 * 1024)), None), Verdict::RightButOld);
        for broken in ["", "x", "$argon2id$", "$2b$", "$2b$99$x"] {
            assert_eq!(verify("", Some(broken), None), Verdict::Wrong);
        }
    }

    #[test]
    fn every_refusal_takes_the_same_work() {
        let whole = Work::of_argon2(ARGON2.params());
        let current = hash("hunter2");
        let cut = &current[..current.len() - 8];
        let bcrypt = |cost| bcrypt::hash("hunter2", cost).unwrap();
        let (cheap, costly) = (bcrypt(4), bcrypt(7));
        let broken = costly.replacen("$07$", "$99$", 1);
        let short = costly[..50].to_owned();
        let other = current.replacen("argon2id", "scrypt", 1);
        let saltless = "$argon2id$v=19$m=19456,t=2,p=1";
        for (highest, rounds) in [(None, 0), (Some(7), 1 << 7)] {
            let all = Work { bcrypt: rounds, ..whole };
            let refused = |hash: Option<&str>| super::verify("wrong", hash, highest);
            let weak = [weak(8), weak(8 * 1024), weak(38 * 1024)];
            let hashes = [&current, &other, &broken, &short, &weak[0], &weak[1], &weak[2]];
            for hash in hashes.map(|hash| Some(hash.as_str())) {
                assert_eq!(refused(hash), (Verdict::Wrong, all), "{hash:?}");
            }
            for hash in [None, Some(cut), Some(saltless), Some(""), Some("x"), Some("$2b$")] {
                assert_eq!(refused(hash), (Verdict::Wrong, all), "{hash:?}");
            }
        }
        for hash in [&cheap, &bcrypt(5), &costly] {
            let refused = super::verify("wrong", Some(hash), Some(7));
            assert_eq!(refused, (Verdict::Wrong, Work { bcrypt: 1 << 7, ..whole }), "{hash}");
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
