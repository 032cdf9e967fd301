//! Whose request it is, by address: the peer's, or what a trusted proxy says.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

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

/// What counts as one address where clients are counted: an IPv4 address, or a /64 block of IPv6,
/// any address of which one client can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// IPv4.
    Address(Ipv4Addr),
    /// The first 64 bits of IPv6.
    Block(u64),
}

impl Origin {
    /// Of this address.
    pub fn of(address: IpAddr) -> Self {
        match canonical(address) {
            IpAddr::V4(address) => Self::Address(address),
            // The upper half is whole in 64 bits.
            IpAddr::V6(address) => Self::Block((address.to_bits() >> 64) as u64),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Block(block) => {
                write!(f, "{}/64", Ipv6Addr::from_bits(u128::from(*block) << 64))
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_ipv6_is_one_origin_and_mapped_ipv4_is_ipv4() {
        let origin = |address: &str| Origin::of(address.parse().unwrap());
        assert_eq!(origin("2001:db8::1"), origin("2001:db8::ffff:1"));
        assert_ne!(origin("2001:db8::1"), origin("2001:db8:0:1::1"));
        assert_eq!(origin("::ffff:192.0.2.1"), origin("192.0.2.1"));
        assert_ne!(origin("192.0.2.1"), origin("192.0.2.2"));
        assert_eq!(origin("2001:db8::1").to_string(), "2001:db8::/64");
        assert_eq!(origin("::ffff:192.0.2.1").to_string(), "192.0.2.1");
    }
}
