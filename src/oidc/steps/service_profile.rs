//! Decides which claims the service requires that the user's profile lacks (⑫⑬⑭). They are
//! asked for after every step that decides whether the user continues at all, and before ⑮,
//! in the order of the seed. If many are missing, they are asked for in groups, one after
//! the other. A claim saved once in an interaction is not asked for again in it.

use std::collections::BTreeSet;

use super::{Facts, SessionFacts, Step, scope_consent};
use crate::oidc::required_claims::{self, ClaimGroup, RequiredClaim};

/// The claims that ⑫ asks for now, and the number of pages done and left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileRound {
    /// The claims on the page: the missing ones, and known ones that are required with
    /// them.
    pub claims: BTreeSet<RequiredClaim>,
    /// Number of pages already saved.
    pub done: usize,
    /// Number of pages still to come, including this one.
    pub left: usize,
}

/// Returns the page that the user must see next.
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

/// Returns which claims ⑫, ⑬ and ⑭ are about.
pub(super) fn round(facts: &Facts<'_>, session: &SessionFacts) -> ProfileRound {
    let required = required(facts, session);
    let missing = missing(facts, session, &required);
    let groups: BTreeSet<ClaimGroup> = missing.iter().map(|claim| claim.group()).collect();
    let saved = facts.progress.profile_saved_by(&session.account_id);
    let done = saved.map_or(0, |saved| saved.pages);
    // If only one group is missing, its page also shows the required claims that are known.
    let is_all_at_once = done == 0 && groups.len() <= 1;
    let of_this_page =
        |claim: &RequiredClaim| is_all_at_once || groups.first() == Some(&claim.group());
    ProfileRound {
        claims: required.into_iter().filter(of_this_page).collect(),
        done,
        left: groups.len(),
    }
}

/// Whether the client requires any claims at all.
fn is_possible(facts: &Facts<'_>) -> bool {
    required_claims::any(&facts.request.claims, facts.client)
}

/// Returns the claims that the client requires, whether known or not.
fn required(facts: &Facts<'_>, session: &SessionFacts) -> BTreeSet<RequiredClaim> {
    required_claims::of(&scope_consent::granted_claims(facts, session), facts.client)
}

/// Returns the required claims that are missing. A claim that was saved here but is still
/// unknown is left out, because it must not be asked for endlessly.
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
