//! Whether the session's person is the one meant, authenticated recently
//! enough, and bound by the terms in force.

use super::{Facts, LoginReason, SessionFacts, Step};
use crate::oidc::prompt::Prompt;

/// The client named another person (OpenID Connect Core §3.1.2.1, `id_token_hint`).
pub(super) fn other_person(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    let expected = facts.request.expects(&session.subject);
    (!expected).then_some(Step::Login(LoginReason::OtherPerson))
}

/// The client wants the person to authenticate again: `prompt=login`, or an
/// authentication older than `max_age`. Once in an interaction is enough, and
/// who has just registered has just proven themselves.
pub(super) fn reauthentication(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    let wanted = facts.request.prompts(Prompt::Login) || is_too_old(facts, session);
    (wanted && !is_fresh(facts, session)).then_some(Step::Login(LoginReason::Requested))
}

/// The client wants the account to be chosen. Typing a login ID, or making an
/// account, is a choice too.
pub(super) fn selection(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    let chosen = facts.progress.account_selected.as_ref() == Some(&session.account_id)
        || is_fresh(facts, session);
    (facts.request.prompts(Prompt::SelectAccount) && !chosen).then_some(Step::SelectAccount)
}

/// The terms changed since the person agreed to them. Until the new ones are in
/// force they are shown when the person logs in, and may be put off.
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
        // The same as prompt=login, even within the second.
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
