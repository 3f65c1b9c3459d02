//! 退会: what ends with an account, the records of its withdrawn consents, and whoever is
//! told.

use super::Changing;
use crate::accounts::account::MAY_COME_BACK;
use crate::accounts::consent::{self, Consent, ConsentAction, ConsentContext, ConsentKind};
use crate::accounts::email_address::EmailAddress;
use crate::dealer_links::{events, withdrawal};
use crate::fault::Fault;
use crate::mail::message::Message;
use crate::oidc::security_event::UnlinkReason;
use crate::sessions::clients::farewells;
use crate::sessions::end_link;
use crate::store::accounts::closing::Closing;
use crate::store::session_clients::Farewell;

/// How often the account is read again if its links or grants change at the same moment.
const ATTEMPTS: usize = 3;

/// Closes the account, in the circumstances `context` of its owner's wish. Does nothing if
/// it is closed already, or if a wish that waited was cancelled meanwhile.
///
/// # Errors
/// `Fault` if the database is unreachable or sealing fails, or if the account keeps
/// changing.
pub async fn close(changing: &Changing<'_>, context: &ConsentContext) -> Result<(), Fault> {
    for _ in 0..ATTEMPTS {
        if attempt(changing, context).await? {
            changing.app.outbox.wake();
            return Ok(());
        }
        // Another tab closed it, or another node carried out the change that waited.
        let accounts = changing.app.store.accounts();
        if accounts.credentials(&changing.account.id).await?.is_none() {
            return Ok(());
        }
        if !still_waits(changing).await? {
            return Ok(());
        }
    }
    Err(Fault::because(
        "an account kept changing while it was closed",
    ))
}

/// Whether the change that is carried out was not cancelled meanwhile.
async fn still_waits(changing: &Changing<'_>) -> Result<bool, Fault> {
    let Some(id) = changing.waited else {
        return Ok(true);
    };
    let changes = changing.app.store.pending_changes();
    let waiting = changes.of(&changing.account.id).await?;
    Ok(waiting.iter().any(|one| one.id == id))
}

async fn attempt(changing: &Changing<'_>, context: &ConsentContext) -> Result<bool, Fault> {
    let (app, account) = (changing.app, changing.account);
    let links = app.store.dealer_links().of(&account.id).await?;
    let grants = app.store.consents().grants_of(&account.id).await?;
    let records = app.store.consents().of(&account.id).await?;
    let given = |consent: &&Consent| consent.action == ConsentAction::Given;
    let mut withdrawals = Vec::new();
    for link in &links {
        let of_link = (link, records.as_slice());
        withdrawals.extend(withdrawal::withdrawals(app, account, of_link, context)?);
    }
    for grant in &grants {
        let to_client = |consent: &&Consent| {
            consent.kind == ConsentKind::Scope && consent.target == grant.client_id.0
        };
        let granted = records.iter().filter(given).rfind(to_client);
        withdrawals.extend(
            granted.map(|consent| consent::withdrawal(consent, account, context, app.random.id())),
        );
    }
    let mut messages = Vec::new();
    if let Ok(to) = EmailAddress::read(&account.email) {
        let goodbye = Message::Goodbye { to: &to };
        messages.push(end_link::write(app, changing.brand, account, &goodbye)?);
    }
    for link in &links {
        let ended = (link, UnlinkReason::AccountClosed);
        messages.extend(events::unlinked(app, changing.brand, &account.id, ended).await?);
    }
    let now = app.clock.now();
    let farewells = farewells(app);
    let closing = Closing {
        account_id: &account.id,
        dealer_links: links.len() as u64,
        scope_grants: grants.len() as u64,
        withdrawals: &withdrawals,
        revoked_until: now.after(app.config.tokens.access_token_lifetime),
        erase_at: now.after(MAY_COME_BACK),
        farewell: Farewell(&farewells),
    };
    changing.accounts().close(&closing, &messages, now).await
}
