//! Which URIs may be registered for redirects, and linked from our pages.

use url::{Host, Url};

use crate::oidc::client::{ApplicationType, Client};

/// Whether a URI may be redirected to.
pub(super) fn redirect(uri: &str, client: &Client) -> Result<(), &'static str> {
    // Compared and sent as they are: what a parser would mend is refused.
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
        // RFC 8252 §7.1: a domain the app's maker owns, read backwards. So it
        // has a dot, which no scheme that browsers act on themselves has.
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

/// Whether tokens may travel to a redirect URI in its fragment (Dynamic Client
/// Registration §2, `application_type`): nobody may be able to read along, and no
/// other app of the machine may wait there.
pub(super) fn may_be_sent_tokens(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| url.scheme() == "https" && !is_this_machine(&url))
}

/// Whether a URI is of the web: https, or http that does not leave this machine.
pub(super) fn is_web(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_this_machine(url),
        _ => false,
    }
}

/// Whether we may ask or tell something there.
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

/// Whether a URI leads to this machine: RFC 6761 §6.3 keeps `localhost` and all
/// below it here.
#[must_use]
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
