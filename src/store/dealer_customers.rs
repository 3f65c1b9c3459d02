//! The users who linked a dealer, as that dealer's own system may see them. A page takes
//! one query, however many services its customers use.

use super::columns::Columns;
use super::{Store, storable};
use crate::accounts::day::Day;
use crate::accounts::service_use::ServiceUse;
use crate::clock::Timestamp;
use crate::fault::Fault;

/// A user who linked the dealer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DealerCustomer {
    /// The account id; dealers never see it.
    pub account_id: String,
    /// Time of the link.
    pub linked_at: Timestamp,
    /// Version of the dealer notice that the user consented to.
    pub notice_version: String,
    /// The client through which the user linked the dealer.
    pub client_id: Option<String>,
    /// The dealer's own number for this customer.
    pub customer_number: Option<String>,
    /// The services used since the link, by client.
    pub services: Vec<ServiceUse>,
}

impl DealerCustomer {
    /// Returns the customer's position in the list, for the next page.
    #[must_use]
    pub fn place(&self) -> (Timestamp, String) {
        (self.linked_at, self.account_id.clone())
    }
}

/// The customers of dealers.
#[derive(Clone, Copy, Debug)]
pub struct DealerCustomers<'s>(&'s Store);

impl Store {
    /// The customers of dealers.
    #[must_use]
    pub const fn dealer_customers(&self) -> DealerCustomers<'_> {
        DealerCustomers(self)
    }
}

const PAGE: &str = "WITH page AS (
        SELECT account_id, linked_at, consent_to_dealer, client_id, customer_number
        FROM dealer_links WHERE dealer_code = $1 AND (linked_at, account_id) > ($2, $3)
        ORDER BY linked_at, account_id LIMIT $4)
    SELECT page.account_id, page.linked_at, page.client_id, page.customer_number,
        consents.wording_version, service_use.client_id AS used, service_use.first_used_on,
        service_use.last_used_on
    FROM page JOIN consents ON consents.id = page.consent_to_dealer
        LEFT JOIN service_use ON service_use.account_id = page.account_id
    ORDER BY page.linked_at, page.account_id, service_use.client_id";

impl DealerCustomers<'_> {
    /// Returns up to `limit` users who linked the dealer, earliest link first: those after
    /// `place`, or from the beginning.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn page(
        &self,
        dealer_code: &str,
        place: Option<&(Timestamp, String)>,
        limit: u32,
    ) -> Result<Vec<DealerCustomer>, Fault> {
        let (at, id) = place.map_or((i64::MIN, ""), |(at, id)| (at.0, id));
        if !storable(id) {
            return Ok(Vec::new());
        }
        on!(&mut self.0.reader().await?, db => gathered(&sqlx::query(PAGE)
            .bind(dealer_code)
            .bind(at)
            .bind(id)
            .bind(i64::from(limit))
            .fetch_all(&mut **db)
            .await?))
    }
}

/// Merges the rows, one per service, into one customer each.
fn gathered(rows: &[impl Columns]) -> Result<Vec<DealerCustomer>, Fault> {
    let mut customers: Vec<DealerCustomer> = Vec::new();
    for row in rows {
        let account_id = row.text("account_id")?;
        if customers
            .last()
            .is_none_or(|last| last.account_id != account_id)
        {
            customers.push(DealerCustomer {
                account_id,
                linked_at: row.time("linked_at")?,
                notice_version: row.text("wording_version")?,
                client_id: row.maybe_text("client_id")?,
                customer_number: row.maybe_text("customer_number")?,
                services: Vec::new(),
            });
        }
        if let (Some(customer), Some(used)) = (customers.last_mut(), service_use(row)?) {
            let since = Day::of(customer.linked_at);
            customer.services.extend(used.since(since));
        }
    }
    Ok(customers)
}

fn service_use(row: &impl Columns) -> Result<Option<ServiceUse>, Fault> {
    let Some(client_id) = row.maybe_text("used")? else {
        return Ok(None);
    };
    Ok(Some(ServiceUse {
        client_id,
        first_used_on: Day(row.number("first_used_on")?),
        last_used_on: Day(row.number("last_used_on")?),
    }))
}
