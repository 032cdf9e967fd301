//! A connection over TLS that shows what was agreed on.

use std::sync::Arc;

use phoebed_tests::{Authority, Daemon};
use rustls::client::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{RootCertStore, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Runs asynchronous code to its end.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(work)
}

/// Connects with these protocols (ALPN) and versions of TLS.
pub async fn connect(
    daemon: &Daemon,
    authority: &Authority,
    protocols: &[&str],
    versions: &[&'static SupportedProtocolVersion],
) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().into()).expect("a root");
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_protocol_versions(versions).expect("versions");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let tcp = TcpStream::connect(daemon.address()).await.expect("connects");
    let name = ServerName::try_from("127.0.0.1").expect("an address");
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await.expect("a handshake")
}

/// The certificate that the daemon shows now.
pub fn served(daemon: &Daemon, authority: &Authority) -> Vec<u8> {
    block_on(async {
        let stream = connect(daemon, authority, &[], rustls::ALL_VERSIONS).await;
        stream.get_ref().1.peer_certificates().expect("a chain")[0].to_vec()
    })
}
