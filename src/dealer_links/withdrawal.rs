//! The consent records that end a dealer link, and the fingerprints that go into consent
//! records.

use crate::accounts::account::Account;
use crate::accounts::consent::{self, Consent, ConsentAction, ConsentContext};
use crate::accounts::dealer::DealerLink;
use crate::app::App;
use crate::fault::Fault;
use crate::seal::Purpose;
use crate::sha256::hex;

/// The keyed hash of an attribute of the browser, hex; `what` names the attribute.
#[must_use]
pub fn fingerprint(app: &App, what: &str, text: &str) -> String {
    let mac = app
        .sealer
        .mac(Purpose::Fingerprint, &[what.as_bytes(), text.as_bytes()]);
    hex(&mac)
}

/// Makes the withdrawals of all consents that a link is based on, found among the account's
/// records.
///
/// # Errors
/// `Fault` if one of the consents is missing.
pub fn withdrawals(
    app: &App,
    account: &Account,
    (link, records): (&DealerLink, &[Consent]),
    context: &ConsentContext,
) -> Result<Vec<Consent>, Fault> {
    let dealer = app.dealers.present(&link.dealer_code);
    let dealer = dealer.ok_or_else(|| Fault::because("a linked dealer has no entry"))?;
    let withdrawn: Vec<Consent> = records
        .iter()
        .filter(|record| record.action == ConsentAction::Given && link.stands_on(&record.id))
        .map(|given| consent::unlinking(given, &dealer, account, context, app.random.id()))
        .collect();
    if withdrawn.len() == link.consent_ids.len() + link.taken_over.len() {
        Ok(withdrawn)
    } else {
        Err(Fault::because("a dealer link lacks its consents"))
    }
}
