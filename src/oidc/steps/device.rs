//! Whether the person said that the device is theirs. Asked before anything else:
//! someone else may have sent them the code, and then nothing else is to be asked.

use super::{Facts, Step};

/// The question, until it is answered by whoever is logged in; a login that
/// follows the answer does not undo it, another person's does.
pub(super) fn owed(facts: &Facts<'_>) -> Option<Step> {
    facts.request.device.as_ref()?;
    let session = facts.session.map(|session| session.account_id.as_str());
    let confirmed = facts.progress.device_confirmed_by(session);
    (!confirmed).then_some(Step::ConfirmDevice)
}
