//! The keys that sign and verify tokens. The algorithm is the configured one and no other: what a
//! token's header asks for never chooses it (RFC 8725, 3.1).

use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use phoebed_common::config::JwtAlgorithm;
use serde_json::{Map, Value};

use super::error::AuthError;
use super::published::Published;
use super::verified::Verified;

/// Longer tokens are not even looked at, in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;

/// Keys of one algorithm.
#[derive(Debug, Clone)]
pub struct Keys {
    algorithm: JwtAlgorithm,
    source: Source,
    verified: Arc<Verified>,
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
        Self::of(algorithm, Source::Secrets { signs, verify })
    }

    /// An issuer's keys.
    pub fn fixed(algorithm: JwtAlgorithm, keys: Vec<PublicKey>) -> Self {
        Self::of(algorithm, Source::Fixed(keys))
    }

    /// An issuer's keys where it publishes them.
    pub fn published(algorithm: JwtAlgorithm, published: Arc<Published>) -> Self {
        Self::of(algorithm, Source::Published(published))
    }

    /// Goes on with what was known of the keys of the same issuer, so that a reload does not hang on
    /// the issuer's server.
    pub fn go_on_from(&self, before: &Self) {
        if let (Source::Published(new), Source::Published(old)) = (&self.source, &before.source) {
            new.go_on_from(old);
        }
    }

    fn of(algorithm: JwtAlgorithm, source: Source) -> Self {
        Self { algorithm, source, verified: Arc::default() }
    }

    /// Makes a token; none with keys that only verify.
    pub fn sign(&self, claims: &Map<String, Value>) -> Option<String> {
        let Source::Secrets { signs, .. } = &self.source else { return None };
        jsonwebtoken::encode(&Header::new(library_name(self.algorithm)), claims, signs).ok()
    }

    /// The claims of a token whose signature is right.
    pub async fn verify(&self, token: &str) -> Result<Arc<Map<String, Value>>, AuthError> {
        if token.len() > LONGEST_TOKEN {
            return Err(invalid("it is too long"));
        }
        if let Some(claims) = self.verified.get(token) {
            return Ok(claims);
        }
        let claims = match &self.source {
            Source::Secrets { verify, .. } => self.first_that_fits(token, verify.iter())?,
            Source::Fixed(keys) => self.verify_with(token, keys)?,
            Source::Published(published) => {
                let id = self.header(token)?.kid;
                let keys = published.keys(id.as_deref()).await?;
                // The issuer may take the key back at any time.
                return self.verify_with(token, &keys).map(Arc::new);
            }
        };
        let claims = Arc::new(claims);
        self.verified.keep(token, &claims);
        Ok(claims)
    }

    /// With the keys of the name that the token gives, else with those that have none.
    fn verify_with(
        &self,
        token: &str,
        keys: &[PublicKey],
    ) -> Result<Map<String, Value>, AuthError> {
        let id = self.header(token)?.kid;
        let named = |key: &&PublicKey| key.id.is_some() && key.id == id;
        let is_named = keys.iter().any(|key| named(&key));
        let fits = |key: &&PublicKey| match (is_named, &id) {
            (true, _) => named(key),
            (false, Some(_)) => key.id.is_none(),
            (false, None) => true,
        };
        self.first_that_fits(token, keys.iter().filter(fits).map(|key| &key.key))
    }

    fn first_that_fits<'k>(
        &self,
        token: &str,
        keys: impl Iterator<Item = &'k DecodingKey>,
    ) -> Result<Map<String, Value>, AuthError> {
        let header = self.header(token)?;
        if header.crit.is_some() {
            return Err(invalid("it asks for extensions that are not known here (\"crit\")"));
        }
        for key in keys {
            match jsonwebtoken::decode::<Map<String, Value>>(token, key, &self.validation()) {
                Ok(data) => return Ok(data.claims),
                Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {}
                Err(error) => return Err(why(&error, self.algorithm)),
            }
        }
        Err(invalid("its signature is wrong"))
    }

    fn header(&self, token: &str) -> Result<Header, AuthError> {
        let header =
            jsonwebtoken::decode_header(token).map_err(|error| why(&error, self.algorithm))?;
        if header.alg != library_name(self.algorithm) {
            return Err(other_algorithm(self.algorithm));
        }
        Ok(header)
    }

    /// Only the signature: [`super::claims`] judges the rest.
    fn validation(&self) -> Validation {
        let mut validation = Validation::new(library_name(self.algorithm));
        validation.required_spec_claims.clear();
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        validation.validate_aud = false;
        validation
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

fn other_algorithm(algorithm: JwtAlgorithm) -> AuthError {
    AuthError::InvalidToken(format!("its algorithm is not {algorithm}"))
}

fn why(error: &jsonwebtoken::errors::Error, algorithm: JwtAlgorithm) -> AuthError {
    match error.kind() {
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => other_algorithm(algorithm),
        ErrorKind::InvalidToken => invalid("it is no JSON Web Token"),
        ErrorKind::InvalidSignature => invalid("its signature is wrong"),
        ErrorKind::Base64(_) | ErrorKind::Json(_) | ErrorKind::Utf8(_) => {
            invalid("it cannot be decoded")
        }
        _ => invalid("it cannot be verified"),
    }
}
