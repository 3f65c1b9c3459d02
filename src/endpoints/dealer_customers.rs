//! The customers who linked a dealer, for that dealer's own system and by its own access
//! token (RFC 6749 §4.4): identified by pairwise `sub`, with what the notice lets Toyota
//! tell the dealer and nothing else. No name, no address, no e-mail address.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use url::form_urlencoded;

use crate::accounts::service_use::ServiceUse;
use crate::app::{App, SharedApp};
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::http::presented_token::PresentedToken;
use crate::http::refusal::ProtocolRefusal;
use crate::http::request_brand::RequestBrand;
use crate::oidc::client::{Client, ClientId};
use crate::oidc::rule;
use crate::oidc::scope::DEALER_CUSTOMERS;
use crate::oidc::token_type::TokenType;
use crate::oidc::{Error, ErrorCode};
use crate::seal::Purpose;
use crate::store::clients::StoredClient;
use crate::store::dealer_customers::DealerCustomer;
use crate::tokens::access_token;

/// The maximum, and the default, number of customers on one page.
const MOST: u32 = 100;

/// Separates time and account in a cursor; neither contains it.
const SEPARATOR: char = '\n';

/// The response.
#[derive(Debug, Serialize)]
struct CustomerList {
    dealer_code: String,
    customers: Vec<Customer>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A person who linked the dealer.
#[derive(Debug, Serialize)]
struct Customer {
    sub: String,
    linked_at: Timestamp,
    notice_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_number: Option<String>,
    services: Vec<UsedService>,
}

/// A service that the person uses through the common ID.
#[derive(Debug, Serialize)]
struct UsedService {
    client_id: String,
    client_name: String,
    first_used_on: String,
    last_used_on: String,
}

/// `GET /dealer/customers`
///
/// # Errors
/// A challenge for a token (RFC 6750 §3). `invalid_request` for a cursor that was not made
/// for this client, or a limit that is not a number.
pub async fn get(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ProtocolRefusal> {
    let presented = PresentedToken::of(&headers, None, TokenType::ALL)?;
    let (stored, code) = dealers_own(&app, &brand, presented).await?;
    let client = &stored.client;
    let wanted = Wanted::read(&app, client, query.as_deref().unwrap_or_default())?;
    // One more than asked for tells whether there is a next page.
    let mut found = app
        .store
        .dealer_customers()
        .page(&code, wanted.after.as_ref(), wanted.limit + 1)
        .await?;
    let limit = usize::try_from(wanted.limit).map_err(Fault::because)?;
    let is_more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = match found.last() {
        Some(last) if is_more => Some(seal_cursor(&app, client, last)?),
        _ => None,
    };
    let names = names_of(&app, &found).await?;
    let customers = found
        .into_iter()
        .map(|customer| told(&app, client, customer, &names));
    let list = CustomerList {
        customers: customers.collect(),
        dealer_code: code,
        next_cursor,
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(list)).into_response())
}

/// The client whose own token this is, and the dealer that it represents now.
async fn dealers_own(
    app: &App,
    brand: &Brand,
    presented: PresentedToken<'_>,
) -> Result<(Arc<StoredClient>, String), ProtocolRefusal> {
    let token = access_token::read_presented(app, brand, presented)?;
    // A token of a person never lists other people, whatever its scope.
    if token.account_id.is_some() || !token.scope.contains(DEALER_CUSTOMERS) {
        return Err(presented.refused(Error::new(
            ErrorCode::InsufficientScope,
            "the access token is not a dealer's own with the scope dealer.customers",
        )));
    }
    let revocations = [token.grant_id.as_str(), token.revocation_id.as_str()];
    if app.store.grants().is_revoked(revocations).await? {
        return Err(presented.invalid(rule::TOKEN_STANDS));
    }
    let id = ClientId(token.text("client_id").unwrap_or_default().to_owned());
    let client = app.clients.get(&app.store, &id).await?;
    client
        .filter(|stored| stored.client.scope.contains(DEALER_CUSTOMERS))
        .and_then(|stored| {
            let code = stored.client.dealer_code.clone()?;
            Some((stored, code))
        })
        .ok_or_else(|| presented.invalid(rule::TOKEN_STANDS))
}

/// The part of the list that is asked for.
struct Wanted {
    limit: u32,
    after: Option<(Timestamp, String)>,
}

impl Wanted {
    fn read(app: &App, client: &Client, query: &str) -> Result<Self, Error> {
        let value = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(given, _)| given == name)
                .map(|(_, value)| value.into_owned())
        };
        let limit = match value("limit").map(|limit| limit.parse()) {
            None => MOST,
            Some(Ok(limit)) if limit > 0 => MOST.min(limit),
            Some(_) => return Err(Error::invalid_request("limit is not a number above 0")),
        };
        let after = match value("cursor") {
            None => None,
            Some(cursor) => Some(open_cursor(app, client, &cursor).ok_or_else(|| {
                Error::invalid_request("cursor is not one that this client was given")
            })?),
        };
        Ok(Self { limit, after })
    }
}

/// Seals a cursor for this client, since it contains the account.
fn seal_cursor(app: &App, client: &Client, last: &DealerCustomer) -> Result<String, Fault> {
    let (at, account_id) = last.place();
    app.sealer.seal(
        Purpose::DealerCursor,
        client.client_id.0.as_bytes(),
        format!("{at}{SEPARATOR}{account_id}").as_bytes(),
        &app.random,
    )
}

fn open_cursor(app: &App, client: &Client, cursor: &str) -> Option<(Timestamp, String)> {
    let context = client.client_id.0.as_bytes();
    let plain = app.sealer.open(Purpose::DealerCursor, context, cursor)?;
    let plain = String::from_utf8(plain).ok()?;
    let (at, account_id) = plain.split_once(SEPARATOR)?;
    Some((Timestamp(at.parse().ok()?), account_id.to_owned()))
}

/// The names of the services on this page; each client is looked up once, usually in the
/// cache.
async fn names_of(
    app: &App,
    customers: &[DealerCustomer],
) -> Result<BTreeMap<String, String>, Fault> {
    let services = customers.iter().flat_map(|customer| &customer.services);
    let mut names = BTreeMap::new();
    for used in services {
        if names.contains_key(&used.client_id) {
            continue;
        }
        let id = ClientId(used.client_id.clone());
        let client = app.clients.get(&app.store, &id).await?;
        let name = client.map_or_else(
            || used.client_id.clone(),
            |stored| stored.client.name_in("").to_owned(),
        );
        names.insert(used.client_id.clone(), name);
    }
    Ok(names)
}

fn told(
    app: &App,
    client: &Client,
    customer: DealerCustomer,
    names: &BTreeMap<String, String>,
) -> Customer {
    let service = |used: ServiceUse| UsedService {
        client_name: names.get(&used.client_id).cloned().unwrap_or_default(),
        client_id: used.client_id,
        first_used_on: used.first_used_on.to_string(),
        last_used_on: used.last_used_on.to_string(),
    };
    Customer {
        sub: app.pairwise.subject(client, &customer.account_id),
        linked_at: customer.linked_at,
        notice_version: customer.notice_version,
        client_id: customer.client_id,
        customer_number: customer.customer_number,
        services: customer.services.into_iter().map(service).collect(),
    }
}
