//! The address that a request comes from: the peer's address, unless the peer is a proxy
//! that the configuration trusts; then the address that this proxy wrote, and so on to the
//! first that is not a trusted proxy. Nothing else that a client can write counts, and
//! neither does the forwarding header that our proxies do not write, since they pass it on
//! unchanged. A forwarded host or scheme is never used: proxies pass `Host` on, and the
//! scheme is configured.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use ipnet::IpNet;

use super::forwarded;
use crate::app::SharedApp;
use crate::ephemeral::Limit;

/// The prefix lengths under which an IPv6 address is counted, and as how many addresses
/// such a network counts. Households and servers are given networks of 64, 56 or 48 bits,
/// whose holder has all addresses in it; a mobile carrier's network of 48 bits has many
/// subscribers.
const NETWORKS: [(u8, u64); 3] = [(64, 1), (56, 4), (48, 16)];

/// The address that a request is counted under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The names under which the address is counted, and as how many addresses each counts:
    /// an IPv4 address by itself, an IPv6 address with its networks.
    #[must_use]
    pub fn networks(self) -> Vec<(String, u64)> {
        let address = self.0.to_canonical();
        if address.is_ipv4() {
            return vec![(address.to_string(), 1)];
        }
        let networks = NETWORKS.iter().map(|(length, addresses)| {
            let net = IpNet::new(address, *length);
            let name = net.map_or_else(|_| address.to_string(), |net| net.trunc().to_string());
            (name, *addresses)
        });
        networks.collect()
    }

    /// The limits of what may come from the address: `most` from one address, and so much
    /// more from the larger networks.
    #[must_use]
    pub fn limits(self, counter: &str, window: Duration, most: u64) -> Vec<Limit> {
        let networks = self.networks().into_iter();
        let limits = networks.map(|(name, addresses)| {
            let most = most.saturating_mul(addresses);
            Limit::new(format!("{counter}:{name}"), window, most)
        });
        limits.collect()
    }

    /// The network of the address as a log line and the audit trail name it: 24 bits of an
    /// IPv4 address, 48 bits of an IPv6 address. It has too many people to be one's own.
    #[must_use]
    pub fn truncated(self) -> String {
        let address = self.0.to_canonical();
        let length = if address.is_ipv4() { 24 } else { 48 };
        let net = IpNet::new(address, length);
        net.map_or_else(|_| String::new(), |net| net.trunc().to_string())
    }

    /// The name of the smallest network.
    #[must_use]
    pub fn counted_as(self) -> String {
        let networks = self.networks();
        networks.into_iter().next().unwrap_or_default().0
    }
}

impl FromRequestParts<SharedApp> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &SharedApp,
    ) -> Result<Self, Self::Rejection> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::from([127, 0, 0, 1]), |info| info.0.ip());
        Ok(Self(behind_proxies(
            peer,
            &forwarded::forwarded_for(&parts.headers, app.config.proxy_header),
            &app.config.trusted_proxies,
        )))
    }
}

/// Walks `forwarded`, the hops as they were written, the nearest last; `None` is a hop
/// whose address was not written.
fn behind_proxies(peer: IpAddr, forwarded: &[Option<IpAddr>], trusted: &[IpNet]) -> IpAddr {
    let is_proxy = |address: &IpAddr| {
        let address = address.to_canonical();
        trusted.iter().any(|net| net.contains(&address))
    };
    let mut nearest = peer;
    for hop in forwarded.iter().rev() {
        if !is_proxy(&nearest) {
            break;
        }
        let Some(hop) = hop else { break };
        nearest = *hop;
    }
    nearest
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;
    use crate::config::ProxyHeader;

    #[test]
    fn only_a_trusted_proxy_names_the_hop_before_it() {
        for (peer, forwarded, seen) in [
            // A client that is no proxy of ours cannot name an address.
            ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
            ("203.0.113.7", "10.0.0.1", "203.0.113.7"),
            // Hops that a client wrote itself are left of those that our proxies wrote.
            (
                "10.0.0.1",
                "198.51.100.1, 203.0.113.9, 10.0.0.2",
                "203.0.113.9",
            ),
            ("10.0.0.1", "10.0.0.9, 203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "203.0.113.9:51234", "203.0.113.9"),
            ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
            ("10.0.0.1", "[2001:db8::7]:51234", "2001:db8::7"),
            ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
            // A hop without an address hides everything left of it.
            ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
            ("10.0.0.1", "198.51.100.1, nonsense, 10.0.0.2", "10.0.0.2"),
            // Only our own proxies, such as a health check by one of them.
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            // Our proxies do not write this header, so a client did.
            headers.insert("forwarded", "for=192.0.2.66".parse().unwrap());
            let hops = forwarded::forwarded_for(&headers, ProxyHeader::XForwardedFor);
            let trusted = ["10.0.0.0/8".parse().unwrap()];
            let found = behind_proxies(peer.parse().unwrap(), &hops, &trusted);
            assert_eq!(
                found.to_canonical().to_string(),
                seen,
                "{peer}: {forwarded}"
            );
        }
    }

    #[test]
    fn an_ipv6_address_is_counted_with_its_networks_and_an_ipv4_address_alone() {
        let names = |text: &str| ClientAddress(text.parse().unwrap()).networks();
        let of = |name: &str, addresses| (name.to_owned(), addresses);
        for address in ["203.0.113.7", "::ffff:203.0.113.7"] {
            assert_eq!(names(address), [of("203.0.113.7", 1)]);
        }
        assert_eq!(
            names("2001:db8:1:a2b3::1"),
            [
                of("2001:db8:1:a2b3::/64", 1),
                of("2001:db8:1:a200::/56", 4),
                of("2001:db8:1::/48", 16),
            ]
        );
        assert_eq!(names("2001:db8:1:a2b3::2:3"), names("2001:db8:1:a2b3::1"));
    }
}
