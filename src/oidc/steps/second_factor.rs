//! Whether the authentication is as strong as the client wants (OpenID Connect
//! Core §3.1.2.1 and §5.5.1.1, RFC 9470). That it is fresh enough is asked before,
//! and a fresh password begins without a code: so a code counts only together
//! with a password that is fresh enough.

use super::{Facts, SessionFacts, Step};
use crate::oidc::authentication_context::Wanted;
use crate::oidc::prompt::Prompt;
use crate::oidc::{Error, ErrorCode};

/// The code that is owed; or a refusal, where it is essential and cannot be had.
pub(super) fn owed(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    let wanted = Wanted::by(facts.request)?;
    let best = wanted.best()?;
    if session.context >= best {
        return None;
    }
    let cannot = !session.may_give_code
        || facts
            .progress
            .declined_second_factor_by(&session.account_id);
    let content = wanted.is_content_with(session.context);
    match (content, cannot) {
        (true, true) => None,
        // Less will do, and nothing may be asked.
        (true, false) if facts.request.prompts(Prompt::None) => None,
        (_, false) => Some(Step::SecondFactor),
        (false, true) => Some(Step::Refuse(Error::new(
            ErrorCode::UnmetAuthenticationRequirements,
            "the person cannot authenticate as strongly as claims demands",
        ))),
    }
}
