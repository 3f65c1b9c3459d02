//! A service at both issuers, a person, and every request that their browser makes between
//! the brands' hosts.

use common_id::config::Config;
use serde_json::{Value, json};
use url::Url;

use super::browser::{Landed, Page, Phone};
use super::provider::Provider;
use super::relying_party::{Pending, RelyingParty, jwt_part};
use super::steps::{self, Person};

/// A service that is registered with both brands.
pub(crate) struct Stage {
    /// The provider of both brands.
    pub(crate) provider: Provider,
    /// The service at the issuer of brand toyota.
    pub(crate) toyota: RelyingParty,
    /// The service at the issuer of brand lexus.
    pub(crate) lexus: RelyingParty,
    /// A person with an account.
    pub(crate) person: Person,
}

impl Stage {
    /// Starts a provider of one node.
    pub(crate) async fn new() -> Self {
        Self::on(Provider::start().await).await
    }

    /// Starts a provider with changed settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Provider::start_with(change).await).await
    }

    /// Uses a provider that is running already.
    pub(crate) async fn on(provider: Provider) -> Self {
        provider.register("service", json!({})).await;
        Self {
            toyota: provider.party("service").await,
            lexus: provider.party_at("lexus", "service").await,
            person: steps::person(&provider, "hanako@example.jp").await,
            provider,
        }
    }

    /// Returns a phone on which the person is logged in under brand toyota, and the ID
    /// token's claims.
    pub(crate) async fn at_toyota(&self) -> (Phone, Value) {
        let mut phone = Phone::new();
        let claims = self.logged_in(&mut phone, &self.toyota).await;
        (phone, claims)
    }

    /// Logs the person in, with the password if the page asks for it, and returns the ID
    /// token's claims.
    pub(crate) async fn logged_in(&self, phone: &mut Phone, party: &RelyingParty) -> Value {
        let request = party.ask("openid");
        let tokens = steps::tokens(phone, party, request, &self.person).await;
        jwt_part(&tokens.id_token, 1)
    }

    /// Sends a request that must show no page, and returns the ID token's claims.
    pub(crate) async fn signed_on(&self, phone: &mut Phone, party: &RelyingParty) -> Value {
        let request = party.ask("openid");
        let answer = phone.open(party.url(&request)).await.away();
        let tokens = party.exchange(&answer, &request).await;
        jwt_part(&tokens.id_token, 1)
    }

    /// Whether a request of the party finds the phone logged in, under either brand.
    pub(crate) async fn is_known(&self, phone: &mut Phone, party: &RelyingParty) -> bool {
        let request = party.ask("openid").with("prompt", "none");
        let answer = phone.open(party.url(&request)).await.away();
        party.answer_of(&answer, &request).contains_key("code")
    }

    /// Follows a request's redirects, and returns every address from the first up to the
    /// page or the relying party where they end.
    pub(crate) async fn way(&self, phone: &mut Phone, first: impl AsRef<str>) -> Way {
        let mut url = Url::parse(first.as_ref()).unwrap();
        let mut passed = Vec::new();
        for _ in 0..12 {
            passed.push(url.clone());
            let answer = phone.fetch(&url).await;
            let Some(next) = answer.redirect() else {
                let landed = Landed::On(answer);
                return Way { passed, landed };
            };
            if !next.host_str().unwrap().starts_with("id.") {
                let landed = Landed::Away(next);
                return Way { passed, landed };
            }
            url = next;
        }
        panic!("a way without end: {passed:?}");
    }

    /// Follows a request at brand lexus up to the address that leads back from brand
    /// toyota, and returns that address without opening it.
    pub(crate) async fn almost_back(&self, phone: &mut Phone, request: &Pending) -> Url {
        let left = phone.fetch(self.lexus.url(request)).await;
        let asked = left.redirect().unwrap();
        assert_eq!(step(&asked), "toyota/sign-on");
        let back = phone.fetch(&asked).await.redirect().unwrap();
        assert_eq!(step(&back), "lexus/sign-on/return");
        back
    }
}

/// The redirects of a request, and where they ended.
pub(crate) struct Way {
    /// The addresses in order.
    pub(crate) passed: Vec<Url>,
    /// Where the redirects ended.
    pub(crate) landed: Landed,
}

impl Way {
    /// Returns the addresses in short form, without what differs between interactions.
    pub(crate) fn steps(&self) -> Vec<String> {
        self.passed.iter().map(step).collect()
    }
}

/// Returns an address in short form: brand and path without an interaction's id.
pub(crate) fn step(url: &Url) -> String {
    let brand = url.host_str().unwrap().split('.').nth(1).unwrap();
    let path: Vec<&str> = url.path().split('/').collect();
    match path.as_slice() {
        ["", "interaction", _, rest @ ..] => format!("{brand}/{}", rest.join("/")),
        _ => format!("{brand}{}", url.path()),
    }
}

/// A query parameter's value.
pub(crate) fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(given, _)| given == name)
        .map(|(_, value)| value.into_owned())
}

/// Returns the address with another value of a parameter, or without it for `None`.
pub(crate) fn with_parameter(url: &Url, name: &str, value: Option<&str>) -> Url {
    let mut changed = url.clone();
    let kept = url.query_pairs().filter(|(given, _)| given != name);
    let added = value.map(|value| (name.into(), value.into()));
    changed
        .query_pairs_mut()
        .clear()
        .extend_pairs(kept.chain(added));
    changed
}

/// Checks that the page is the error for an address that the provider did not create.
pub(crate) fn assert_not_ours(page: &Page) {
    assert_eq!((page.status.as_u16(), page.screen()), (400, "error".into()));
    assert_eq!(page.errors(), ["link-expired"]);
}
