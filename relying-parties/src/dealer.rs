//! 長野トヨタ's own site: a page for its staff, and behind it the dealer's system, which lists
//! the customers who linked the dealer and receives events about links and unlinks. Anyone
//! with a common ID can log in; only people on the dealer's own list of staff see the
//! customers.

mod customers;
mod events;
mod list;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;
use time::macros::{format_description, offset};

use crate::locale::Locale;
use crate::provider::{Person, Provider};
use crate::relying_party::{DealerSystem, RelyingPartyConfig};
use crate::routes::{CannotStart, RelyingParty};
use crate::signed::Keys;
use events::{Event, Kind, Log, Refused};
use list::Listed;
use words::StaffWords;

/// Longest request body accepted for a security event token; real ones are far shorter.
const LONGEST_TOKEN: usize = 16 * 1024;

/// How many events the page shows.
const EVENTS_SHOWN: usize = 10;

/// The dealer's system.
pub(crate) struct Desk {
    /// The provider, with the system's own client.
    machine: Provider,
    system: DealerSystem,
    keys: Keys,
    log: Log,
}

/// A customer as the page shows them.
#[derive(Debug, Serialize)]
struct Shown {
    key: String,
    name: Option<&'static str>,
    car: Option<&'static str>,
    number: Option<String>,
    since: Option<String>,
    until: Option<String>,
    state: &'static str,
    linked: bool,
    services: Vec<Service>,
}

#[derive(Debug, Serialize)]
struct Service {
    name: String,
    last_used_on: String,
}

/// Builds the routes a dealer has besides those of a web relying party: the event receiver.
pub(crate) fn routes() -> Router<Arc<RelyingParty>> {
    Router::new()
        .route("/events", post(receive))
        .layer(DefaultBodyLimit::max(LONGEST_TOKEN))
}

impl Desk {
    /// Builds the dealer's system from `config`; `None` if the service is another one.
    pub(crate) fn of(config: &RelyingPartyConfig) -> Result<Option<Self>, CannotStart> {
        let Some(system) = &config.dealer_system else {
            return Ok(None);
        };
        let own = RelyingPartyConfig {
            client_id: system.client_id.clone(),
            client_secret: Some(system.client_secret.clone()),
            ..config.clone()
        };
        Ok(Some(Self {
            machine: Provider::new(&own)?,
            system: system.clone(),
            keys: Keys::new(),
            log: Log::load(config.keep.clone())?,
        }))
    }

    fn is_staff(&self, person: &Person) -> bool {
        let address = person.verified_email.as_deref();
        address.is_some_and(|address| {
            let staff = self.system.staff;
            staff
                .iter()
                .any(|member| member.eq_ignore_ascii_case(address))
        })
    }

    /// Returns the customers who are linked, from the provider's list, and those who no
    /// longer are, from the events.
    fn shown(&self, listed: &[Listed], events: &[Event], words: &StaffWords) -> Vec<Shown> {
        let mut shown: Vec<Shown> = listed.iter().map(|one| linked(one, words)).collect();
        let mut latest: BTreeMap<&str, &Event> = BTreeMap::new();
        for event in events {
            let known = latest.entry(&event.sub).or_insert(event);
            if event.at >= known.at {
                *known = event;
            }
        }
        for event in latest.into_values() {
            if !listed.iter().any(|one| one.sub == event.sub) {
                shown.push(as_told(event, words));
            }
        }
        shown
    }
}

fn linked(one: &Listed, words: &StaffWords) -> Shown {
    let used = one.services.iter().map(|used| Service {
        name: used.client_name.clone(),
        last_used_on: used.last_used_on.clone(),
    });
    Shown {
        since: Some(day(one.linked_at)),
        services: used.collect(),
        ..someone(&one.sub, one.customer_number.as_deref(), words.linked, true)
    }
}

/// Returns a customer who is known from an event only.
fn as_told(event: &Event, words: &StaffWords) -> Shown {
    let number = event.customer_number.as_deref();
    match event.kind {
        Kind::Linked => Shown {
            since: Some(day(event.at)),
            ..someone(&event.sub, number, words.linked, true)
        },
        Kind::Unlinked => Shown {
            until: Some(day(event.at)),
            ..someone(&event.sub, number, ended(event, words), false)
        },
    }
}

fn someone(sub: &str, number: Option<&str>, state: &'static str, linked: bool) -> Shown {
    let customer = number.and_then(customers::find);
    Shown {
        key: sub.chars().take(6).collect(),
        name: customer.map(|customer| customer.name),
        car: customer.map(|customer| customer.car),
        number: number.map(str::to_owned),
        since: None,
        until: None,
        state,
        linked,
        services: Vec::new(),
    }
}

fn ended(event: &Event, words: &StaffWords) -> &'static str {
    match event.reason.as_deref() {
        Some("account_closed") => words.left,
        _ => words.unlinked,
    }
}

fn day(seconds: u64) -> String {
    told(seconds, |at| {
        at.format(format_description!("[year]-[month]-[day]")).ok()
    })
}

fn minute(seconds: u64) -> String {
    told(seconds, |at| {
        let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
        at.format(format).ok()
    })
}

/// Formats a time in Japan's time zone.
fn told(seconds: u64, write: impl Fn(OffsetDateTime) -> Option<String>) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|at| write(at.to_offset(offset!(+9))))
        .unwrap_or_default()
}

impl RelyingParty {
    /// Returns the first page for a signed-in person; staff see the customers.
    pub(crate) async fn staff_page(&self, person: &Person, locale: Locale) -> Response {
        let Some(desk) = &self.desk else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let words = StaffWords::of(locale);
        if !desk.is_staff(person) {
            let data = json!({"person": person.name, "words": words});
            let page = self
                .pages
                .show("staff_refused.html", &self.config, locale, &data);
            return (StatusCode::FORBIDDEN, page).into_response();
        }
        let listed = match desk.listed().await {
            Ok(listed) => Some(listed),
            Err(failure) => {
                tracing::warn!(
                    client.id = desk.system.client_id,
                    reason = %failure,
                    "the customers could not be listed"
                );
                None
            }
        };
        let events = desk.log.all();
        let customers = desk.shown(listed.as_deref().unwrap_or_default(), &events, words);
        let news: Vec<_> = events
            .iter()
            .rev()
            .take(EVENTS_SHOWN)
            .map(|event| news(event, words))
            .collect();
        let data = json!({
            "person": person.name,
            "customers": customers,
            "events": news,
            "stale": listed.is_none(),
            "words": words,
        });
        self.pages.show("staff.html", &self.config, locale, &data)
    }
}

fn news(event: &Event, words: &StaffWords) -> serde_json::Value {
    let number = event.customer_number.as_deref();
    let customer = number.and_then(customers::find);
    let what = match event.kind {
        Kind::Linked => words.linked,
        Kind::Unlinked => ended(event, words),
    };
    json!({
        "at": minute(event.at),
        "what": what,
        "who": customer.map_or(words.no_number, |customer| customer.name),
    })
}

/// `POST /events` (RFC 8935 §2): answers 202 once the event is stored.
async fn receive(
    State(party): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(desk) = &party.desk else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(AUTHORIZATION) != Some(desk.system.event_authorization.as_str()) {
        return refuse("authentication_failed", StatusCode::BAD_REQUEST);
    }
    let is_event = text(CONTENT_TYPE) == Some("application/secevent+jwt");
    let Some(token) = std::str::from_utf8(&body).ok().filter(|_| is_event) else {
        return refuse("invalid_request", StatusCode::BAD_REQUEST);
    };
    match desk.told(token).await {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(Refused::Because(code)) => refuse(code, StatusCode::BAD_REQUEST),
        Err(Refused::Later(why)) => {
            tracing::warn!(reason = why, "an event could not be taken now");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn refuse(code: &'static str, status: StatusCode) -> Response {
    tracing::info!(code, "an event was not taken");
    let body = json!({"err": code, "description": "the event was not taken"});
    (status, Json(body)).into_response()
}
