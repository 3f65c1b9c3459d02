//! How strongly a user authenticated: the supported `acr` values (OpenID Connect Core §2),
//! each an absolute URI as the specification requires. Decides which of them a request asks
//! for, and which one the client is told.

use super::authorization_request::{AuthorizationRequest, ClaimRequest};
use crate::accounts::second_factor::SecondFactor;

crate::wire_words! {
    /// A value of `acr`, from weakest to strongest.
    pub enum AuthenticationContext {
        /// A password over TLS (SAML 2.0 Authentication Context §3.4.4, the usual name for
        /// it).
        OneFactor = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        /// A password and a second factor, or a passkey with user verification, which is
        /// two factors as well. (The URI was chosen when a code was the only second
        /// factor.)
        TwoFactors = "https://id.toyota.jp/acr/password-and-code",
    }
}

impl AuthenticationContext {
    /// Returns the second factors that reach this context after a password, each by itself.
    /// The list is empty if the password is enough.
    #[must_use]
    pub const fn second_factors(self) -> &'static [SecondFactor] {
        match self {
            Self::OneFactor => &[],
            Self::TwoFactors => SecondFactor::ALL,
        }
    }
}

/// The authentication that a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The requested values that are supported, in order of preference; never empty.
    pub contexts: Vec<AuthenticationContext>,
    /// Whether another value is unacceptable.
    pub necessity: Necessity,
}

/// Whether a requested context must be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Necessity {
    /// OpenID Connect Core §3.1.2.1: `acr_values` requests a voluntary claim.
    Voluntary,
    /// §5.5.1.1: the authentication fails if an essential `acr` is not reached.
    Essential,
}

impl Wanted {
    /// Returns what a request asks for in `claims`, or else in `acr_values`; `None` if it
    /// names no supported value.
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

    /// Returns the value to aim for.
    #[must_use]
    pub fn best(&self) -> Option<AuthenticationContext> {
        self.contexts.first().copied()
    }

    /// Whether the client accepts the context reached if no stronger one is possible.
    #[must_use]
    pub fn is_content_with(&self, attained: AuthenticationContext) -> bool {
        self.necessity == Necessity::Voluntary
            || self.contexts.iter().any(|context| *context <= attained)
    }

    /// Returns the `acr` that the client is told for the context reached. If more was
    /// reached than it asked for, that is a value it asked for (§5.5.1.1 requires one of
    /// those).
    #[must_use]
    pub fn told(wanted: Option<&Self>, attained: AuthenticationContext) -> AuthenticationContext {
        let mut asked = wanted.into_iter().flat_map(|wanted| &wanted.contexts);
        asked
            .find(|context| **context <= attained)
            .copied()
            .unwrap_or(attained)
    }
}

/// Returns the values of an `acr` claim, in order of preference.
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
