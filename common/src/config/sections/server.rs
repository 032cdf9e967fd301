//! `[server]`: the public HTTP listener and its limits.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::kinds::{
    Host, List, Megabytes, NetworkBlock, OptionalPath, Seconds, SecondsOrNever, SocketAddress,
    WebOrigin, Whole, WholeOrNone,
};
use crate::config::network::Network;
use crate::config::units::Mebibytes;
use crate::config::visitor::{Visitor, live, restart};

/// The keys that name the files of TLS. New files count at once, but a listener that speaks TLS goes
/// on doing so, and one that does not, not.
pub(in crate::config) const TLS_KEYS: [&str; 2] = ["server.tls_certificate", "server.tls_key"];

/// The public HTTP listener and its limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Address to listen on, unless `listen` names some.
    pub host: IpAddr,
    /// TCP port to listen on, unless `listen` names some; 0 lets the kernel choose.
    pub port: u16,
    /// Addresses that replace `host` and `port`; empty when these two count. See
    /// [`Server::addresses`].
    pub listen: Vec<SocketAddr>,
    /// The certificate chain (PEM), absolute; set together with the key.
    pub tls_certificate: Option<PathBuf>,
    /// The certificate's private key (PEM), absolute; set together with the certificate.
    pub tls_key: Option<PathBuf>,
    /// How long browsers are told to use HTTPS alone; `None` tells them nothing.
    pub hsts: Option<Duration>,
    /// WebOrigin that browsers may call from; empty means CORS is off.
    pub cors_origins: Vec<String>,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Largest request body.
    pub max_body: Mebibytes,
    /// Most connections open at once.
    pub max_connections: usize,
    /// Most of them from one address; `None` means no limit.
    pub max_connections_per_address: Option<u32>,
    /// Most requests a second from one address; `None` means no limit.
    pub requests_per_second_per_address: Option<u32>,
    /// Most requests a second in all; `None` means no limit.
    pub requests_per_second: Option<u32>,
    /// How long a client may take to send a request's head.
    pub header_timeout: Duration,
    /// How long a connection without a request stays open.
    pub keep_alive: Duration,
    /// How long a client may take to send a request's body.
    pub body_timeout: Duration,
}

/// The files of a listener that speaks TLS, both PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsFiles<'a> {
    /// The certificate chain, the server's own first.
    pub certificate: &'a Path,
    /// The private key.
    pub key: &'a Path,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8001,
            listen: Vec::new(),
            tls_certificate: None,
            tls_key: None,
            hsts: Some(Duration::from_secs(365 * 24 * 3600)),
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            max_body: Mebibytes(64),
            max_connections: 8192,
            max_connections_per_address: None,
            requests_per_second_per_address: None,
            requests_per_second: None,
            header_timeout: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            body_timeout: Duration::from_secs(30),
        }
    }
}

impl Server {
    /// The addresses to listen on: `listen` when it is set, else `host` and `port`. Never empty.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        if self.listen.is_empty() {
            vec![SocketAddr::new(self.host, self.port)]
        } else {
            self.listen.clone()
        }
    }

    /// Certificate and key when the listener speaks TLS.
    pub fn tls(&self) -> Option<TlsFiles<'_>> {
        match (&self.tls_certificate, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            _ => None,
        }
    }

    /// Whether `peer`'s `X-Forwarded-For` is to be believed.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(peer))
    }

    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(restart("server.host"), &mut self.host, Host);
        v.key(restart("server.port"), &mut self.port, Whole(0..=65535));
        v.key(restart("server.listen"), &mut self.listen, List(SocketAddress));
        v.key(live(TLS_KEYS[0]), &mut self.tls_certificate, OptionalPath);
        v.key(live(TLS_KEYS[1]), &mut self.tls_key, OptionalPath);
        v.key(live("server.hsts_seconds"), &mut self.hsts, SecondsOrNever);
        v.ignored("server.workers", "one daemon serves all requests");
        v.key(live("server.cors_origins"), &mut self.cors_origins, List(WebOrigin));
        v.key(live("server.trusted_proxies"), &mut self.trusted_proxies, List(NetworkBlock));
        v.key(live("server.max_body_mb"), &mut self.max_body, Megabytes(1..=4096));
        let connections = Whole(1..=1_000_000);
        v.key(live("server.max_connections"), &mut self.max_connections, connections);
        let per_address = &mut self.max_connections_per_address;
        v.key(live("server.max_connections_per_address"), per_address, WholeOrNone(1_000_000));
        let per_address = &mut self.requests_per_second_per_address;
        v.key(live("server.requests_per_second_per_address"), per_address, WholeOrNone(1_000_000));
        let in_all = &mut self.requests_per_second;
        v.key(live("server.requests_per_second"), in_all, WholeOrNone(1_000_000));
        let timeout = Seconds { from: 0.1 };
        v.key(live("server.header_timeout_seconds"), &mut self.header_timeout, timeout);
        v.key(live("server.keep_alive_seconds"), &mut self.keep_alive, timeout);
        v.key(live("server.body_timeout_seconds"), &mut self.body_timeout, timeout);
    }
}
