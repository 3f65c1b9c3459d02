//! The dealers' own numbers for their customers, which a client may push with its request.
//! A number takes effect when that client redeems the code: only then did the request come
//! back to the browser that the client sent. A number that a link has is never changed.

use super::events;
use crate::accounts::dealer::DealerLink;
use crate::app::App;
use crate::brand::Brand;
use crate::fault::Fault;
use crate::oidc::code_record::CodeRecord;

/// Stores the numbers of a code that was redeemed, with their links, and tells the dealers.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn take_effect(app: &App, brand: &Brand, record: &CodeRecord) -> Result<(), Fault> {
    if record.customer_numbers.is_empty() {
        return Ok(());
    }
    let (account_id, client_id) = (&record.grant.account_id, &record.grant.client_id);
    let links = app.store.dealer_links().of(account_id).await?;
    for told in &record.customer_numbers {
        let without = links
            .iter()
            .find(|link| link.dealer_code == told.dealer_code && link.customer_number.is_none());
        let Some(link) = without else { continue };
        let numbered = DealerLink {
            customer_number: Some(told.number.clone()),
            numbered_by: Some(client_id.to_string()),
            ..link.clone()
        };
        let said = (&numbered, numbered.notice_version.as_str());
        let events = events::linked(app, brand, account_id, said).await?;
        let dealer_links = app.store.dealer_links();
        if dealer_links
            .name_customer(account_id, &numbered, &events)
            .await?
        {
            app.outbox.wake();
        }
    }
    Ok(())
}
