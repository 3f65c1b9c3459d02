//! ⑪ by passkey, which the person chooses in the browser's completion of the login ID. It
//! replaces the password and the second factor. Nothing can be guessed here; many failures
//! are slowed down only because they cost work, and lock no account.

use super::{Refused, no_sooner_than};
use crate::accounts::account::Account;
use crate::fault::Fault;
use crate::interaction::visit::Visit;
use crate::screens::form::Form;
use crate::security_events::Reason;
use crate::sessions::passkeys::{Answer, Ceremony};

/// Returns the account of the passkey. Every failure is refused in the same way.
pub(super) async fn authenticate(
    visit: &Visit,
    form: &Form,
) -> Result<Result<Account, Refused>, Fault> {
    let (ephemeral, limits) = (&visit.app.ephemeral, &visit.app.config.login);
    let (window, most) = (limits.window, limits.wrong_per_ip);
    let failed = visit.address.limits("passkey-from", window, most);
    if !ephemeral.count_within(&failed).await? {
        return Ok(Err(Refused::TooMany(limits.window)));
    }
    let floor = no_sooner_than(limits.wrong_answer_after);
    let answer = Answer {
        challenge: form.get("passkey_challenge"),
        credential: form.get("passkey"),
    };
    match visit.asking(Ceremony::LogIn).log_in(answer).await? {
        Ok(account) => {
            ephemeral.take_back(&failed).await?;
            Ok(Ok(account))
        }
        Err(why) => {
            super::note_failure(None, Reason::WrongPasskey);
            floor.await;
            Ok(Err(Refused::Passkey(why)))
        }
    }
}
