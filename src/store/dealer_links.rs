//! The links between accounts and dealers. A link and the two consents behind it are
//! written in one transaction, and only once for each notice that the user is asked to
//! agree to. `dealers::succession` moves links to a dealer's successor.

use super::columns::Columns;
use super::outbox::{self, NewMessage};
use super::security_events::record;
use super::{Store, Transaction, accounts, consents, service_use};
use crate::accounts::consent::Consent;
use crate::accounts::dealer::DealerLink;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};

/// Result of linking a dealer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linked {
    /// The link is new.
    New,
    /// The account was linked under an older notice; the link now refers to these consents.
    Renewed,
    /// The account was linked already, by this link. No consent was recorded.
    Already(Box<DealerLink>),
    /// The account is closed: nothing was written.
    Closed,
}

/// The dealer links.
#[derive(Clone, Copy, Debug)]
pub struct DealerLinks<'s>(&'s Store);

impl Store {
    /// The dealer links.
    #[must_use]
    pub const fn dealer_links(&self) -> DealerLinks<'_> {
        DealerLinks(self)
    }
}

const LINK: &str = "INSERT INTO dealer_links
    (account_id, dealer_code, linked_at, consent_to_toyota, consent_to_dealer, client_id,
        notice_version, customer_number, numbered_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (account_id, dealer_code) DO NOTHING";

const LINK_WITH: &str = "SELECT dealer_code, linked_at, consent_to_toyota, consent_to_dealer,
        client_id, notice_version, made_with, taken_over, customer_number, numbered_by
    FROM dealer_links WHERE account_id = $1 AND dealer_code = $2";

const RENEW: &str = "UPDATE dealer_links
    SET consent_to_toyota = $3, consent_to_dealer = $4, notice_version = $5, made_with = NULL,
        taken_over = $6
    WHERE account_id = $1 AND dealer_code = $2 AND consent_to_toyota = $7";

const OF: &str = "SELECT dealer_code, linked_at, consent_to_toyota, consent_to_dealer,
        client_id, notice_version, made_with, taken_over, customer_number, numbered_by
    FROM dealer_links WHERE account_id = $1 ORDER BY dealer_code";

const NAME_CUSTOMER: &str = "UPDATE dealer_links SET customer_number = $3, numbered_by = $4
    WHERE account_id = $1 AND dealer_code = $2 AND customer_number IS NULL";

const UNLINK: &str = "DELETE FROM dealer_links
    WHERE account_id = $1 AND dealer_code = $2 AND consent_to_toyota = $3 AND taken_over = $4";

impl DealerLinks<'_> {
    /// Links an account with a dealer of the directory. `consents` are the two that the
    /// link names; `events` notify the dealer's systems. A link under another version of
    /// the notice refers to these consents from now on.
    ///
    /// # Errors
    /// `Fault` if the directory has no such dealer, or if the database fails.
    pub async fn link(
        &self,
        account_id: &str,
        link: &DealerLink,
        consents: &[Consent; 2],
        events: &[NewMessage],
    ) -> Result<Linked, Fault> {
        let mut transaction = self.0.begin().await?;
        if !accounts::hold(&mut transaction, account_id).await? {
            return Ok(Linked::Closed);
        }
        let linked = match insert_or_find(&mut transaction, account_id, link).await? {
            None => Linked::New,
            Some(found) if renew(&mut transaction, account_id, &found, link).await? => {
                Linked::Renewed
            }
            Some(found) => return Ok(Linked::Already(Box::new(found))),
        };
        // A renewed link is not announced as a new one.
        if linked == Linked::New {
            let event = Event::new(EventKind::DealerLinked).of(account_id);
            record(&mut transaction, event.with("dealer", &link.dealer_code)).await?;
            outbox::insert_all(&mut transaction, events).await?;
        }
        consents::insert_all(self.0, &mut transaction, consents).await?;
        transaction.commit().await?;
        Ok(linked)
    }

    /// Returns the links of an account, by dealer code.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn of(&self, account_id: &str) -> Result<Vec<DealerLink>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(OF)
            .bind(account_id)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(dealer_link)
            .collect())
    }

    /// Stores the dealer's customer number, as `link` has it, on a stored link that has none,
    /// and queues `events` for the dealer's systems; returns whether it did. An existing
    /// number stays.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn name_customer(
        &self,
        account_id: &str,
        link: &DealerLink,
        events: &[NewMessage],
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let named = on!(&mut transaction, db => sqlx::query(NAME_CUSTOMER)
            .bind(account_id)
            .bind(&link.dealer_code)
            .bind(&link.customer_number)
            .bind(&link.numbered_by)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if named == 0 {
            return Ok(false);
        }
        outbox::insert_all(&mut transaction, events).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Deletes a link, records the withdrawal of its consents, and queues `events` for the
    /// dealer's systems. Returns `false` and does nothing if there is no such link or it
    /// has changed meanwhile.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn unlink(
        &self,
        account_id: &str,
        link: &DealerLink,
        withdrawn: &[Consent],
        events: &[NewMessage],
    ) -> Result<bool, Fault> {
        let [to_toyota, _] = &link.consent_ids;
        let taken_over = serde_json::to_string(&link.taken_over)?;
        let mut transaction = self.0.begin().await?;
        if !accounts::hold(&mut transaction, account_id).await? {
            return Ok(false);
        }
        let ended = on!(&mut transaction, db => sqlx::query(UNLINK)
            .bind(account_id)
            .bind(&link.dealer_code)
            .bind(to_toyota)
            .bind(&taken_over)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if ended == 0 {
            return Ok(false);
        }
        let event = Event::new(EventKind::DealerUnlinked).of(account_id);
        record(&mut transaction, event.with("dealer", &link.dealer_code)).await?;
        service_use::end_without_link(&mut transaction, account_id).await?;
        outbox::insert_all(&mut transaction, events).await?;
        consents::insert_all(self.0, &mut transaction, withdrawn).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Inserts the link, or returns the existing one.
async fn insert_or_find(
    transaction: &mut Transaction,
    account_id: &str,
    link: &DealerLink,
) -> Result<Option<DealerLink>, Fault> {
    let [to_toyota, to_dealer] = &link.consent_ids;
    on!(transaction, db => {
        let inserted = sqlx::query(LINK)
            .bind(account_id)
            .bind(&link.dealer_code)
            .bind(link.linked_at.0)
            .bind(to_toyota)
            .bind(to_dealer)
            .bind(&link.client_id)
            .bind(&link.notice_version)
            .bind(&link.customer_number)
            .bind(&link.numbered_by)
            .execute(&mut **db)
            .await?
            .rows_affected();
        if inserted > 0 {
            return Ok(None);
        }
        let row = sqlx::query(LINK_WITH)
            .bind(account_id)
            .bind(&link.dealer_code)
            .fetch_one(&mut **db)
            .await?;
        dealer_link(&row).map(Some)
    })
}

/// Changes the link to refer to the consents of `link`, if it was under another notice and
/// no other request did so first. Consents to a dealer that was succeeded stay with the
/// link.
async fn renew(
    transaction: &mut Transaction,
    account_id: &str,
    found: &DealerLink,
    link: &DealerLink,
) -> Result<bool, Fault> {
    if found.notice_version == link.notice_version {
        return Ok(false);
    }
    let mut taken_over = found.taken_over.clone();
    if found.made_with.is_some() {
        taken_over.extend(found.consent_ids.clone());
    }
    let taken_over = serde_json::to_string(&taken_over)?;
    let ([to_toyota, to_dealer], [before, _]) = (&link.consent_ids, &found.consent_ids);
    Ok(on!(transaction, db => sqlx::query(RENEW)
        .bind(account_id)
        .bind(&link.dealer_code)
        .bind(to_toyota)
        .bind(to_dealer)
        .bind(&link.notice_version)
        .bind(&taken_over)
        .bind(before)
        .execute(&mut **db)
        .await?
        .rows_affected())
        > 0)
}

pub(super) fn dealer_link(row: &impl Columns) -> Result<DealerLink, Fault> {
    Ok(DealerLink {
        dealer_code: row.text("dealer_code")?,
        linked_at: row.time("linked_at")?,
        consent_ids: [
            row.text("consent_to_toyota")?,
            row.text("consent_to_dealer")?,
        ],
        client_id: row.maybe_text("client_id")?,
        notice_version: row.text("notice_version")?,
        made_with: row.maybe_text("made_with")?,
        taken_over: row.json("taken_over")?,
        customer_number: row.maybe_text("customer_number")?,
        numbered_by: row.maybe_text("numbered_by")?,
    })
}
