//! What the service needs of this person and does not know yet (⑫⑬⑭). Asked
//! after everything that decides whether they go on at all, and before ⑮: the
//! order of the seed. Where much is missing it is asked for in groups, one after
//! the other; what was saved once in an interaction is not asked for again in it.

use std::collections::BTreeSet;

use super::{Facts, SessionFacts, Step, scope_consent};
use crate::oidc::required_claims::{self, ClaimGroup, RequiredClaim};

/// What ⑫ asks for now, and how far the person came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileRound {
    /// What the page is about: what is missing, and what is known and needed with it.
    pub claims: BTreeSet<RequiredClaim>,
    /// How many pages were saved.
    pub done: usize,
    /// How many are still to come, this one among them.
    pub left: usize,
}

/// The page owed.
pub(super) fn owed(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    let account = &session.account_id;
    if facts.progress.profile_completed.as_ref() == Some(account) {
        return Some(Step::ProfileComplete);
    }
    if !is_possible(facts) || missing(facts, session, &required(facts, session)).is_empty() {
        return None;
    }
    let is_filled_in = facts.progress.profile_filled_in.as_ref() == Some(account);
    Some(if is_filled_in {
        Step::ProfileConfirmation
    } else {
        Step::CompleteProfile
    })
}

/// What ⑫, ⑬ and ⑭ are about.
pub(super) fn round(facts: &Facts<'_>, session: &SessionFacts) -> ProfileRound {
    let required = required(facts, session);
    let missing = missing(facts, session, &required);
    let groups: BTreeSet<ClaimGroup> = missing.iter().map(|claim| claim.group()).collect();
    let saved = facts.progress.profile_saved_by(&session.account_id);
    let done = saved.map_or(0, |saved| saved.pages);
    // A person with little to tell sees on one page also what is known already.
    let is_all_at_once = done == 0 && groups.len() <= 1;
    let of_this_page =
        |claim: &RequiredClaim| is_all_at_once || groups.first() == Some(&claim.group());
    ProfileRound {
        claims: required.into_iter().filter(of_this_page).collect(),
        done,
        left: groups.len(),
    }
}

/// Whether anything can be owed at all.
fn is_possible(facts: &Facts<'_>) -> bool {
    required_claims::any(&facts.request.claims, facts.client)
}

/// What the client needs, known or not.
fn required(facts: &Facts<'_>, session: &SessionFacts) -> BTreeSet<RequiredClaim> {
    required_claims::of(&scope_consent::granted_claims(facts, session), facts.client)
}

/// What is not known. A claim that was saved here and is unknown all the same was
/// asked for once: it must not be asked for without end.
fn missing(
    facts: &Facts<'_>,
    session: &SessionFacts,
    required: &BTreeSet<RequiredClaim>,
) -> BTreeSet<RequiredClaim> {
    let saved = facts.progress.profile_saved_by(&session.account_id);
    required
        .difference(&session.known_claims)
        .filter(|claim| saved.is_none_or(|saved| !saved.claims.contains(claim)))
        .copied()
        .collect()
}
