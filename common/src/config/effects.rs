//! Keys of `[auth]` that have no effect in the chosen mode: whoever sets one believes that it does
//! something.

use super::Config;
use super::reader::Reader;
use super::sections::{Auth, AuthMode};
use super::visitor::Key;

/// Notes each key that was set to something of its own and does nothing.
pub(super) fn check(config: &Config, reader: &mut Reader) {
    if ["auth.mode", "auth.jwt_algorithm"].iter().any(|key| reader.is_wrong(key)) {
        return;
    }
    let plain = Config { auth: Auth::default(), ..config.clone() }.list();
    let set: Vec<Key> = config
        .list()
        .into_iter()
        .zip(plain)
        .filter(|((key, value), (_, default))| key.name.starts_with("auth.") && value != default)
        .map(|((key, _), _)| key)
        .collect();
    for key in set {
        if reader.was_given(key.name)
            && !reader.is_wrong(key.name)
            && let Some(why) = without_effect(&config.auth, key.name)
        {
            reader.odd(key.name, "", format!("has no effect {why}"));
        }
    }
}

/// Where the key does nothing; none where it does something.
fn without_effect(auth: &Auth, key: &str) -> Option<String> {
    let mode = auth.mode;
    let is_used = match key {
        // Operators make accounts in every mode.
        "auth.mode" | "auth.min_password_length" => true,
        "auth.password" => mode == AuthMode::Password,
        "auth.jwt_issuer" | "auth.jwt_audience" => mode != AuthMode::None,
        "auth.jwt_expire_minutes" | "auth.failures_per_account" | "auth.failures_per_address" => {
            matches!(mode, AuthMode::Password | AuthMode::Jwt)
        }
        "auth.registration" => mode == AuthMode::Jwt,
        "auth.jwt_algorithm"
        | "auth.jwt_secret_key"
        | "auth.jwt_previous_secret_keys"
        | "auth.jwt_secret_file" => matches!(mode, AuthMode::Jwt | AuthMode::External),
        "auth.jwt_public_key_file"
        | "auth.jwks_file"
        | "auth.jwks_url"
        | "auth.jwks_refresh_seconds" => mode == AuthMode::External,
        _ => true,
    };
    if !is_used {
        return Some(format!("in mode \"{mode}\""));
    }
    if mode != AuthMode::External {
        return None;
    }
    let is_symmetric = auth.jwt_algorithm.is_symmetric();
    let is_used = match key {
        "auth.jwt_secret_key" | "auth.jwt_previous_secret_keys" | "auth.jwt_secret_file" => {
            is_symmetric
        }
        "auth.jwt_public_key_file" | "auth.jwks_file" | "auth.jwks_url" => !is_symmetric,
        "auth.jwks_refresh_seconds" if !is_symmetric && auth.jwks_url.is_none() => {
            return Some("without auth.jwks_url".to_owned());
        }
        "auth.jwks_refresh_seconds" => !is_symmetric,
        _ => true,
    };
    (!is_used).then(|| format!("with auth.jwt_algorithm \"{}\"", auth.jwt_algorithm))
}
