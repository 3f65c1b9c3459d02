//! Checks the URIs in a client's metadata that we call, load or send users to, and how many
//! of them there may be.

use std::collections::BTreeSet;

use url::Url;

use super::{Unlawful, refuse, uris};
use crate::oidc::client::Client;

/// Maximum number of redirect URIs, and of post-logout redirect URIs.
const MOST: usize = 100;

/// Maximum number of `request_uris`.
const MOST_REQUEST_URIS: usize = 20;

/// Maximum length of a `request_uri`, in bytes (RFC 9101 §5.2 allows 512).
const LONGEST_REQUEST_URI: usize = 512;

/// Checks how many URIs and contacts there are, and the form of the contacts.
pub(super) fn counts(client: &Client, wrong: &mut Vec<Unlawful>) {
    for (field, count, most) in [
        ("redirect_uris", client.redirect_uris.len(), MOST),
        (
            "post_logout_redirect_uris",
            client.post_logout_redirect_uris.len(),
            MOST,
        ),
        ("request_uris", client.request_uris.len(), MOST_REQUEST_URIS),
        ("contacts", client.contacts.len(), 20),
    ] {
        if count > most {
            refuse(wrong, field, format!("{most} at most"));
        }
    }
    let is_contact = |text: &String| {
        !text.trim().is_empty() && text.len() <= 320 && !text.contains(char::is_control)
    };
    if !client.contacts.iter().all(is_contact) {
        let reason = "must be e-mail addresses or the like, of 1 to 320 bytes";
        refuse(wrong, "contacts", reason);
    }
}

/// Checks `initiate_login_uri` (OpenID Connect Core §4; Registration §2).
pub(super) fn initiate_login(client: &Client, wrong: &mut Vec<Unlawful>) {
    if let Some(uri) = &client.initiate_login_uri
        && (uri.scheme() != "https" || !uri.has_host())
    {
        refuse(wrong, "initiate_login_uri", "must be https");
    }
}

/// Checks `request_uris` (Registration §2). A fragment is allowed: it is a hash of the
/// content.
pub(super) fn request_uris(client: &Client, wrong: &mut Vec<Unlawful>) {
    for uri in &client.request_uris {
        let plain = uri.len() <= LONGEST_REQUEST_URI && uri.bytes().all(|b| b.is_ascii_graphic());
        let url = Url::parse(uri).ok().filter(|_| plain);
        let lawful = url.is_some_and(|mut url| {
            url.set_fragment(None);
            uris::fetched(&url).is_ok()
        });
        if !lawful {
            let reason =
                "must be https (http on this machine), 512 characters at most, and name no user";
            refuse(wrong, "request_uris", reason);
        }
    }
}

/// Checks `sector_identifier_uri` (OpenID Connect Core §8.1). The code that fetches the
/// document checks that it lists the client's redirect URIs.
pub(super) fn sector(client: &Client, wrong: &mut Vec<Unlawful>) {
    let Some(uri) = &client.sector_identifier_uri else {
        return;
    };
    if let Err(reason) = uris::fetched(uri) {
        refuse(wrong, "sector_identifier_uri", reason);
    }
}

/// Checks the logout URIs (Back-Channel Logout §2.2, Front-Channel Logout §2).
pub(super) fn logout(client: &Client, wrong: &mut Vec<Unlawful>) {
    if let Some(uri) = &client.backchannel_logout_uri
        && let Err(reason) = uris::fetched(uri)
    {
        refuse(wrong, "backchannel_logout_uri", reason);
    }
    let Some(uri) = &client.frontchannel_logout_uri else {
        return;
    };
    let field = "frontchannel_logout_uri";
    if let Err(reason) = uris::fetched(uri) {
        refuse(wrong, field, reason);
    }
    let origins: BTreeSet<String> = client
        .redirect_uris
        .iter()
        .filter_map(|uri| Some(origin(&Url::parse(uri).ok()?)))
        .collect();
    if !origins.contains(&origin(uri)) {
        let reason = "must have scheme, host and port of a redirect URI";
        refuse(wrong, field, reason);
    }
}

/// Returns scheme, host and port of a URL.
fn origin(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    let host = url.host_str().unwrap_or_default();
    format!("{}://{host}:{port}", url.scheme())
}
