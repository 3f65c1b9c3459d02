//! Whether the authentication is as strong as the client wants (OpenID Connect
//! Core §3.1.2.1 and §5.5.1.1, RFC 9470). That it is fresh enough is asked before,
//! and a fresh password begins without a second factor: so one counts only together
//! with a password that is fresh enough.

use super::{Facts, SessionFacts, Step};
use crate::oidc::authentication_context::Wanted;
use crate::oidc::prompt::Prompt;
use crate::oidc::{Error, ErrorCode};

/// The second factor that is owed; or a refusal, where one is essential and the person
/// has none.
pub(super) fn owed(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
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
        // Less will do, and nothing may be asked.
        Some(_) if content && facts.request.prompts(Prompt::None) => None,
        Some(factor) => Some(Step::SecondFactor(*factor)),
        None if content => None,
        None => Some(Step::Refuse(Error::new(
            ErrorCode::UnmetAuthenticationRequirements,
            "the person cannot authenticate as strongly as claims demands",
        ))),
    }
}
