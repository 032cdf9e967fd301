//! The keys that sign and verify tokens. The algorithm is the configured one and no other: what a
//! token's header asks for never chooses it (RFC 8725, 3.1).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, crypto};
use phoebed_common::config::JwtAlgorithm;
use serde_json::{Map, Value};

use super::error::AuthError;
use super::published::Published;

/// Longer tokens are not even looked at, in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;

/// Keys of one algorithm.
#[derive(Debug, Clone)]
pub struct Keys {
    algorithm: JwtAlgorithm,
    source: Source,
}

#[derive(Clone)]
enum Source {
    /// Shared secrets: the first signs, all verify.
    Secrets { signs: EncodingKey, verify: Vec<DecodingKey> },
    /// The public keys of an upstream issuer.
    Fixed(Vec<PublicKey>),
    /// The same, from where the issuer publishes them.
    Published(Arc<Published>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Secrets { .. } => "Secrets",
            Self::Fixed(_) => "Fixed",
            Self::Published(_) => "Published",
        })
    }
}

/// A key of an issuer, with the name that the issuer gives it.
#[derive(Debug, Clone)]
pub struct PublicKey {
    /// `kid`.
    pub id: Option<String>,
    /// The key.
    pub key: DecodingKey,
}

impl Keys {
    /// Shared secrets, none of them empty; the first signs.
    pub fn secrets(algorithm: JwtAlgorithm, first: &[u8], others: &[Vec<u8>]) -> Self {
        let all = std::iter::once(first).chain(others.iter().map(Vec::as_slice));
        let verify = all.map(DecodingKey::from_secret).collect();
        let signs = EncodingKey::from_secret(first);
        Self { algorithm, source: Source::Secrets { signs, verify } }
    }

    /// An issuer's keys.
    pub fn fixed(algorithm: JwtAlgorithm, keys: Vec<PublicKey>) -> Self {
        Self { algorithm, source: Source::Fixed(keys) }
    }

    /// An issuer's keys where it publishes them.
    pub fn published(algorithm: JwtAlgorithm, published: Arc<Published>) -> Self {
        Self { algorithm, source: Source::Published(published) }
    }

    /// Makes a token; none with keys that only verify.
    pub fn sign(&self, claims: &Map<String, Value>) -> Option<String> {
        let Source::Secrets { signs, .. } = &self.source else { return None };
        jsonwebtoken::encode(&Header::new(library_name(self.algorithm)), claims, signs).ok()
    }

    /// The claims of a token whose signature is right.
    pub async fn verify(&self, token: &str) -> Result<Map<String, Value>, AuthError> {
        if token.len() > LONGEST_TOKEN {
            return Err(invalid("it is too long"));
        }
        // Read once: to read a header is a good part of the work.
        let id = self.header(token)?.kid;
        match &self.source {
            Source::Secrets { verify, .. } => self.first_that_fits(token, verify.iter()),
            Source::Fixed(keys) => self.verify_with(token, id.as_deref(), keys),
            Source::Published(published) => {
                let keys = published.keys(id.as_deref()).await?;
                self.verify_with(token, id.as_deref(), &keys)
            }
        }
    }

    /// With the keys of the name that the token gives, else with those that have none.
    fn verify_with(
        &self,
        token: &str,
        id: Option<&str>,
        keys: &[PublicKey],
    ) -> Result<Map<String, Value>, AuthError> {
        let named = |key: &&PublicKey| key.id.is_some() && key.id.as_deref() == id;
        let is_named = keys.iter().any(|key| named(&key));
        let fits = |key: &&PublicKey| match (is_named, id) {
            (true, _) => named(key),
            (false, Some(_)) => key.id.is_none(),
            (false, None) => true,
        };
        self.first_that_fits(token, keys.iter().filter(fits).map(|key| &key.key))
    }

    /// Only the signature, of a token whose header was judged: [`super::claims`] judges the rest.
    /// The library's own `decode` would read header and claims again and again.
    fn first_that_fits<'k>(
        &self,
        token: &str,
        mut keys: impl Iterator<Item = &'k DecodingKey>,
    ) -> Result<Map<String, Value>, AuthError> {
        let parts = token.rsplit_once('.').and_then(|(message, signature)| {
            message.split_once('.').map(|(_header, claims)| (message, claims, signature))
        });
        let (message, claims, signature) = parts.ok_or_else(no_token)?;
        let algorithm = library_name(self.algorithm);
        let is_right = keys
            .try_fold(false, |is_right, key| {
                Ok(is_right || crypto::verify(signature, message.as_bytes(), key, algorithm)?)
            })
            .map_err(|error| why(&error, self.algorithm))?;
        if !is_right {
            return Err(invalid("its signature is wrong"));
        }
        let json = URL_SAFE_NO_PAD.decode(claims).map_err(|_| undecodable())?;
        serde_json::from_slice(&json).map_err(|_| undecodable())
    }

    /// The header of a token, if it asks for nothing but the configured algorithm.
    fn header(&self, token: &str) -> Result<Header, AuthError> {
        let header =
            jsonwebtoken::decode_header(token).map_err(|error| why(&error, self.algorithm))?;
        if header.alg != library_name(self.algorithm) {
            return Err(other_algorithm(self.algorithm));
        }
        if header.crit.is_some() {
            return Err(invalid("it asks for extensions that are not known here (\"crit\")"));
        }
        Ok(header)
    }
}

/// The algorithm as the library calls it.
pub fn library_name(algorithm: JwtAlgorithm) -> Algorithm {
    match algorithm {
        JwtAlgorithm::Hs256 => Algorithm::HS256,
        JwtAlgorithm::Hs384 => Algorithm::HS384,
        JwtAlgorithm::Hs512 => Algorithm::HS512,
        JwtAlgorithm::Rs256 => Algorithm::RS256,
        JwtAlgorithm::Ps256 => Algorithm::PS256,
        JwtAlgorithm::Es256 => Algorithm::ES256,
        JwtAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}

fn invalid(why: &str) -> AuthError {
    AuthError::InvalidToken(why.to_owned())
}

fn no_token() -> AuthError {
    invalid("it is no JSON Web Token")
}

fn undecodable() -> AuthError {
    invalid("it cannot be decoded")
}

fn other_algorithm(algorithm: JwtAlgorithm) -> AuthError {
    AuthError::InvalidToken(format!("its algorithm is not {algorithm}"))
}

fn why(error: &jsonwebtoken::errors::Error, algorithm: JwtAlgorithm) -> AuthError {
    match error.kind() {
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => other_algorithm(algorithm),
        ErrorKind::InvalidToken => no_token(),
        ErrorKind::Base64(_) | ErrorKind::Json(_) | ErrorKind::Utf8(_) => undecodable(),
        _ => invalid("it cannot be verified"),
    }
}
