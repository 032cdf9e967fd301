//! From the configuration to what authentication works with: the keys read from where they are kept,
//! all checked before any of it counts.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use jsonwebtoken::DecodingKey;
use phoebed_common::config::{Auth, AuthMode, JwtAlgorithm, Registration, Secret};

use super::claims::Expected;
use super::error::KeyError;
use super::keys::{Keys, PublicKey};
use super::published::{Published, public_keys};
use super::throttle::Allowed;

/// The key of mode `password`, below the state directory.
const KEY_FILE: &str = "token.key";
/// Its size, in bytes.
const KEY_SIZE: usize = 32;

/// From how many addresses the shared password may be guessed as often as from one, before strangers
/// wait for each other.
const ADDRESSES_IN_ALL: u32 = 10;

/// What authentication goes by; replaced as a whole by a reload.
#[derive(Debug, Clone)]
pub struct Rules {
    /// How callers are recognised.
    pub mode: AuthMode,
    /// None in mode `none`.
    pub keys: Option<Keys>,
    /// Issuer and audience.
    pub expected: Expected,
    /// Lifetime of new tokens.
    pub lifetime: Duration,
    /// The shared password of mode `password`.
    pub password: Option<Secret>,
    /// Whether anybody can make an account.
    pub registration: Registration,
    /// Accounts that one address may make in an hour, if there is a limit.
    pub registrations_per_hour: Option<u32>,
    /// In characters.
    pub min_password_length: usize,
    /// Failures that cost nothing.
    pub allowed: Allowed,
}

impl Rules {
    /// Reads the keys. The algorithm and the other keys of the configuration are known to fit.
    pub fn load(auth: &Auth, state: &Path) -> Result<Self, KeyError> {
        let keys = match auth.mode {
            AuthMode::None => None,
            AuthMode::Password => Some(of_password(auth, state)?),
            AuthMode::Jwt => Some(of_secrets(auth)?),
            AuthMode::External if auth.jwt_algorithm.is_symmetric() => Some(of_secrets(auth)?),
            AuthMode::External => Some(of_issuer(auth)?),
        };
        let (issuer, audience) = (auth.jwt_issuer.clone(), auth.jwt_audience.clone());
        Ok(Self {
            mode: auth.mode,
            keys,
            expected: Expected { issuer, audience },
            lifetime: auth.jwt_expire,
            password: auth.password.clone(),
            registration: auth.registration,
            registrations_per_hour: auth.registrations_per_hour_per_address,
            min_password_length: auth.min_password_length,
            allowed: Allowed {
                per_account: auth.failures_per_account,
                per_address: auth.failures_per_address,
                in_all: (auth.mode == AuthMode::Password)
                    .then(|| auth.failures_per_address.saturating_mul(ADDRESSES_IN_ALL)),
            },
        })
    }
}

/// Signed with a key of the daemon's own into which the shared password goes, so that a new password
/// makes every token of the old one void.
fn of_password(auth: &Auth, state: &Path) -> Result<Keys, KeyError> {
    let password = auth.password.as_ref().ok_or(KeyError::Missing("password"))?;
    let path = state.join(KEY_FILE);
    let own = own_key(&path).map_err(|source| KeyError::State { path, source })?;
    let key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &own), password.expose().as_bytes());
    Ok(Keys::secrets(JwtAlgorithm::Hs256, key.as_ref(), &[]))
}

/// The key in the state directory, made when it is not there.
fn own_key(path: &Path) -> std::io::Result<Vec<u8>> {
    match fs::read(path) {
        Ok(key) if key.len() == KEY_SIZE => Ok(key),
        Ok(_) => make_key(path),
        Err(error) if error.kind() == ErrorKind::NotFound => make_key(path),
        Err(error) => Err(error),
    }
}

/// Under another name first: half a key must never be found.
fn make_key(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut key = vec![0; KEY_SIZE];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| std::io::Error::other("no randomness"))?;
    let fresh = path.with_extension("key.new");
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(&key)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(key)
}

fn of_secrets(auth: &Auth) -> Result<Keys, KeyError> {
    let bytes = |secret: &Secret| secret.expose().as_bytes().to_vec();
    let mut secrets = match (&auth.jwt_secret_key, &auth.jwt_secret_file) {
        (Some(secret), _) => vec![bytes(secret)],
        (None, Some(path)) => secrets_in(path)?,
        (None, None) => Vec::new(),
    };
    secrets.extend(auth.jwt_previous_secret_keys.iter().map(bytes));
    // The configuration was checked for the mode that it names, which need not be the one in force.
    if secrets.iter().any(|secret| secret.is_empty() || secret == b"test") {
        return Err(KeyError::NoSecret(auth.mode.as_str()));
    }
    match secrets.split_first() {
        Some((first, others)) => Ok(Keys::secrets(auth.jwt_algorithm, first, others)),
        None => Err(KeyError::Missing(auth.mode.as_str())),
    }
}

/// The keys of a file, one a line. Empty lines do not count.
fn secrets_in(path: &Path) -> Result<Vec<Vec<u8>>, KeyError> {
    const KEY: &str = "auth.jwt_secret_file";
    let unusable = |why: &str| KeyError::Unusable {
        key: KEY,
        path: path.to_owned(),
        why: format!("{why}; `openssl rand -hex 32` makes a good key"),
    };
    let text = read(KEY, path)?;
    let secrets: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if secrets.is_empty() {
        return Err(unusable("there is no key in it"));
    }
    if secrets.contains(&"test") {
        return Err(unusable("\"test\" is no secret"));
    }
    if secrets.iter().any(|secret| secret.len() < 32) {
        log::warn!(
            "{KEY}: {}: a key is shorter than the 32 bytes that HS256 asks for, so it can \
            be guessed",
            path.display()
        );
    }
    let mode = fs::metadata(path).map(|meta| meta.permissions().mode()).unwrap_or_default();
    if mode & 0o007 != 0 {
        log::warn!("{KEY}: everybody on this machine can read {}; `chmod o= {0}`", path.display());
    }
    Ok(secrets.into_iter().map(|secret| secret.as_bytes().to_vec()).collect())
}

fn of_issuer(auth: &Auth) -> Result<Keys, KeyError> {
    let algorithm = auth.jwt_algorithm;
    if let Some(path) = &auth.jwt_public_key_file {
        let key = pem(path, algorithm)?;
        return Ok(Keys::fixed(algorithm, vec![PublicKey { id: None, key }]));
    }
    if let Some(path) = &auth.jwks_file {
        const KEY: &str = "auth.jwks_file";
        let keys = public_keys(&read(KEY, path)?, algorithm).map_err(|why| KeyError::Unusable {
            key: KEY,
            path: path.clone(),
            why,
        })?;
        return Ok(Keys::fixed(algorithm, keys));
    }
    let url = auth.jwks_url.clone().ok_or(KeyError::Missing("external"))?;
    let published = Published::new(url, algorithm, auth.jwks_refresh);
    Ok(Keys::published(algorithm, Arc::new(published)))
}

fn pem(path: &Path, algorithm: JwtAlgorithm) -> Result<DecodingKey, KeyError> {
    const KEY: &str = "auth.jwt_public_key_file";
    let text = read(KEY, path)?;
    let unusable = |why: String| KeyError::Unusable { key: KEY, path: path.to_owned(), why };
    if text.contains("PRIVATE KEY") {
        return Err(unusable("this is a private key, which has no business here".to_owned()));
    }
    let key = match algorithm {
        JwtAlgorithm::Rs256 | JwtAlgorithm::Ps256 => DecodingKey::from_rsa_pem(text.as_bytes()),
        JwtAlgorithm::Es256 => DecodingKey::from_ec_pem(text.as_bytes()),
        JwtAlgorithm::EdDsa => DecodingKey::from_ed_pem(text.as_bytes()),
        JwtAlgorithm::Hs256 | JwtAlgorithm::Hs384 | JwtAlgorithm::Hs512 => {
            return Err(unusable(format!("{algorithm} has no public key")));
        }
    };
    key.map_err(|_| unusable(format!("no public key for {algorithm} in PEM form")))
}

fn read(key: &'static str, path: &Path) -> Result<String, KeyError> {
    let unreadable = |source| KeyError::Unreadable { key, path: path.to_owned(), source };
    fs::read_to_string(path).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_was_checked_for_another_mode_is_checked_for_the_one_in_force() {
        let auth = |first: &str, before: &str| Auth {
            mode: AuthMode::Jwt,
            jwt_secret_key: Some(Secret::new(first)),
            jwt_previous_secret_keys: vec![Secret::new(before)],
            ..Auth::default()
        };
        let load = |first, before| Rules::load(&auth(first, before), Path::new("/nowhere"));
        assert!(load("a secret", "one of before").is_ok());
        for (first, before) in [("test", "x"), ("x", "test"), ("x", "")] {
            assert!(load(first, before).unwrap_err().to_string().contains("\"test\""));
        }
    }
}
