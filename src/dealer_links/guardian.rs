//! Ends the dealer links of a person who turns out to be too young to consent to them
//! alone: the consents are recorded as withdrawn for that reason, and the dealers are told.

use super::events;
use super::withdrawal;
use crate::accounts::account::Account;
use crate::accounts::consent::{ConsentContext, WithdrawalReason};
use crate::accounts::guardian;
use crate::app::App;
use crate::brand::Brand;
use crate::fault::Fault;
use crate::oidc::security_event::UnlinkReason;

/// How often the links are read again when one changes meanwhile.
const ATTEMPTS: usize = 3;

/// Whether this person needs a parent or guardian to link a dealer.
#[must_use]
pub fn is_needed(app: &App, account: &Account) -> bool {
    let below = app.config.dealer_links.guardian_below;
    guardian::is_needed(&account.profile, below, app.clock.now())
}

/// Ends every dealer link of `account` if its person needs a guardian; returns the codes of
/// the dealers whose links ended.
///
/// # Errors
/// `Fault` if the database is unreachable, or a link keeps changing.
pub async fn end_links(
    app: &App,
    brand: &Brand,
    account: &Account,
    context: &ConsentContext,
) -> Result<Vec<String>, Fault> {
    let mut ended = Vec::new();
    if !is_needed(app, account) {
        return Ok(ended);
    }
    for _ in 0..ATTEMPTS {
        let links = app.store.dealer_links().of(&account.id).await?;
        if links.is_empty() {
            return Ok(ended);
        }
        let records = app.store.consents().of(&account.id).await?;
        for link in links {
            let reason = Some(WithdrawalReason::GuardianNeeded);
            let stands_on = (&link, records.as_slice());
            let mut withdrawn = withdrawal::withdrawals(app, account, stands_on, context)?;
            for consent in &mut withdrawn {
                consent.record.reason = reason;
            }
            let end = (&link, UnlinkReason::ConsentVoid);
            let events = events::unlinked(app, brand, &account.id, end).await?;
            let links = app.store.dealer_links();
            if links
                .unlink(&account.id, &link, &withdrawn, &events)
                .await?
            {
                app.outbox.wake();
                ended.push(link.dealer_code);
            }
        }
    }
    if app.store.dealer_links().of(&account.id).await?.is_empty() {
        Ok(ended)
    } else {
        Err(Fault::because(
            "a dealer link kept changing while it was ended",
        ))
    }
}
