//! Checks that the session belongs to the expected user, that the authentication is recent
//! enough, and that the user has agreed to the terms.

use super::{Facts, LoginReason, SessionFacts, Step};
use crate::oidc::prompt::Prompt;

/// Requires a login if the client named another user (OpenID Connect Core §3.1.2.1,
/// `id_token_hint`).
pub(super) fn other_person(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    let expected = facts.request.expects(&session.subject);
    (!expected).then_some(Step::Login(LoginReason::OtherPerson))
}

/// Requires authentication again for `prompt=login`, or if the authentication is older than
/// `max_age`. Once per interaction is enough, and a registration counts as authentication.
pub(super) fn reauthentication(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    let wanted = facts.request.prompts(Prompt::Login) || is_too_old(facts, session);
    (wanted && !is_fresh(facts, session)).then_some(Step::Login(LoginReason::Requested))
}

/// Requires a choice of account for `prompt=select_account`. Logging in or registering in
/// this interaction counts as a choice.
pub(super) fn selection(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    let chosen = facts.progress.account_selected.as_ref() == Some(&session.account_id)
        || is_fresh(facts, session);
    (facts.request.prompts(Prompt::SelectAccount) && !chosen).then_some(Step::SelectAccount)
}

/// Requires agreement to the newest terms if the user has not agreed to them. Until they
/// are in force, they are shown only when the user logs in, and may be postponed.
pub(super) fn terms(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    let account = &session.account_id;
    let agreed = session.terms_version.as_deref() == Some(facts.terms_version);
    let put_off = super::terms_may_wait_until(facts).is_some()
        && (facts.request.prompts(Prompt::None)
            || facts.progress.terms_postponed_by(account)
            || !facts
                .progress
                .authenticated_since(account, facts.started_at));
    (!agreed && !put_off).then_some(Step::Terms)
}

fn is_too_old(facts: &Facts<'_>, session: &SessionFacts) -> bool {
    match facts.request.max_age {
        None => false,
        // This means the same as `prompt=login`, even within the second of the
        // authentication.
        Some(0) => true,
        Some(max_age) => facts.now.since(session.auth_time).as_secs() > max_age,
    }
}

fn is_fresh(facts: &Facts<'_>, session: &SessionFacts) -> bool {
    let account = &session.account_id;
    facts.progress.has_registered(account)
        || facts
            .progress
            .authenticated_since(account, facts.started_at)
}
