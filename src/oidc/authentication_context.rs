//! How strongly a person authenticated: the `acr` values we can attain
//! (OpenID Connect Core §2), an absolute URI each, as the specification asks;
//! and which of them a client wants.

use super::authorization_request::{AuthorizationRequest, ClaimRequest};
use crate::accounts::second_factor::SecondFactor;

crate::wire_words! {
    /// A value of `acr`, from weak to strong.
    pub enum AuthenticationContext {
        /// A password over TLS (SAML 2.0 Authentication Context §3.4.4, the common name for it).
        OneFactor = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        /// A password, and then a second factor; or a passkey that its owner unlocked, which is
        /// two factors as well. (Its URI was chosen when a code was the only second factor.)
        TwoFactors = "https://id.toyota.jp/acr/password-and-code",
    }
}

impl AuthenticationContext {
    /// The second factors of which each attains the context, after a password. None where
    /// the password is enough.
    #[must_use]
    pub const fn second_factors(self) -> &'static [SecondFactor] {
        match self {
            Self::OneFactor => &[],
            Self::TwoFactors => SecondFactor::ALL,
        }
    }
}

/// What a client wants of the authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Those of the values asked for that can be attained, best first; never none.
    pub contexts: Vec<AuthenticationContext>,
    /// Whether another will not do.
    pub necessity: Necessity,
}

/// Whether a wish has to be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Necessity {
    /// OpenID Connect Core §3.1.2.1: `acr_values` is asked for as a voluntary claim.
    Voluntary,
    /// §5.5.1.1: an essential `acr` that is not attained is a failed authentication.
    Essential,
}

impl Wanted {
    /// What a request asks by `claims`, or else by `acr_values`; nothing if it
    /// names no value that we know.
    #[must_use]
    pub fn by(request: &AuthorizationRequest) -> Option<Self> {
        let claim = request.claims.id_token.get("acr").and_then(Option::as_ref);
        let by_claim = claim.and_then(|claim| {
            let necessity = if claim.essential {
                Necessity::Essential
            } else {
                Necessity::Voluntary
            };
            Self::of(values_of(claim), necessity)
        });
        let by_values = || {
            let values = request.acr_values.iter().map(String::as_str);
            Self::of(values, Necessity::Voluntary)
        };
        by_claim.or_else(by_values)
    }

    fn of<'a>(values: impl Iterator<Item = &'a str>, necessity: Necessity) -> Option<Self> {
        let contexts: Vec<_> = values.filter_map(|value| value.parse().ok()).collect();
        (!contexts.is_empty()).then_some(Self {
            contexts,
            necessity,
        })
    }

    /// The value to strive for.
    #[must_use]
    pub fn best(&self) -> Option<AuthenticationContext> {
        self.contexts.first().copied()
    }

    /// Whether the client can be answered with what was attained, if no more is to be had.
    #[must_use]
    pub fn is_content_with(&self, attained: AuthenticationContext) -> bool {
        self.necessity == Necessity::Voluntary
            || self.contexts.iter().any(|context| *context <= attained)
    }

    /// What the client is told, of a person who attained that: the value it asked
    /// for, where more was attained than it wants (§5.5.1.1 demands one of its own).
    #[must_use]
    pub fn told(wanted: Option<&Self>, attained: AuthenticationContext) -> AuthenticationContext {
        let mut asked = wanted.into_iter().flat_map(|wanted| &wanted.contexts);
        asked
            .find(|context| **context <= attained)
            .copied()
            .unwrap_or(attained)
    }
}

/// The values of an `acr` claim, best first.
fn values_of(claim: &ClaimRequest) -> impl Iterator<Item = &str> {
    let several = claim.values.iter().flatten();
    claim
        .value
        .iter()
        .chain(several)
        .filter_map(|value| value.as_str())
}

#[cfg(test)]
mod tests {
    use AuthenticationContext::{OneFactor, TwoFactors};

    use super::*;

    fn claim(values: &[&str], necessity: Necessity) -> Option<Wanted> {
        Wanted::of(values.iter().copied(), necessity)
    }

    #[test]
    fn values_we_do_not_know_are_passed_over() {
        let known = TwoFactors.as_str();
        let wanted = claim(&["gold", known], Necessity::Voluntary).unwrap();
        assert_eq!(wanted.contexts, [TwoFactors]);
        assert_eq!(claim(&["gold", "0", ""], Necessity::Essential), None);
    }

    #[test]
    fn a_voluntary_wish_is_content_with_less_and_an_essential_one_with_what_it_names() {
        let both = [TwoFactors.as_str(), OneFactor.as_str()];
        for (values, necessity, content) in [
            (&both[..1], Necessity::Voluntary, true),
            (&both[..1], Necessity::Essential, false),
            (&both[..], Necessity::Essential, true),
        ] {
            let wanted = claim(values, necessity).unwrap();
            assert_eq!(wanted.best(), Some(TwoFactors));
            assert_eq!(wanted.is_content_with(OneFactor), content);
            assert!(wanted.is_content_with(TwoFactors));
        }
    }

    #[test]
    fn a_client_is_told_one_of_its_own_values_where_that_is_true() {
        let strong = claim(&[TwoFactors.as_str()], Necessity::Voluntary);
        let weak = claim(&[OneFactor.as_str()], Necessity::Essential);
        for (wanted, attained, told) in [
            (None, TwoFactors, TwoFactors),
            (None, OneFactor, OneFactor),
            (weak.as_ref(), TwoFactors, OneFactor),
            (strong.as_ref(), TwoFactors, TwoFactors),
            (strong.as_ref(), OneFactor, OneFactor),
        ] {
            assert_eq!(Wanted::told(wanted, attained), told);
        }
    }
}
