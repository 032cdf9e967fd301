//! The server's certificate and private key: read from their files, checked against each other,
//! made into what a TLS handshake needs. Never keeps or shows the key.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use phoebed_common::config::TlsFiles;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ServerConfig;

use super::validity::Validity;

/// Far more than any chain needs, in bytes: a wrong path must not fill the memory.
const LARGEST: u64 = 1 << 20;
/// Permission for everybody to read.
const READ_BY_ALL: u32 = 0o004;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{key} = \"{}\": cannot be read: {source}", path.display())]
    Unreadable {
        /// What names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{key} = \"{}\": {reason}", path.display())]
    Invalid {
        /// What names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong; never what stands in the file.
        reason: String,
    },
    /// Both are good and do not belong together.
    #[error(
        "server.tls_key = \"{}\": is not the key of the certificate in \"{}\"",
        key.display(), certificate.display()
    )]
    Mismatch {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
}

impl TlsError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => {
                "the user that phoebed runs as must be able to read both files; with systemd, \
                 LoadCredential=tls_key:… hands over what only root can read"
            }
            Self::Invalid { .. } => {
                "both files must be PEM: the certificate chain with the server's own certificate \
                 first, and its private key without a passphrase"
            }
            Self::Mismatch { .. } => {
                "put certificate and key of the same request there: `openssl x509 -noout -pubkey \
                 -in CERTIFICATE` and `openssl pkey -pubout -in KEY` must print the same"
            }
        }
    }
}

/// A certificate that can be served with.
#[derive(Debug)]
pub struct Certificate {
    /// For handshakes from now on.
    pub config: Arc<ServerConfig>,
    /// What is odd about the files.
    pub warning: Option<String>,
    /// When clients take it.
    pub validity: Validity,
}

impl Certificate {
    /// Reads and checks both files. Blocks.
    pub fn load(files: TlsFiles<'_>) -> Result<Self, TlsError> {
        let invalid = |key, path: &Path, reason: String| TlsError::Invalid {
            key,
            path: path.to_owned(),
            reason,
        };
        let (chain_text, _) = read("server.tls_certificate", files.certificate)?;
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&chain_text)
            .collect::<Result<_, _>>()
            .map_err(|error| invalid("server.tls_certificate", files.certificate, pem(&error)))?;
        if chain.is_empty() {
            let reason = "holds no certificate (BEGIN CERTIFICATE)".to_owned();
            return Err(invalid("server.tls_certificate", files.certificate, reason));
        }
        let (key_text, mode) = read("server.tls_key", files.key)?;
        let key = PrivateKeyDer::from_pem_slice(&key_text).map_err(|error| {
            let reason = match error {
                pem::Error::NoItemsFound => {
                    "holds no private key without a passphrase (BEGIN PRIVATE KEY)".to_owned()
                }
                other => pem(&other),
            };
            invalid("server.tls_key", files.key, reason)
        })?;
        let validity = chain.first().and_then(Validity::of).ok_or_else(|| {
            let reason = "holds a certificate that cannot be read".to_owned();
            invalid("server.tls_certificate", files.certificate, reason)
        })?;
        let config = server_config(chain, key).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => TlsError::Mismatch {
                certificate: files.certificate.to_owned(),
                key: files.key.to_owned(),
            },
            rustls::Error::InvalidCertificate(error) => {
                let reason = format!("holds a certificate that cannot be used: {error}");
                invalid("server.tls_certificate", files.certificate, reason)
            }
            other => invalid("server.tls_key", files.key, format!("cannot be used: {other}")),
        })?;
        let warning = (mode & READ_BY_ALL != 0).then(|| {
            "everybody on this machine can read the private key; `chmod o= ` it".to_owned()
        });
        Ok(Self { config: Arc::new(config), warning, validity })
    }
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The bytes of a file and its permissions.
fn read(key: &'static str, path: &Path) -> Result<(Vec<u8>, u32), TlsError> {
    let unreadable = |source| TlsError::Unreadable { key, path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(io::Error::other("it is no regular file")));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(unreadable(io::Error::other("it is larger than 1 MiB")));
    }
    Ok((bytes, metadata.permissions().mode()))
}

/// What is wrong with a PEM file, without what stands in it.
fn pem(error: &pem::Error) -> String {
    match error {
        pem::Error::MissingSectionEnd { .. } => "a section has no END line".to_owned(),
        pem::Error::IllegalSectionStart { .. } => "a BEGIN line is malformed".to_owned(),
        pem::Error::Base64Decode(_) => "a section is not in base64".to_owned(),
        _ => "is not PEM".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    struct Pair {
        certificate: String,
        key: String,
    }

    fn pair() -> Pair {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Pair { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
    }

    fn load(certificate: &str, key: &str, mode: u32) -> Result<Certificate, TlsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("c.pem"), certificate).unwrap();
        fs::write(path("k.pem"), key).unwrap();
        fs::set_permissions(path("k.pem"), Permissions::from_mode(mode)).unwrap();
        Certificate::load(TlsFiles { certificate: &path("c.pem"), key: &path("k.pem") })
    }

    #[test]
    fn a_pair_is_taken_and_a_key_for_all_eyes_warned_of() {
        let Pair { certificate, key } = pair();
        let loaded = load(&certificate, &key, 0o600).unwrap();
        assert_eq!(loaded.warning, None);
        assert_eq!(loaded.config.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
        assert!(load(&certificate, &key, 0o644).unwrap().warning.is_some());
        // Both may stand in one file.
        let both = format!("{key}{certificate}");
        assert!(load(&both, &both, 0o600).is_ok());
    }

    #[test]
    fn what_is_wrong_is_said_with_key_and_file_and_without_the_secret() {
        let Pair { certificate, key } = pair();
        let secret: Vec<&str> = key.lines().filter(|line| !line.starts_with("---")).collect();
        let half = &key[..key.len() / 2];
        for (certificate, given, said) in [
            (certificate.as_str(), pair().key.as_str(), "not the key of the certificate"),
            ("", &key, "tls_certificate"),
            (&key, &key, "holds no certificate"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &key, "certificate"),
            (&certificate, "", "holds no private key"),
            (&certificate, &certificate, "holds no private key"),
            (&certificate, half, "no END line"),
        ] {
            let error = load(certificate, given, 0o600).unwrap_err();
            let text = format!("{error} {error:?} {}", error.hint());
            assert!(error.to_string().contains(said), "{error}");
            assert!(error.to_string().contains(".pem"), "{error}");
            assert!(secret.iter().all(|line| !text.contains(line)), "{error}");
        }
        let none = Path::new("/nowhere/c.pem");
        let error = Certificate::load(TlsFiles { certificate: none, key: none }).unwrap_err();
        assert!(error.to_string().contains("/nowhere/c.pem"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles { certificate: folder.path(), key: none };
        assert!(Certificate::load(files).unwrap_err().to_string().contains("no regular file"));
    }
}
