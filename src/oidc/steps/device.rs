//! Whether the person said that the device is theirs. Asked before anything else:
//! someone else may have sent them the code, and then nothing else is to be asked.

use super::{Facts, Step};
use crate::oidc::authorization_request::Requester;

/// The question, until it is answered by whoever is logged in; a login that
/// follows the answer does not undo it, another person's does.
pub(super) fn owed(facts: &Facts<'_>) -> Option<Step> {
    let Requester::Device(_) = facts.request.requester else {
        return None;
    };
    let session = facts.session.map(|session| session.account_id.as_str());
    let confirmed = facts.progress.device_confirmed_by(session);
    (!confirmed).then_some(Step::ConfirmDevice)
}
