//! HTTPS: the files of a daemon that speaks it, and the client's side of a handshake with it.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use phoebed_tests::Authority;
use rustls::client::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::{DEFAULT_VERSIONS, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::{BenchError, Result};

/// Takes the certificates of one authority; cheap to clone.
#[derive(Debug, Clone)]
pub struct Trust(Arc<ClientConfig>);

impl Trust {
    /// In this authority, for HTTP/1.1.
    pub fn new(authority: &Authority) -> Result<Self> {
        let broken = |error: rustls::Error| BenchError::unexpected(format!("TLS: {error}"));
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().into()).map_err(broken)?;
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_protocol_versions(DEFAULT_VERSIONS).map_err(broken)?;
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    /// The handshake.
    pub async fn connect(
        &self,
        address: SocketAddr,
        stream: TcpStream,
    ) -> io::Result<TlsStream<TcpStream>> {
        TlsConnector::from(self.0.clone()).connect(address.ip().into(), stream).await
    }
}

/// Puts a new certificate and its key into this directory. Returns the lines of configuration that
/// name them.
pub fn files(authority: &Authority, directory: &Path) -> Result<String> {
    let identity = authority.issue();
    let write = |name, text: &str| {
        let written = fs::write(directory.join(name), text);
        written.map_err(|source| BenchError::io(format!("the daemon's {name}"), source))
    };
    write("certificate.pem", &identity.certificate)?;
    write("key.pem", &identity.key)?;
    let lines = "server.tls_certificate = 'certificate.pem'\nserver.tls_key = 'key.pem'\n";
    Ok(lines.to_owned())
}
