//! An issuer's public keys where it publishes them (a JSON Web Key Set, RFC 7517), kept for a while.
//!
//! Old keys go on to count while new ones cannot be had. A key that is not known makes the set be
//! asked for again, but not more than once in a while: a token of nobody must not make this server
//! trouble the issuer's.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse,
};
use phoebed_common::config::JwtAlgorithm;
use rustls::crypto::aws_lc_rs;

use super::error::AuthError;
use super::keys::PublicKey;

/// Between two requests at least, whatever is asked for.
const AT_LEAST: Duration = Duration::from_secs(10);
/// For the whole answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Of an answer, in bytes.
const LARGEST: u64 = 1 << 20;

/// The keys at an address.
#[derive(Debug)]
pub struct Published {
    url: String,
    algorithm: JwtAlgorithm,
    refresh: Duration,
    known: RwLock<Known>,
    /// One request at a time.
    asking: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Clone, Default)]
struct Known {
    keys: Option<Arc<Vec<PublicKey>>>,
    /// When they were read.
    read: Option<Instant>,
    /// When the issuer was asked last, whatever it answered.
    asked: Option<Instant>,
}

impl Published {
    /// Nothing is asked for before the first token.
    pub fn new(url: String, algorithm: JwtAlgorithm, refresh: Duration) -> Self {
        let (known, asking) = Default::default();
        Self { url, algorithm, refresh, known, asking }
    }

    /// Goes on with what `before` knew, when it asked at the same address.
    pub fn go_on_from(&self, before: &Self) {
        if (&self.url, self.algorithm) == (&before.url, before.algorithm) {
            *self.known.write().unwrap_or_else(PoisonError::into_inner) = before.known();
        }
    }

    /// The issuer's keys, among which the one of this name, if there is such a one.
    pub async fn keys(
        self: &Arc<Self>,
        id: Option<&str>,
    ) -> Result<Arc<Vec<PublicKey>>, AuthError> {
        let known = self.known();
        match &known.keys {
            Some(keys) if has(keys, id) => {
                // Nobody waits for the issuer as long as there is a key to go by.
                if known.is_due(self.refresh, Instant::now())
                    && let Ok(turn) = self.asking.clone().try_lock_owned()
                    && self.known().is_due(self.refresh, Instant::now())
                {
                    let published = self.clone();
                    tokio::spawn(async move {
                        published.ask().await;
                        drop(turn);
                    });
                }
                return Ok(keys.clone());
            }
            _ => self.ask_once().await,
        }
        self.known().keys.ok_or(AuthError::NoKeys)
    }

    /// Asks unless somebody else has while this waited, or not long enough ago.
    async fn ask_once(&self) {
        let _turn = self.asking.lock().await;
        if self.known().may_be_asked(self.refresh, Instant::now()) {
            self.ask().await;
        }
    }

    async fn ask(&self) {
        let (url, algorithm) = (self.url.clone(), self.algorithm);
        let answer = tokio::task::spawn_blocking(move || {
            let text = fetch(&url)?;
            public_keys(&text, algorithm)
        });
        let answer = answer.await.unwrap_or_else(|_| Err("the request broke off".to_owned()));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.asked = Some(Instant::now());
        match answer {
            Ok(keys) => {
                log::info!(keys = keys.len(); "keys of the token issuer read from {}", self.url);
                known.keys = Some(Arc::new(keys));
                known.read = known.asked;
            }
            Err(why) => {
                log::error!("auth.jwks_url: the keys at {} cannot be used: {why}", self.url);
            }
        }
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Known {
    /// Whether the keys are as old as they may be. A request that failed is tried again soon: a key
    /// that the issuer took back must not count for another whole period.
    fn is_due(&self, refresh: Duration, now: Instant) -> bool {
        is_old(self.read, refresh, now) && self.may_be_asked(refresh, now)
    }

    fn may_be_asked(&self, refresh: Duration, now: Instant) -> bool {
        is_old(self.asked, AT_LEAST.min(refresh), now)
    }
}

fn is_old(then: Option<Instant>, age: Duration, now: Instant) -> bool {
    then.is_none_or(|then| now.duration_since(then) >= age)
}

/// Whether a key of this name is there, or one that has none.
fn has(keys: &[PublicKey], id: Option<&str>) -> bool {
    id.is_none_or(|id| keys.iter().any(|key| key.id.as_deref().is_none_or(|own| own == id)))
}

fn fetch(url: &str) -> Result<String, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .max_redirects_will_error(true)
        .tls_config(
            ureq::tls::TlsConfig::builder()
                .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
                .root_certs(ureq::tls::RootCerts::PlatformVerifier)
                .build(),
        )
        .build()
        .into();
    let mut answer = agent.get(url).call().map_err(|error| error.to_string())?;
    let body = answer.body_mut().with_config().limit(LARGEST).read_to_string();
    body.map_err(|error| error.to_string())
}

/// The keys of a set that fit the algorithm.
pub fn public_keys(text: &str, algorithm: JwtAlgorithm) -> Result<Vec<PublicKey>, String> {
    let set: JwkSet =
        serde_json::from_str(text).map_err(|error| format!("no JSON Web Key Set: {error}"))?;
    let fitting = set.keys.iter().filter(|key| fits(key, algorithm));
    let keys: Vec<_> = fitting
        .filter_map(|jwk| {
            let key = DecodingKey::from_jwk(jwk).ok()?;
            Some(PublicKey { id: jwk.common.key_id.clone(), key })
        })
        .collect();
    if keys.is_empty() {
        return Err(format!("none of the {} keys is for {algorithm}", set.keys.len()));
    }
    Ok(keys)
}

/// Whether a key is one to verify signatures of this algorithm with. A shared secret never is.
fn fits(key: &Jwk, algorithm: JwtAlgorithm) -> bool {
    let (is_kind, name) = match (algorithm, &key.algorithm) {
        (JwtAlgorithm::Rs256, AlgorithmParameters::RSA(_)) => (true, KeyAlgorithm::RS256),
        (JwtAlgorithm::Ps256, AlgorithmParameters::RSA(_)) => (true, KeyAlgorithm::PS256),
        (JwtAlgorithm::Es256, AlgorithmParameters::EllipticCurve(key)) => {
            (key.curve == EllipticCurve::P256, KeyAlgorithm::ES256)
        }
        (JwtAlgorithm::EdDsa, AlgorithmParameters::OctetKeyPair(key)) => {
            (key.curve == EllipticCurve::Ed25519, KeyAlgorithm::EdDSA)
        }
        _ => (false, KeyAlgorithm::HS256),
    };
    let common = &key.common;
    let signs = !matches!(common.public_key_use, Some(PublicKeyUse::Encryption));
    is_kind && signs && common.key_algorithm.is_none_or(|own| own == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_request_is_tried_again_soon_and_not_at_once() {
        let (begin, refresh) = (Instant::now(), Duration::from_secs(3600));
        let read = Known { keys: None, read: Some(begin), asked: Some(begin) };
        assert!(!read.is_due(refresh, begin + refresh / 2));
        let end = begin + refresh;
        assert!(read.is_due(refresh, end));
        let failed = Known { asked: Some(end), ..read };
        assert!(!failed.is_due(refresh, end + AT_LEAST / 2));
        assert!(failed.is_due(refresh, end + AT_LEAST));
        assert!(Known::default().may_be_asked(refresh, begin));
    }
}
