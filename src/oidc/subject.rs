//! Decides which `sub` a client receives for an account (OpenID Connect Core §8): the same
//! for all clients, or a different one for each sector, so that two companies cannot tell
//! that they serve the same user.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::{Host, Url};

use super::client::{Client, SubjectType};

/// Returns the `sub` for `client`. `mac` is keyed, so that a pairwise subject can neither
/// be traced back to the account nor be computed by anyone else (§8.1).
#[must_use]
pub fn subject(client: &Client, account_id: &str, mac: &dyn Fn(&[&[u8]]) -> [u8; 32]) -> String {
    match client.subject_type {
        SubjectType::Public => account_id.to_owned(),
        SubjectType::Pairwise => {
            let sector = sector(client);
            URL_SAFE_NO_PAD.encode(mac(&[sector.as_bytes(), account_id.as_bytes()]))
        }
    }
}

/// Returns the `sid` for `client`: for pairwise clients, a different one for each sector, so
/// that the session does not tell what the subject hides.
#[must_use]
pub fn session(client: &Client, sid: &str, mac: &dyn Fn(&[&[u8]]) -> [u8; 32]) -> String {
    match client.subject_type {
        SubjectType::Public => sid.to_owned(),
        SubjectType::Pairwise => {
            let sector = sector(client);
            URL_SAFE_NO_PAD.encode(mac(&[b"sid", sector.as_bytes(), sid.as_bytes()]))
        }
    }
}

/// Returns the sector identifier: the host of the client's `sector_identifier_uri`, or else
/// of its redirect URIs (§8.1). A client without a host of its own (a native app, a
/// machine) is its own sector.
#[must_use]
pub fn sector(client: &Client) -> String {
    let named = client.sector_identifier_uri.as_ref();
    if let Some(host) = named.and_then(Url::host_str) {
        return host.to_owned();
    }
    match hosts(client).as_slice() {
        [host] => host.clone(),
        _ => format!("client:{}", client.client_id),
    }
}

/// Returns the domains of the client's redirect URIs, without repetition.
#[must_use]
pub fn hosts(client: &Client) -> Vec<String> {
    let mut hosts: Vec<String> = client
        .redirect_uris
        .iter()
        .filter_map(|uri| domain_of(uri))
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

fn domain_of(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    match url.host()? {
        // All native apps share the loopback addresses.
        Host::Domain(domain) if domain != "localhost" && url.scheme().starts_with("http") => {
            Some(domain.to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::client::{ClientId, sample};

    fn pairwise(id: &str, redirect_uris: &[&str]) -> Client {
        Client {
            client_id: ClientId(id.to_owned()),
            subject_type: SubjectType::Pairwise,
            redirect_uris: redirect_uris.iter().map(|&uri| uri.to_owned()).collect(),
            ..sample()
        }
    }

    /// A function without a key, which shows what the subject is computed from.
    fn mac(parts: &[&[u8]]) -> [u8; 32] {
        let mut all = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        for part in parts {
            all.update(&(part.len() as u64).to_be_bytes());
            all.update(part);
        }
        all.finish().as_ref().try_into().unwrap()
    }

    #[test]
    fn a_public_subject_is_the_account() {
        assert_eq!(subject(&sample(), "account", &mac), "account");
    }

    #[test]
    fn a_pairwise_subject_is_the_sectors_own() {
        let a = pairwise(
            "a",
            &["https://dealer.example/cb", "https://dealer.example/cb2"],
        );
        let same_sector = pairwise("b", &["https://dealer.example:8443/other"]);
        let other_sector = pairwise("a", &["https://dealer2.example/cb"]);
        let of_a = subject(&a, "account", &mac);
        assert_eq!(of_a.len(), 43);
        assert_eq!(subject(&same_sector, "account", &mac), of_a);
        assert_ne!(subject(&other_sector, "account", &mac), of_a);
        assert_ne!(subject(&a, "account2", &mac), of_a);
    }

    #[test]
    fn a_session_is_named_by_sector_as_the_subject_is() {
        let a = pairwise("a", &["https://dealer.example/cb"]);
        let same_sector = pairwise("b", &["https://dealer.example/other"]);
        let other_sector = pairwise("c", &["https://dealer2.example/cb"]);
        let of_a = session(&a, "sid", &mac);
        assert_eq!(session(&sample(), "sid", &mac), "sid");
        assert_eq!(session(&same_sector, "sid", &mac), of_a);
        assert_ne!(session(&other_sector, "sid", &mac), of_a);
        assert_ne!(session(&a, "sid2", &mac), of_a);
        assert_ne!(subject(&a, "sid", &mac), of_a);
    }

    #[test]
    fn a_client_without_a_host_of_its_own_is_its_own_sector() {
        for uris in [
            &["http://127.0.0.1/cb", "http://[::1]/cb"][..],
            &["http://localhost/cb"],
            &["com.example.app:/cb"],
            &["com.example.app://host/cb"],
            &["https://a.example/cb", "https://b.example/cb"],
            &[],
        ] {
            assert_eq!(sector(&pairwise("app", uris)), "client:app", "{uris:?}");
        }
        let app = pairwise("app", &["http://127.0.0.1/cb", "https://app.example/cb"]);
        assert_eq!(sector(&app), "app.example");
    }
}
