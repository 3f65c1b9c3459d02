//! For whom proxies say they forward, hop by hop: `Forwarded` (RFC 7239) or
//! `X-Forwarded-For`, whichever the configured proxies write. Whether that is believed
//! is decided in `client_address`.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

use crate::config::ProxyHeader;

/// The hops, the nearest last; `None` for a hop whose address was not written.
#[must_use]
pub fn forwarded_for(headers: &HeaderMap, header: ProxyHeader) -> Vec<Option<IpAddr>> {
    // A byte outside ASCII makes its own hop unreadable, and no other.
    let lines: Vec<_> = headers
        .get_all(header.as_str())
        .iter()
        .map(|line| String::from_utf8_lossy(line.as_bytes()))
        .collect();
    // Split at every comma, even inside quotes: no address contains one, and a quote that a
    // client left open must not swallow what a proxy added after it.
    let hops = lines
        .iter()
        .flat_map(|line| line.split(','))
        .filter(|hop| !hop.trim().is_empty());
    match header {
        ProxyHeader::XForwardedFor => hops.map(node).collect(),
        ProxyHeader::Forwarded => hops.map(|hop| node(for_parameter(hop)?)).collect(),
    }
}

/// RFC 7239 §4: pairs between semicolons, their names in any case.
fn for_parameter(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value)
    })
}

/// RFC 7239 §6: an address, with a port or without; `unknown` and obfuscated names are
/// `None`.
fn node(written: &str) -> Option<IpAddr> {
    let written = written.trim().trim_matches('"');
    let bare = written
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(written);
    let with_port = || written.parse().map(|address: SocketAddr| address.ip());
    bare.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn hops(lines: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("forwarded", line.parse().unwrap());
        }
        forwarded_for(&headers, ProxyHeader::Forwarded)
            .into_iter()
            .map(|hop| hop.map_or_else(|| "-".to_owned(), |hop| hop.to_string()))
            .collect()
    }

    #[test]
    fn the_examples_of_rfc_7239_are_read() {
        for (lines, read) in [
            (
                &["for=192.0.2.60;proto=http;by=203.0.113.43"][..],
                &["192.0.2.60"][..],
            ),
            (
                &[r#"For="[2001:db8:cafe::17]:4711""#],
                &["2001:db8:cafe::17"],
            ),
            (
                &["for=192.0.2.43, for=198.51.100.17"],
                &["192.0.2.43", "198.51.100.17"],
            ),
            (
                &["for=192.0.2.43", "for=198.51.100.17"],
                &["192.0.2.43", "198.51.100.17"],
            ),
            (
                &[r#"for=192.0.2.43, for="[2001:db8:cafe::17]", for=unknown"#],
                &["192.0.2.43", "2001:db8:cafe::17", "-"],
            ),
            (&["for=_hidden, for=_SEVKISEK"], &["-", "-"]),
            (&[r#"for="192.0.2.43:47011""#], &["192.0.2.43"]),
            (&["proto=https;by=10.0.0.1"], &["-"]),
            (&[], &[]),
        ] {
            assert_eq!(hops(lines), read, "{lines:?}");
        }
    }

    #[test]
    fn nothing_a_client_leaves_open_hides_what_a_proxy_adds() {
        for opened in [
            r#"for=""#,
            r#"for="192.0.2.66"#,
            r#"x="\"#,
            "for=1;",
            "=",
            ";;,",
        ] {
            let line = format!("{opened}, for=203.0.113.9;proto=https");
            assert_eq!(hops(&[&line]).last().unwrap(), "203.0.113.9", "{opened}");
            let line = format!(r#"{opened}, for="[2001:db8::9]:4711";by=_us"#);
            assert_eq!(hops(&[&line]).last().unwrap(), "2001:db8::9", "{opened}");
        }
    }

    #[test]
    fn bytes_outside_ascii_hide_no_hop_but_their_own() {
        for (header, added) in [
            (ProxyHeader::Forwarded, "for=203.0.113.9"),
            (ProxyHeader::XForwardedFor, "203.0.113.9"),
        ] {
            let line = [b"192.0.2.66, \xff", b", ".as_slice(), added.as_bytes()].concat();
            let mut headers = HeaderMap::new();
            headers.append(header.as_str(), HeaderValue::from_bytes(&line).unwrap());
            let hops = forwarded_for(&headers, header);
            let address = "203.0.113.9".parse().ok();
            assert_eq!((hops.len(), hops.last()), (3, Some(&address)), "{header}");
        }
    }
}
