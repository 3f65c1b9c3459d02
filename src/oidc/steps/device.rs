//! Checks that the user confirmed that the device is theirs. This comes before every other
//! step: someone else may have sent them the code, and then nothing else may be asked.

use super::{Facts, Step};
use crate::oidc::authorization_request::Requester;

/// Requires the confirmation until the user has given it. If the user confirms first and
/// then logs in, the confirmation stays valid; if another account logs in, it does not.
pub(super) fn owed(facts: &Facts<'_>) -> Option<Step> {
    let Requester::Device(_) = facts.request.requester else {
        return None;
    };
    let session = facts.session.map(|session| session.account_id.as_str());
    let confirmed = facts.progress.device_confirmed_by(session);
    (!confirmed).then_some(Step::ConfirmDevice)
}
