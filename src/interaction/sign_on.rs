//! One login for all brands. Each brand has its own host and cookie, so a session under one
//! brand is unknown under another until the browser asks there: one top-level redirect to
//! the other host and back, where every browser sends cookies. The brand that is left seals
//! the request (nothing is stored for it); the brand that is asked adds a ticket if the
//! person is logged in there. The return never leads to another redirect of this kind, so
//! there is no loop.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::arrival::{Arrival, Visitor};
use super::proceed::proceed;
use super::state::SealedRequest;
use super::visit::{SealedUrl, Visit};
use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::ephemeral::{Key, Spent};
use crate::fault::Fault;
use crate::http::cookies::{self, CookieKind};
use crate::http::refusal::PageRefusal;
use crate::seal::sha256_hex;
use crate::sessions::between_brands::{self, STATEMENT, Statement};
use crate::sessions::browser;
use crate::store::sessions::Held;

/// Path where another brand asks whether the person is logged in.
pub const ASK: &str = "/sign-on";

/// Path to which the browser returns.
pub const RETURN: &str = "/sign-on/return";

/// Query parameter of the return that holds the ticket.
pub const TICKET: &str = "ticket";

/// How long after its departure a browser is still given a ticket.
const DEPARTURE_LIFE: Duration = Duration::from_secs(60);

/// How long a ticket is valid: long enough for the return.
const TICKET_LIFE: Duration = Duration::from_secs(30);

/// A browser that has not returned after this time went to a host that does not answer, and
/// its person pressed "back". (Another tab may be on its way at the same time.)
const BACK_WITHIN: Duration = Duration::from_secs(3);

/// For how long such a browser is not redirected again.
const SPARED_SECONDS: u64 = 5 * 60;

/// States which browser left which brand with which request, to ask another brand.
#[derive(Debug, Serialize, Deserialize)]
pub struct Departure {
    /// Identifies the departure; a ticket is valid for one departure.
    id: String,
    /// The brand that the browser left and returns to.
    home: String,
    /// The brand that is asked now.
    asked: String,
    /// The brands to ask next if the person is not logged in there.
    later: Vec<String>,
    /// The fingerprint of the browser under the home brand.
    browser: String,
    left_at: Timestamp,
    /// The authorization request, sealed.
    request: SealedRequest,
}

impl Statement for Departure {
    const KIND: &'static str = "sign-on";
}

/// What a ticket stands for. It is worth nothing once the session has ended.
#[derive(Debug, Serialize, Deserialize)]
struct Ticket {
    departure: String,
    brand: String,
    session: String,
}

/// Begins a visit for a request that has just arrived, and leaves for what comes next: the
/// other brand if a session is wanted and may exist there, else a page or the client.
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable.
pub async fn set_out(visitor: Visitor, arrival: Arrival) -> Result<Response, PageRefusal> {
    let may_hop = may_hop(&visitor);
    let visit = visitor.begin(arrival).await?;
    let SealedUrl::NotYet(request) = &visit.sealed else {
        return proceed(visit).await;
    };
    if !may_hop || !visit.could_use_a_session() {
        return proceed(visit).await;
    }
    let brands = visit.app.brands.iter();
    let others = brands.filter(|brand| brand.name != visit.brand.name);
    let others = others.map(|brand| brand.name.clone()).collect();
    let request = SealedRequest::clone(request);
    hop(visit, request, others).await
}

/// Whether to ask the other brand: not within a frame, where the other host would get no
/// cookie, and not again if the last attempt led to a host that does not answer.
fn may_hop(visitor: &Visitor) -> bool {
    let destination = visitor.headers.get("sec-fetch-dest");
    let on_top = destination.is_none_or(|destination| destination == "document");
    let left = cookies::read(&visitor.headers, &visitor.brand, CookieKind::Departure)
        .and_then(|at| at.parse().ok())
        .map(Timestamp);
    let now = visitor.app.clock.now();
    on_top && left.is_none_or(|left| now.since(left) < BACK_WITHIN)
}

/// Handles the return: begins a session if the brand that was asked has one, else asks the
/// next brand, and continues with the authorization request.
///
/// # Errors
/// An error page if the departure was from another brand. `Fault` if the database or
/// short-lived state is unreachable.
pub async fn come_back(
    visitor: Visitor,
    departure: Departure,
    ticket: Option<&str>,
) -> Result<Response, PageRefusal> {
    if departure.home != visitor.brand.name {
        return Err(between_brands::not_ours());
    }
    let ticket = match ticket {
        Some(secret) => spend(&visitor.app, secret, &departure).await?,
        None => None,
    };
    let request = departure.request;
    let sealed = request.seal(&visitor.app, &visitor.brand)?;
    let mut visit = visitor.find(&request.id, Some(sealed)).await?;
    visit.cookies.extend(departed(&visit.brand, "", 0));
    // A ticket is worth nothing in another browser, or in one that keeps no cookies.
    let is_the_one = visit.browser.fingerprint() == departure.browser;
    if !is_the_one || !visit.could_use_a_session() {
        return proceed(visit).await;
    }
    let Some(ticket) = ticket else {
        return hop(visit, request, departure.later).await;
    };
    let from = Held {
        secret_hash: &ticket.session,
        brand: &ticket.brand,
    };
    if let Some(new) = browser::sign_on(&visit.app, &visit.brand, from).await? {
        visit.enter(new).await?;
    }
    proceed(visit).await
}

/// Leaves to ask the first of these brands, or continues with the request if there is none.
async fn hop(
    mut visit: Visit,
    request: SealedRequest,
    brands: Vec<String>,
) -> Result<Response, PageRefusal> {
    let mut brands = brands.into_iter();
    let asked = brands.next();
    let asked = asked.and_then(|name| visit.app.brands.by_name(&name).cloned());
    let Some(asked) = asked else {
        return proceed(visit).await;
    };
    let departure = Departure {
        id: visit.app.random.id(),
        home: visit.brand.name.clone(),
        asked: asked.name.clone(),
        later: brands.collect(),
        browser: visit.browser.fingerprint(),
        left_at: visit.app.clock.now(),
        request,
    };
    let left_at = departure.left_at.to_string();
    visit
        .cookies
        .extend(departed(&visit.brand, &left_at, SPARED_SECONDS));
    let statement = departure.seal(&visit.app)?;
    let response = between_brands::see(&asked, ASK, &[(STATEMENT, &statement)])?;
    Ok(visit.dress(response))
}

fn departed(brand: &Brand, at: &str, seconds: u64) -> Option<HeaderValue> {
    cookies::set(brand, CookieKind::Departure, at, seconds)
}

/// Answers a browser that asks whether its person is logged in under `brand`: redirects it
/// back, with a ticket if they are.
///
/// # Errors
/// An error page if the departure was to another brand. `Fault` if the database or
/// short-lived state is unreachable.
pub async fn answer(
    app: &App,
    brand: &Brand,
    headers: &HeaderMap,
    departure: &Departure,
) -> Result<Response, PageRefusal> {
    let home = app.brands.by_name(&departure.home);
    let home = home.filter(|_| departure.asked == brand.name);
    let home = home.ok_or_else(between_brands::not_ours)?;
    let statement = departure.seal(app)?;
    let mut query = vec![(STATEMENT, statement.as_str())];
    let ticket = ticket(app, brand, headers, departure).await?;
    query.extend(ticket.as_deref().map(|ticket| (TICKET, ticket)));
    Ok(between_brands::see(home, RETURN, &query)?)
}

async fn ticket(
    app: &App,
    brand: &Brand,
    headers: &HeaderMap,
    departure: &Departure,
) -> Result<Option<String>, Fault> {
    if app.clock.now().since(departure.left_at) > DEPARTURE_LIFE {
        return Ok(None);
    }
    let Some(live) = browser::session_of(app, brand, headers).await? else {
        return Ok(None);
    };
    let ticket = Ticket {
        departure: departure.id.clone(),
        brand: brand.name.clone(),
        session: live.secret_hash,
    };
    let (secret, bytes) = (app.random.secret(), serde_json::to_vec(&ticket)?);
    let hash = sha256_hex(secret.as_bytes());
    let key = Key::SignOn(&hash);
    app.ephemeral.put(key, &bytes, TICKET_LIFE).await?;
    Ok(Some(secret))
}

/// Spends a ticket. A ticket that was presented once is not valid again, whatever the
/// result.
async fn spend(app: &App, secret: &str, departure: &Departure) -> Result<Option<Ticket>, Fault> {
    let hash = sha256_hex(secret.as_bytes());
    let spent = app.ephemeral.spend(Key::SignOn(&hash), TICKET_LIFE).await?;
    let Spent::First(bytes) = spent else {
        return Ok(None);
    };
    let ticket: Ticket = serde_json::from_slice(&bytes)?;
    let is_its_own = ticket.departure == departure.id && ticket.brand == departure.asked;
    Ok(Some(ticket).filter(|_| is_its_own))
}
