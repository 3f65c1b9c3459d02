//! Consent to what another company's client may see. Clients of ours are
//! covered by the terms. Remembered until withdrawn, or `prompt=consent`.

use super::{Facts, SessionFacts, Step};
use crate::oidc::authorization_request::ClaimsRequest;
use crate::oidc::claims;
use crate::oidc::client::Party;
use crate::oidc::prompt::Prompt;
use crate::oidc::scope::Scope;

/// Stands in a consent for "which dealers are linked", which a client asks by
/// `authorization_details` and not by a scope of its own.
pub const DEALERS: &str = "dealer_link";

/// The consent owed, with everything it must name.
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

/// The scope the client gets: what it asked, within what the person granted.
pub(super) fn granted(facts: &Facts<'_>, session: &SessionFacts) -> Scope {
    within_consent(facts, session, &facts.request.scope)
}

/// The single claims the client gets, within what the person granted.
pub(super) fn granted_claims(facts: &Facts<'_>, session: &SessionFacts) -> ClaimsRequest {
    let consented = within_consent(facts, session, &everything_asked(facts));
    facts
        .request
        .claims
        .clone()
        .only(|claim| claims::within(claim, &consented))
}

/// Whether the person granted the client to know of dealers.
pub(super) fn covers_dealers(facts: &Facts<'_>, session: &SessionFacts) -> bool {
    within_consent(facts, session, &everything_asked(facts)).contains(DEALERS)
}

fn within_consent(facts: &Facts<'_>, session: &SessionFacts, asked: &Scope) -> Scope {
    match facts.progress.consented_by(&session.account_id) {
        Some(consented) if facts.client.party == Party::Third => {
            // `openid` shows nothing of the person but that they are who they are.
            let consented = consented.union(&Scope::of(["openid"]));
            asked.intersection(&consented)
        }
        _ => asked.clone(),
    }
}

/// The scopes asked, those that cover single claims asked, and dealers.
fn everything_asked(facts: &Facts<'_>) -> Scope {
    let for_claims = facts.request.claims.names().filter_map(claims::scope_of);
    let dealers = (!facts.request.authorization_details.is_empty()).then_some(DEALERS);
    facts
        .request
        .scope
        .union(&Scope::of(for_claims.chain(dealers)))
}
