//! ⑪ by passkey, chosen where the browser completes the login ID. It proves who
//! someone is as the password does, and a second factor besides. Nothing can be
//! guessed at here; what fails in masses is held up for its cost alone, and shuts
//! nobody's account.

use super::{Refused, no_sooner_than};
use crate::accounts::account::Account;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::interaction::visit::Visit;
use crate::screens::form::Form;
use crate::sessions::passkeys::{Answer, Ceremony};

/// Whom the passkey lets in. Whatever is wrong is refused in one way.
pub(super) async fn authenticate(
    visit: &Visit,
    form: &Form,
) -> Result<Result<Account, Refused>, Fault> {
    let (ephemeral, limits) = (&visit.app.ephemeral, &visit.app.config.login);
    let place = format!("passkey-from:{}", visit.address.counted_as());
    let failed = Key::Rate(&place);
    if ephemeral.peek_count(failed).await? >= limits.wrong_per_ip {
        return Ok(Err(Refused::TooMany(limits.window)));
    }
    let floor = no_sooner_than(limits.wrong_answer_after);
    let answer = Answer {
        challenge: form.get("passkey_challenge"),
        credential: form.get("passkey"),
    };
    match visit.asking(Ceremony::LogIn).log_in(answer).await? {
        Ok(account) => Ok(Ok(account)),
        Err(why) => {
            ephemeral.count(failed, limits.window).await?;
            floor.await;
            Ok(Err(Refused::Passkey(why)))
        }
    }
}
