//! A service at both issuers, a person, and the way that their browser takes
//! between the brands' hosts, one answer at a time.

use common_id::config::Config;
use serde_json::{Value, json};
use url::Url;

use super::browser::{Landed, Page, Phone};
use super::provider::Provider;
use super::relying_party::{Pending, RelyingParty, jwt_part};
use super::steps::{self, Person};

/// One service, registered with both brands.
pub(crate) struct Stage {
    /// The provider of both.
    pub(crate) provider: Provider,
    /// The service at one issuer.
    pub(crate) toyota: RelyingParty,
    /// The same at the other.
    pub(crate) lexus: RelyingParty,
    /// Someone with an account.
    pub(crate) person: Person,
}

impl Stage {
    /// One node.
    pub(crate) async fn new() -> Self {
        Self::on(Provider::start().await).await
    }

    /// With settings changed.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Provider::start_with(change).await).await
    }

    /// Over a provider that has begun.
    pub(crate) async fn on(provider: Provider) -> Self {
        provider.register("service", json!({})).await;
        Self {
            toyota: provider.party("service").await,
            lexus: provider.party_at("lexus", "service").await,
            person: steps::person(&provider, "hanako@example.jp").await,
            provider,
        }
    }

    /// A phone on which the person logged in under Toyota, and the ID token's claims.
    pub(crate) async fn at_toyota(&self) -> (Phone, Value) {
        let mut phone = Phone::new();
        let claims = self.logged_in(&mut phone, &self.toyota).await;
        (phone, claims)
    }

    /// Logs the person in, with the password if that is asked for: the ID token's claims.
    pub(crate) async fn logged_in(&self, phone: &mut Phone, party: &RelyingParty) -> Value {
        let request = party.ask("openid");
        let tokens = steps::tokens(phone, party, request, &self.person).await;
        jwt_part(&tokens.id_token, 1)
    }

    /// The ID token's claims of a request that must show no page.
    pub(crate) async fn signed_on(&self, phone: &mut Phone, party: &RelyingParty) -> Value {
        let request = party.ask("openid");
        let answer = phone.open(party.url(&request)).await.away();
        let tokens = party.exchange(&answer, &request).await;
        jwt_part(&tokens.id_token, 1)
    }

    /// Whether a phone is logged in at a party, by whichever brand.
    pub(crate) async fn is_known(&self, phone: &mut Phone, party: &RelyingParty) -> bool {
        let request = party.ask("openid").with("prompt", "none");
        let answer = phone.open(party.url(&request)).await.away();
        party.answer_of(&answer, &request).contains_key("code")
    }

    /// The way of a request: every address from the first, up to the page or the
    /// relying party where it ends.
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

    /// Goes with a request at Lexus as far as the address that it comes back to from
    /// Toyota, and does not open that.
    pub(crate) async fn almost_back(&self, phone: &mut Phone, request: &Pending) -> Url {
        let left = phone.fetch(self.lexus.url(request)).await;
        let asked = left.redirect().unwrap();
        assert_eq!(step(&asked), "toyota/sign-on");
        let back = phone.fetch(&asked).await.redirect().unwrap();
        assert_eq!(step(&back), "lexus/sign-on/return");
        back
    }
}

/// What a browser passed, and where it came out.
pub(crate) struct Way {
    /// The addresses.
    pub(crate) passed: Vec<Url>,
    /// The end.
    pub(crate) landed: Landed,
}

impl Way {
    /// The addresses in short, without what differs from one interaction to the next.
    pub(crate) fn steps(&self) -> Vec<String> {
        self.passed.iter().map(step).collect()
    }
}

/// An address in short: brand and path, an interaction's id left out.
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

/// The same address with another value of a parameter; without it for none.
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

/// Shown instead of a page that cannot be: whoever came here was sent by nobody.
pub(crate) fn assert_not_ours(page: &Page) {
    assert_eq!((page.status.as_u16(), page.screen()), (400, "error".into()));
    assert_eq!(page.errors(), ["link-expired"]);
}
