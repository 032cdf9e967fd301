//! Whose request it is, by address: the peer's, or what a trusted proxy says.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use axum::extract::Request;
use phoebed_common::config::Server;

/// The peer of a connection, put into each of its requests by the listener.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The client's address; none when the listener told no peer (in-process tests).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl ClientAddress {
    /// Goes back through `X-Forwarded-For` as long as a trusted proxy is the one that tells.
    pub fn of(request: &Request, server: &Server) -> Self {
        let Some(Peer(peer)) = request.extensions().get::<Peer>() else { return Self(None) };
        let mut address = canonical(peer.ip());
        let told: Vec<&str> = request
            .headers()
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        for hop in told.iter().rev() {
            if !server.trusts(address) {
                break;
            }
            let Ok(before) = hop.parse::<IpAddr>() else { break };
            address = canonical(before);
        }
        Self(Some(address))
    }
}

/// An IPv4 address is one, also when it came in through an IPv6 socket.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => write!(f, "{address}"),
            None => f.write_str("-"),
        }
    }
}
