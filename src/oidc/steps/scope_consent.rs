//! Decides whether the user must consent to the access of a third-party client, and limits
//! what is granted to that consent. Our own clients are covered by the terms. A consent is
//! remembered until it is withdrawn or the client sends `prompt=consent`.

use super::{Facts, SessionFacts, Step};
use crate::oidc::authorization_request::ClaimsRequest;
use crate::oidc::claims;
use crate::oidc::client::Party;
use crate::oidc::prompt::Prompt;
use crate::oidc::scope::Scope;

/// Value that stands for "which dealers are linked" in a consent. A client requests this
/// with `authorization_details`, not with a scope.
pub const DEALERS: &str = "dealer_link";

/// Requires consent, and names every scope it must cover.
pub(super) fn owed(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    if facts.client.party == Party::First
        || facts.progress.consented_by(&session.account_id).is_some()
    {
        return None;
    }
    let asked = everything_asked(facts);
    let remembered = session
        .granted_scope
        .as_ref()
        .is_some_and(|granted| granted.covers(&asked));
    let ask_anyway = facts.request.prompts(Prompt::Consent);
    (ask_anyway || !remembered).then_some(Step::Consent(asked))
}

/// Returns the scope for the client: the requested scope, limited to what the user granted.
pub(super) fn granted(facts: &Facts<'_>, session: &SessionFacts) -> Scope {
    within_consent(facts, session, &facts.request.scope)
}

/// Returns the individual claims for the client, limited to what the user granted.
pub(super) fn granted_claims(facts: &Facts<'_>, session: &SessionFacts) -> ClaimsRequest {
    let consented = within_consent(facts, session, &everything_asked(facts));
    facts
        .request
        .claims
        .clone()
        .only(|claim| claims::within(claim, &consented))
}

/// Whether the user's consent lets the client learn of the linked dealers.
pub(super) fn covers_dealers(facts: &Facts<'_>, session: &SessionFacts) -> bool {
    within_consent(facts, session, &everything_asked(facts)).contains(DEALERS)
}

fn within_consent(facts: &Facts<'_>, session: &SessionFacts, asked: &Scope) -> Scope {
    match facts.progress.consented_by(&session.account_id) {
        Some(consented) if facts.client.party == Party::Third => {
            // `openid` discloses nothing but the user's `sub`, so it needs no consent of
            // its own.
            let consented = consented.union(&Scope::of(["openid"]));
            asked.intersection(&consented)
        }
        _ => asked.clone(),
    }
}

/// Returns the requested scopes, the scopes that cover the requested claims, and `DEALERS`.
fn everything_asked(facts: &Facts<'_>) -> Scope {
    let for_claims = facts.request.claims.names().filter_map(claims::scope_of);
    let dealers = (!facts.request.authorization_details.is_empty()).then_some(DEALERS);
    facts
        .request
        .scope
        .union(&Scope::of(for_claims.chain(dealers)))
}
