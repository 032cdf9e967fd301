//! `[server]`: the public HTTP listener and its limits.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::config::kinds::{
    Host, List, Megabytes, NetworkBlock, Seconds, SocketAddress, WebOrigin, Whole,
};
use crate::config::network::Network;
use crate::config::units::Mebibytes;
use crate::config::visitor::{Visitor, live, restart};

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
    /// WebOrigin that browsers may call from; empty means CORS is off.
    pub cors_origins: Vec<String>,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Largest request body.
    pub max_body: Mebibytes,
    /// Most connections open at once.
    pub max_connections: usize,
    /// How long a client may take to send a request's head.
    pub header_timeout: Duration,
    /// How long a connection without a request stays open.
    pub keep_alive: Duration,
    /// How long a client may take to send a request's body.
    pub body_timeout: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8001,
            listen: Vec::new(),
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            max_body: Mebibytes(64),
            max_connections: 8192,
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

    /// Whether `peer`'s `X-Forwarded-For` is to be believed.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(peer))
    }

    pub(in crate::config) fn keys(&mut self, v: &mut impl Visitor) {
        v.key(restart("server.host"), &mut self.host, Host);
        v.key(restart("server.port"), &mut self.port, Whole(0..=65535));
        v.key(restart("server.listen"), &mut self.listen, List(SocketAddress));
        v.ignored("server.workers", "one daemon serves all requests");
        v.key(live("server.cors_origins"), &mut self.cors_origins, List(WebOrigin));
        v.key(live("server.trusted_proxies"), &mut self.trusted_proxies, List(NetworkBlock));
        v.key(live("server.max_body_mb"), &mut self.max_body, Megabytes(1..=4096));
        let connections = Whole(1..=1_000_000);
        v.key(live("server.max_connections"), &mut self.max_connections, connections);
        let timeout = Seconds { from: 0.1 };
        v.key(live("server.header_timeout_seconds"), &mut self.header_timeout, timeout);
        v.key(live("server.keep_alive_seconds"), &mut self.keep_alive, timeout);
        v.key(live("server.body_timeout_seconds"), &mut self.body_timeout, timeout);
    }
}
