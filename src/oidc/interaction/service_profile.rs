//! What the service needs of this person and does not know yet (⑫⑬⑭). Asked
//! after everything that decides whether they go on at all, and before ⑮: the
//! order of the seed.

use std::collections::BTreeSet;

use super::{Facts, SessionFacts, Step, scope_consent};
use crate::oidc::required_claims::{self, RequiredClaim};

/// The page owed.
pub(super) fn owed(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    let account = &session.account_id;
    if facts.progress.profile_completed.as_ref() == Some(account) {
        return Some(Step::ProfileComplete);
    }
    if missing(facts, session).is_empty() {
        return None;
    }
    let is_filled_in = facts.progress.profile_filled_in.as_ref() == Some(account);
    Some(match is_filled_in {
        true => Step::ProfileConfirmation,
        false => Step::CompleteProfile,
    })
}

/// What the client needs, known or not.
pub(super) fn required(facts: &Facts<'_>, session: &SessionFacts) -> BTreeSet<RequiredClaim> {
    required_claims::of(&scope_consent::granted_claims(facts, session), facts.client)
}

fn missing(facts: &Facts<'_>, session: &SessionFacts) -> Vec<RequiredClaim> {
    let required = required(facts, session);
    required
        .difference(&session.known_claims)
        .copied()
        .collect()
}
