//! Decides how to answer a logout request of a client (OpenID Connect RP-Initiated Logout
//! 1.0): whether the user is asked first, and where the browser goes afterwards. Anything
//! that cannot be proven is refused and never leads to a redirect.

use serde::{Deserialize, Serialize};
use url::Url;

use super::Error;
use super::authorization_request::HintedBy;
use super::authorization_response::with_query;
use super::client::{Client, ClientId};
use super::parameters::Parameters;
use super::rule::{self, Under as _};

/// The longest `state`, in bytes.
const LONGEST: usize = 4096;

/// The parameters as received: no name occurs twice and no value is empty. `ui_locales` and
/// `logout_hint` concern the page and are not read here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawLogoutRequest(pub Parameters);

impl RawLogoutRequest {
    /// Returns the value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// The browser's session, as the requesting client sees it.
#[derive(Clone, Copy, Debug)]
pub struct SessionNamed<'a> {
    /// The `sid` in the client's ID tokens, and in those of a version before 2026-12, which
    /// told every client the same.
    pub sids: [&'a str; 2],
    /// The `sub` in the client's ID tokens.
    pub subject: &'a str,
}

/// The action for a logout request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logout {
    /// No user is logged in: there is nothing to ask and nothing to end.
    Nobody(Destination),
    /// The client named this very session: end it without asking.
    End(Destination),
    /// Ask the user first (§2): anyone could have sent them here.
    Ask(Destination),
}

impl Logout {
    /// Returns where the browser goes after the logout.
    #[must_use]
    pub const fn destination(&self) -> &Destination {
        match self {
            Self::Nobody(destination) | Self::End(destination) | Self::Ask(destination) => {
                destination
            }
        }
    }
}

/// Where the browser goes after the logout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Destination {
    /// Our own page that confirms the logout.
    LoggedOut,
    /// A registered URI of the client, including `state`.
    Client(String),
}

/// Returns the client that sent the request: the one named by `client_id`, or else the one
/// to which the hint was issued.
///
/// # Errors
/// `invalid_request` if we did not issue the hint, or if it was issued to another client
/// (§2).
pub fn client_named(raw: &RawLogoutRequest, hint: &HintedBy) -> Result<Option<ClientId>, Error> {
    let named = raw.get("client_id").map(|id| ClientId(id.to_owned()));
    let named = match (hint, named) {
        (HintedBy::Forgery, _) => Err(Error::invalid_request(
            "id_token_hint is not an ID token that we issued",
        )),
        (HintedBy::Nothing, named) => Ok(named),
        (HintedBy::Genuine(hint), None) => Ok(hint.client_id()),
        (HintedBy::Genuine(hint), Some(named)) if hint.is_for(&named) => Ok(Some(named)),
        (HintedBy::Genuine(_), Some(_)) => Err(Error::invalid_request(
            "client_id is not the client that id_token_hint was issued to",
        )),
    };
    named.under(rule::HINT)
}

/// Decides how to answer the request. `client` is the result of [`client_named`], if that
/// client is registered.
///
/// # Errors
/// `invalid_request` if `post_logout_redirect_uri` is not registered for the client or
/// `state` is too long. It must be shown as a page, since no redirect is proven.
pub fn decide(
    raw: &RawLogoutRequest,
    hint: &HintedBy,
    client: Option<&Client>,
    session: Option<SessionNamed<'_>>,
) -> Result<Logout, Error> {
    let destination = destination(raw, client).under(rule::LOGOUT_URI)?;
    let Some(session) = session else {
        return Ok(Logout::Nobody(destination));
    };
    let is_meant = match hint {
        // The user may have started another session since, through another client.
        HintedBy::Genuine(hint) => {
            let sid = hint.sid.as_deref();
            sid.is_some_and(|sid| session.sids.contains(&sid)) && hint.subject == session.subject
        }
        HintedBy::Nothing | HintedBy::Forgery => false,
    };
    Ok(if is_meant {
        Logout::End(destination)
    } else {
        Logout::Ask(destination)
    })
}

/// Returns the destination. §3: it must be a registered URI, compared as a string; §2.1:
/// the `state` is added.
fn destination(raw: &RawLogoutRequest, client: Option<&Client>) -> Result<Destination, Error> {
    let Some(uri) = raw.get("post_logout_redirect_uri") else {
        return Ok(Destination::LoggedOut);
    };
    let Some(client) = client else {
        return Err(Error::invalid_request(
            "post_logout_redirect_uri needs an id_token_hint, or the client_id of a registered client",
        ));
    };
    if !client
        .post_logout_redirect_uris
        .iter()
        .any(|own| own == uri)
    {
        return Err(Error::invalid_request(
            "post_logout_redirect_uri is not registered for this client",
        ));
    }
    match raw.get("state") {
        None => Ok(Destination::Client(uri.to_owned())),
        Some(state) if state.len() <= LONGEST => {
            let state = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("state", state)
                .finish();
            Ok(Destination::Client(with_query(uri.to_owned(), &state)))
        }
        Some(_) => Err(Error::invalid_request("state is too long")),
    }
}

/// Returns the URI that the browser loads in a frame to tell a client of the logout
/// (Front-Channel Logout 1.0 §3), with `iss` and `sid` if the client requires them.
#[must_use]
pub fn framed_uri(client: &Client, issuer: &str, sid: &str) -> Option<Url> {
    let mut uri = client.frontchannel_logout_uri.clone()?;
    if client.frontchannel_logout_session_required {
        uri.query_pairs_mut()
            .append_pair("iss", issuer)
            .append_pair("sid", sid);
    }
    Some(uri)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::client::sample;
    use crate::oidc::id_token_hint::IdTokenHint;

    const BYE: (&str, &str) = ("post_logout_redirect_uri", "https://rp.example/bye");
    const SESSION: SessionNamed<'_> = SessionNamed {
        sids: ["sid", "older sid"],
        subject: "sub",
    };

    fn raw(parameters: &[(&str, &str)]) -> RawLogoutRequest {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        RawLogoutRequest(parameters.iter().map(owned).collect())
    }

    fn hint(sid: Option<&str>) -> HintedBy {
        HintedBy::Genuine(IdTokenHint {
            subject: "sub".to_owned(),
            audience: vec!["maintenance".to_owned()],
            sid: sid.map(str::to_owned),
        })
    }

    /// Decides as the endpoint does: first the client, then the action.
    fn decided(
        parameters: &[(&str, &str)],
        hint: &HintedBy,
        session: Option<SessionNamed<'_>>,
    ) -> Result<Logout, Error> {
        let raw = raw(parameters);
        let named = client_named(&raw, hint)?;
        let client = sample();
        let client = named.filter(|id| *id == client.client_id).map(|_| client);
        decide(&raw, hint, client.as_ref(), session)
    }

    fn to(uri: &str) -> Destination {
        Destination::Client(uri.to_owned())
    }

    #[test]
    fn a_client_that_means_this_session_ends_it_without_asking() {
        let meant = hint(Some("sid"));
        assert_eq!(
            decided(&[BYE], &meant, Some(SESSION)),
            Ok(Logout::End(to("https://rp.example/bye")))
        );
        assert_eq!(
            decided(&[BYE, ("state", "a b")], &meant, Some(SESSION)),
            Ok(Logout::End(to("https://rp.example/bye?state=a+b")))
        );
        assert_eq!(
            decided(&[("state", "s")], &meant, Some(SESSION)),
            Ok(Logout::End(Destination::LoggedOut))
        );
        let before_the_upgrade = hint(Some("older sid"));
        assert_eq!(
            decided(&[], &before_the_upgrade, Some(SESSION)),
            Ok(Logout::End(Destination::LoggedOut))
        );
    }

    #[test]
    fn the_person_is_asked_where_the_session_is_not_proven_to_be_meant() {
        for (parameters, hint) in [
            (&[][..], HintedBy::Nothing),
            (&[("state", "s")], HintedBy::Nothing),
            (&[("client_id", "maintenance")], HintedBy::Nothing),
            (&[], hint(Some("another"))),
            (&[], hint(None)),
        ] {
            assert_eq!(
                decided(parameters, &hint, Some(SESSION)),
                Ok(Logout::Ask(Destination::LoggedOut))
            );
        }
        let other_person = SessionNamed {
            subject: "other",
            ..SESSION
        };
        assert_eq!(
            decided(&[BYE], &hint(Some("sid")), Some(other_person)),
            Ok(Logout::Ask(to("https://rp.example/bye")))
        );
        assert_eq!(
            decided(
                &[BYE, ("client_id", "maintenance")],
                &HintedBy::Nothing,
                Some(SESSION)
            ),
            Ok(Logout::Ask(to("https://rp.example/bye")))
        );
    }

    #[test]
    fn where_nobody_is_logged_in_there_is_nothing_to_ask() {
        assert_eq!(
            decided(&[], &HintedBy::Nothing, None),
            Ok(Logout::Nobody(Destination::LoggedOut))
        );
        assert_eq!(
            decided(&[BYE], &hint(Some("sid")), None),
            Ok(Logout::Nobody(to("https://rp.example/bye")))
        );
    }

    #[test]
    fn a_client_is_told_which_session_if_it_needs_to_know() {
        let told = |uri: &str, required| {
            let client = Client {
                frontchannel_logout_uri: Url::parse(uri).ok(),
                frontchannel_logout_session_required: required,
                ..sample()
            };
            let uri = framed_uri(&client, "https://id.example", "a b");
            uri.map(String::from)
        };
        assert_eq!(
            told("https://rp.example/out?x=%7e", true).as_deref(),
            Some("https://rp.example/out?x=%7e&iss=https%3A%2F%2Fid.example&sid=a+b")
        );
        assert_eq!(
            told("https://rp.example/out", false).as_deref(),
            Some("https://rp.example/out")
        );
        assert_eq!(framed_uri(&sample(), "https://id.example", "a"), None);
    }

    #[test]
    fn nobody_is_redirected_by_what_cannot_be_proven() {
        let long = "s".repeat(4097);
        for (parameters, hint) in [
            (&[BYE][..], HintedBy::Nothing),
            (&[BYE], HintedBy::Forgery),
            (&[], HintedBy::Forgery),
            (&[BYE, ("client_id", "unknown")], HintedBy::Nothing),
            (&[BYE, ("client_id", "other")], hint(Some("sid"))),
            (
                &[("post_logout_redirect_uri", "https://evil.example")],
                hint(Some("sid")),
            ),
            (
                &[("post_logout_redirect_uri", "https://rp.example/bye?foo=bar")],
                hint(Some("sid")),
            ),
            (
                &[("post_logout_redirect_uri", "https://rp.example/cb")],
                hint(Some("sid")),
            ),
            (&[BYE, ("state", &long)], hint(Some("sid"))),
        ] {
            assert!(
                decided(parameters, &hint, Some(SESSION)).is_err(),
                "{parameters:?}"
            );
        }
    }
}
