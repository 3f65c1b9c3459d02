//! The first page: a login button, or the service itself for a person who is signed in.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde_json::json;
use tokio::time::Instant;

use crate::cookie::{self, Lifetime};
use crate::linked_dealers::linked_dealers;
use crate::locale::{LANG_COOKIE, Locale, asked_for};
use crate::phone_apps::{in_groups, phone_app};
use crate::provider::Person;
use crate::purchase_plans::purchase_plans;
use crate::relying_party::Service;
use crate::routes::RelyingParty;
use crate::service_history::service_history;

const A_YEAR: Lifetime = Lifetime::Seconds(365 * 24 * 60 * 60);

/// `GET /`
pub(crate) async fn home(
    State(party): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = Locale::of(&headers, query.as_deref());
    let page = match party.person(&headers) {
        Some(person) => party.welcome(&person, locale, query.as_deref()).await,
        None => party.front(Arrival::Fresh, locale),
    };
    let chosen = asked_for(query.as_deref())
        .map(|locale| (SET_COOKIE, cookie::write(LANG_COOKIE, locale.tag(), A_YEAR)));
    (AppendHeaders(chosen), page).into_response()
}

/// `GET /logged-out`: the provider redirects here after a logout there.
pub(crate) async fn logged_out(
    State(party): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = Locale::of(&headers, query.as_deref());
    party.front(Arrival::FromLogout, locale)
}

/// Page at the `https` address that the app claims (RFC 8252 §7.2): the operating system
/// opens the app for it, so this page is seen only where the app is not installed.
pub(crate) async fn app_not_installed(
    State(party): State<Arc<RelyingParty>>,
    headers: HeaderMap,
) -> Response {
    let locale = Locale::of(&headers, None);
    party.problem(StatusCode::OK, "app_not_installed", locale)
}

/// How a person without a session came to the first page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arrival {
    Fresh,
    FromLogout,
}

impl RelyingParty {
    /// Returns the signed-in person, if any.
    pub(crate) fn person(&self, headers: &HeaderMap) -> Option<Arc<Person>> {
        let session = cookie::read(headers, &self.session_cookie)?;
        self.sessions.get(&session.to_owned(), Instant::now())
    }

    fn front(&self, arrival: Arrival, locale: Locale) -> Response {
        let other = self.config.other_issuer.as_ref();
        let data = json!({
            "logged_out": arrival == Arrival::FromLogout,
            "other": other.map(|other| other.log_in.read_in(locale)),
        });
        self.pages.show("home.html", &self.config, locale, &data)
    }

    async fn welcome(&self, person: &Person, locale: Locale, query: Option<&str>) -> Response {
        let codes = &person.dealer_codes;
        match self.config.service {
            Service::ServiceHistory => {
                let history = service_history(&person.subject, codes, locale);
                let data = json!({"person": person.name, "history": history});
                self.pages
                    .show("service_history.html", &self.config, locale, &data)
            }
            Service::Journeys | Service::SharedCars => {
                let app = phone_app(self.config.service, locale);
                let data = json!({
                    "person": person.name,
                    "phone": person.phone_number.as_deref().map(in_groups),
                    "app": app,
                    "may_refresh": person.refresh_token.is_some(),
                });
                self.pages
                    .show("phone_app.html", &self.config, locale, &data)
            }
            Service::PurchasePlans => {
                let plans = purchase_plans(person.age, locale);
                let data = json!({"person": person.name, "age": person.age, "plans": plans});
                self.pages
                    .show("purchase_plans.html", &self.config, locale, &data)
            }
            Service::RemoteCommands => self.car(person, locale, query).await,
            Service::DealerStaff => self.staff_page(person, locale).await,
            // The screen in a car and the old site have pages of their own, in `navi` and
            // `tos`.
            Service::LinkedDealers | Service::Navigation | Service::OwnersSite => {
                let dealers = linked_dealers(codes, locale);
                let data = json!({"person": person.name, "dealers": dealers});
                self.pages
                    .show("linked_dealers.html", &self.config, locale, &data)
            }
        }
    }
}
