//! From which address a request comes: the peer's, unless the peer is a proxy
//! the configuration trusts; then the last address in `X-Forwarded-For` that is
//! not such a proxy. What anyone else writes in that header counts for nothing.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

use crate::app::SharedApp;

/// The address a request is counted under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The key under which attempts are counted: an IPv6 network of 64 bits is
    /// one household, and counts as one.
    #[must_use]
    pub fn counted_as(self) -> String {
        match self.0 {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(mapped) => mapped.to_string(),
                None => IpNet::new(IpAddr::V6(address), 64)
                    .map_or_else(|_| address.to_string(), |net| net.trunc().to_string()),
            },
        }
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
            &parts.headers,
            &app.config.trusted_proxies,
        )))
    }
}

fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_proxy = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !is_proxy(&peer) {
        return peer;
    }
    let forwarded: Vec<IpAddr> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|address| address.trim().parse().ok())
        .collect();
    forwarded
        .into_iter()
        .rev()
        .find(|address| !is_proxy(address))
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        behind_proxies(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_name_an_address() {
        assert_eq!(seen("203.0.113.7", "198.51.100.1"), "203.0.113.7");
    }

    #[test]
    fn a_trusted_proxy_names_the_last_hop_before_it() {
        assert_eq!(
            seen("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.2"),
            "203.0.113.9"
        );
    }

    #[test]
    fn an_ipv6_household_counts_as_one() {
        let first = ClientAddress("2001:db8::1".parse().unwrap()).counted_as();
        let second = ClientAddress("2001:db8::2:3".parse().unwrap()).counted_as();
        assert_eq!(first, second);
    }
}
