//! Tokens as somebody makes them, with whatever keys and claims.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

/// Now, in Unix seconds.
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs_f64()
}

/// Claims that are taken, for a user of this id.
pub fn claims(subject: &str) -> Value {
    json!({ "sub": subject, "email": "eve@example.org", "full_name": " Eve E ",
        "role": "student", "exp": now() + 600.5 })
}

/// The claims with others in their place; null takes one away.
pub fn with(mut claims: Value, changes: &Value) -> Value {
    let members = claims.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.clone(), value.clone())),
        }
    }
    claims
}

/// A token with a shared secret.
pub fn signed(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(algorithm), claims, &key).expect("a token")
}

/// An issuer with a key pair.
pub struct Issuer {
    algorithm: Algorithm,
    id: String,
    pair: KeyPair,
    key: EncodingKey,
}

impl Issuer {
    /// One with a key of its own, called by this id.
    pub fn new(algorithm: Algorithm, id: &str) -> Self {
        let pair = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => {
                KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
            }
            Algorithm::ES256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
            _ => KeyPair::generate_for(&PKCS_ED25519),
        };
        let pair = pair.expect("a key pair");
        let pem = pair.serialize_pem();
        let key = match algorithm {
            Algorithm::RS256 | Algorithm::PS256 => EncodingKey::from_rsa_pem(pem.as_bytes()),
            Algorithm::ES256 => EncodingKey::from_ec_pem(pem.as_bytes()),
            _ => EncodingKey::from_ed_pem(pem.as_bytes()),
        };
        Self { algorithm, id: id.to_owned(), pair, key: key.expect("the key") }
    }

    /// The public key.
    pub fn pem(&self) -> String {
        self.pair.public_key_pem()
    }

    /// The private key.
    pub fn private_pem(&self) -> String {
        self.pair.serialize_pem()
    }

    /// A token, whose header names the key.
    pub fn token(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.clone()), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&header, claims, &self.key).expect("a token")
    }

    /// The public key as issuers publish it.
    pub fn jwk(&self) -> Jwk {
        let pem = self.pem();
        let key = match self.algorithm {
            Algorithm::RS256 | Algorithm::PS256 => DecodingKey::from_rsa_pem(pem.as_bytes()),
            Algorithm::ES256 => DecodingKey::from_ec_pem(pem.as_bytes()),
            _ => DecodingKey::from_ed_pem(pem.as_bytes()),
        };
        let key = key.expect("the public key");
        let mut jwk = Jwk::from_decoding_key(&key, Some(self.algorithm)).expect("a key");
        jwk.common.key_id = Some(self.id.clone());
        jwk
    }
}

/// Keys as they are published.
pub fn key_set(issuers: &[&Issuer]) -> String {
    let keys = issuers.iter().map(|issuer| issuer.jwk()).collect();
    serde_json::to_string(&JwkSet { keys }).expect("JSON")
}

/// A web server that gives the same text to everybody.
#[derive(Debug, Clone)]
pub struct Published {
    port: u16,
    state: Arc<Mutex<(String, usize)>>,
}

impl Published {
    /// Serves until the test ends.
    pub fn new(text: String) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new((text, 0)));
        let served = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream);
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                    line.clear();
                }
                let mut state = served.lock().expect("no panic");
                state.1 += 1;
                let (text, length) = (&state.0, state.0.len());
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n");
                let answer = format!("{head}connection: close\r\n\r\n{text}");
                // A client that left is its own affair.
                let _ = reader.get_mut().write_all(answer.as_bytes());
            }
        });
        Self { port, state }
    }

    /// The address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/jwks.json", self.port)
    }

    /// Publishes another text.
    pub fn publish(&self, text: String) {
        self.state.lock().expect("no panic").0 = text;
    }

    /// How often it was asked for.
    pub fn asked(&self) -> usize {
        self.state.lock().expect("no panic").1
    }
}
