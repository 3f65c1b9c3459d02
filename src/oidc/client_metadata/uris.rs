//! Decides which URIs may be registered as redirect URIs, linked from our pages, or called
//! by us.

use url::{Host, Url};

use crate::oidc::client::{ApplicationType, Client};

/// Checks a redirect URI; the error is the reason for which it is refused.
pub(super) fn redirect(uri: &str, client: &Client) -> Result<(), &'static str> {
    // Redirect URIs are compared and sent unchanged, so a URI that a parser would correct
    // is refused.
    if !uri.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("must be plain ASCII without spaces");
    }
    let url = Url::parse(uri).map_err(|_| "must be an absolute URI")?;
    // RFC 6749 §3.1.2.
    if uri.contains('#') {
        return Err("must not have a fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not name a user");
    }
    match url.scheme() {
        "http" | "https" if is_web(&url) => Ok(()),
        "http" => Err("must be https: http is for this machine only"),
        "https" => Err("must name a host"),
        // RFC 8252 §7.1: a private-use scheme is a domain name of the app's maker in
        // reverse order. It therefore contains a dot, and no scheme that browsers handle
        // themselves does.
        scheme if scheme.contains('.') && !client.is_public() => {
            Err("a scheme of one's own is for public clients")
        }
        // Dynamic Client Registration §2.
        scheme if scheme.contains('.') && client.application_type != ApplicationType::Native => {
            Err("a scheme of one's own is for application_type native")
        }
        scheme if scheme.contains('.') => Ok(()),
        _ => Err("must be https, or a scheme in reverse domain notation"),
    }
}

/// Whether tokens may be sent to a redirect URI in its fragment (Dynamic Client
/// Registration §2, `application_type`). It must be impossible to read the response on the
/// network, or to receive it in another app on the device.
pub(super) fn may_be_sent_tokens(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| url.scheme() == "https" && !is_this_machine(&url))
}

/// Whether a URL is https, or http to this machine.
pub(super) fn is_web(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_this_machine(url),
        _ => false,
    }
}

/// Checks a URL that we fetch from or post to; the error is the reason for which it is
/// refused.
pub(super) fn fetched(url: &Url) -> Result<(), &'static str> {
    if !is_web(url) {
        return Err("must be https, or http on this machine");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not name a user");
    }
    if url.fragment().is_some() {
        return Err("must not have a fragment");
    }
    Ok(())
}

/// Whether a URL refers to this machine: RFC 6761 §6.3 reserves `localhost` and all names
/// below it.
#[must_use]
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
