//! Certificates for daemons under test, and who trusts them.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};

/// Issues certificates for this machine; a client that trusts it takes all of them.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its private key, PEM both.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// The same as it goes over the wire.
    pub der: Vec<u8>,
    /// The key.
    pub key: String,
}

impl Authority {
    /// A new one.
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority"))
    }

    /// Its own certificate, PEM.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Its own certificate as it goes over the wire.
    pub fn der(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    /// A new certificate with a new key.
    pub fn issue(&self) -> Identity {
        self.issue_with(|_| {})
    }

    /// As [`Authority::issue`], one that expired with this year.
    pub fn issue_expired(&self, year: i32) -> Identity {
        self.issue_with(|params| params.not_after = date_time_ymd(year, 12, 31))
    }

    fn issue_with(&self, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let mut params = CertificateParams::new(names).expect("names");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Identity {
            certificate: certificate.pem(),
            der: certificate.der().to_vec(),
            key: key.serialize_pem(),
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
