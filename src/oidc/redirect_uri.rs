//! Decides whether a redirect URI is registered for a client. URIs are compared as strings
//! (RFC 9700 §2.1), with the exception of RFC 8252 §7.3: a native app on a loopback address
//! may use any port.

use std::num::NonZeroU16;

use super::client::Client;

/// The loopback hosts on which public clients may use any port. `localhost` is not among
/// them, as it may resolve to another address (RFC 8252 §8.3).
pub const LOOPBACK: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// Whether `asked` matches a redirect URI of the client.
#[must_use]
pub fn is_registered(client: &Client, asked: &str) -> bool {
    client
        .redirect_uris
        .iter()
        .any(|own| own == asked || (client.is_public() && differ_in_port_only(own, asked)))
}

/// Returns the client's redirect URI, if it has exactly one.
#[must_use]
pub fn only_one(client: &Client) -> Option<&str> {
    match client.redirect_uris.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

/// Whether `uri` is an http URI on a loopback address.
#[must_use]
pub fn is_loopback(uri: &str) -> bool {
    LOOPBACK.iter().any(|host| behind_port(uri, host).is_some())
}

fn differ_in_port_only(own: &str, asked: &str) -> bool {
    LOOPBACK.iter().any(|host| {
        behind_port(own, host).is_some_and(|path| behind_port(asked, host) == Some(path))
    })
}

/// Returns what follows `host` and its port, if `uri` is on that host.
fn behind_port<'a>(uri: &'a str, host: &str) -> Option<&'a str> {
    let rest = uri.strip_prefix(host)?;
    let path = match rest.strip_prefix(':') {
        None => rest,
        Some(rest) => {
            let path = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            let port = rest.strip_suffix(path)?;
            port.parse::<NonZeroU16>().ok()?;
            path
        }
    };
    // Otherwise the host would be a mere prefix, as in `http://127.0.0.1.evil.example`.
    (path.is_empty() || path.starts_with(['/', '?'])).then_some(path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::oidc::client::{TokenEndpointAuthMethod, sample};

    fn client(method: TokenEndpointAuthMethod, redirect_uris: &[&str]) -> Client {
        Client {
            token_endpoint_auth_method: method,
            redirect_uris: redirect_uris.iter().map(|&uri| uri.to_owned()).collect(),
            ..sample()
        }
    }

    #[test]
    fn redirect_uris_are_compared_as_strings() {
        let client = client(
            TokenEndpointAuthMethod::ClientSecretBasic,
            &["https://rp.example/cb", "https://rp.example/cb2?x=1"],
        );
        assert!(is_registered(&client, "https://rp.example/cb"));
        assert!(is_registered(&client, "https://rp.example/cb2?x=1"));
        for other in [
            "https://rp.example/cb/",
            "https://rp.example/cb?",
            "https://rp.example/cb?x=1",
            "https://RP.example/cb",
            "https://rp.example:443/cb",
            "https://rp.example/./cb",
            "https://rp.example/cb#",
            "https://rp.example/cb2",
            "https://rp.example/cb2?x=2",
            "http://rp.example/cb",
            "https://rp.example.evil.example/cb",
            "https://user@rp.example/cb",
            "",
        ] {
            assert!(!is_registered(&client, other), "{other}");
        }
    }

    #[test]
    fn a_public_client_on_loopback_may_take_any_port() {
        let native = client(
            TokenEndpointAuthMethod::None,
            &["http://127.0.0.1/cb", "http://[::1]:7000/cb?x=1"],
        );
        for own in [
            "http://127.0.0.1/cb",
            "http://127.0.0.1:51004/cb",
            "http://[::1]:1/cb?x=1",
            "http://[::1]/cb?x=1",
        ] {
            assert!(is_registered(&native, own), "{own}");
        }
        for other in [
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:65536/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:51004/cb2",
            "http://127.0.0.1:51004/cb?x=1",
            "http://[::1]:51004/cb",
            "http://localhost:51004/cb",
            "https://127.0.0.1:51004/cb",
            "http://127.0.0.2:51004/cb",
        ] {
            assert!(!is_registered(&native, other), "{other}");
        }
    }

    #[test]
    fn a_confidential_client_has_no_free_port() {
        let web = client(
            TokenEndpointAuthMethod::ClientSecretBasic,
            &["http://127.0.0.1:8080/cb"],
        );
        assert!(is_registered(&web, "http://127.0.0.1:8080/cb"));
        assert!(!is_registered(&web, "http://127.0.0.1:8081/cb"));
    }

    #[test]
    fn localhost_has_no_free_port() {
        let native = client(TokenEndpointAuthMethod::None, &["http://localhost/cb"]);
        assert!(!is_registered(&native, "http://localhost:8081/cb"));
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_has_the_registered_scheme_host_and_path(asked in "http://(127\\.0\\.0\\.1|\\[::1\\]|localhost)[ -~]{0,12}/cb") {
            let native = client(TokenEndpointAuthMethod::None, &["http://127.0.0.1/cb"]);
            if is_registered(&native, &asked) {
                let url = url::Url::parse(&asked).unwrap();
                prop_assert_eq!(url.host_str(), Some("127.0.0.1"));
                prop_assert_eq!(url.path(), "/cb");
                prop_assert_eq!(url.username(), "");
            }
        }

        #[test]
        fn a_port_is_all_that_may_be_added(
            asked in prop_oneof!["\\PC{0,60}", "http://127\\.0\\.0\\.1:?[0-9]{0,6}\\PC?/cb"],
        ) {
            let native = client(TokenEndpointAuthMethod::None, &["http://127.0.0.1/cb"]);
            let is_port = |port: &str| {
                port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
            };
            let added = asked.strip_prefix("http://127.0.0.1").and_then(|rest| rest.strip_suffix("/cb"));
            let lawful = added.is_some_and(|added| added.is_empty() || added.strip_prefix(':').is_some_and(is_port));
            prop_assert_eq!(is_registered(&native, &asked), lawful);
        }
    }
}
