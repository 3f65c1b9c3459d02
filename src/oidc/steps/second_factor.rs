//! Checks that the authentication is as strong as the client requires (OpenID Connect Core
//! §3.1.2.1 and §5.5.1.1, RFC 9470). `account` checks first that it is recent enough. A new
//! login with the password starts without a second factor, so a second factor counts only
//! together with a password that is recent enough.

use super::{Facts, SessionFacts, Step};
use crate::oidc::authentication_context::Wanted;
use crate::oidc::prompt::Prompt;
use crate::oidc::{Error, ErrorCode};

/// Requires a second factor, or refuses if one is essential and the user has none.
pub(super) fn owed(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    if let Some(factor) = session
        .second_factors
        .first()
        .filter(|_| session.owes_second_step)
    {
        // The user asked for it, so nobody who has only the password may decline it.
        return Some(Step::SecondFactor(*factor));
    }
    let wanted = Wanted::by(facts.request)?;
    let best = wanted.best()?;
    if session.context >= best {
        return None;
    }
    let content = wanted.is_content_with(session.context);
    let mut attaining = best.second_factors().iter();
    let available = attaining.find(|factor| session.second_factors.contains(factor));
    let declined = facts
        .progress
        .declined_second_factor_by(&session.account_id);
    match available.filter(|_| !declined) {
        // The client accepts less, and no page may be shown.
        Some(_) if content && facts.request.prompts(Prompt::None) => None,
        Some(factor) => Some(Step::SecondFactor(*factor)),
        None if content => None,
        None => Some(Step::Refuse(Error::new(
            ErrorCode::UnmetAuthenticationRequirements,
            "the person cannot authenticate as strongly as claims demands",
        ))),
    }
}
