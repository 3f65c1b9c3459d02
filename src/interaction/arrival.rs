//! Makes a visit: from a new authorization request, or from the URL of a page, which leads
//! to the stored interaction. If that was lost (expired, another browser, cookies gone), a
//! new interaction begins from the sealed copy in the URL.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use url::form_urlencoded;

use super::facts::AccountFacts;
use super::lawful_request::lawful_request;
use super::own_client;
use super::registration_draft;
use super::state::{self, Interaction, SealedRequest};
use super::visit::{SealedUrl, Visit};
use crate::app::SharedApp;
use crate::brand::Brand;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::http::cookies::{self, CookieKind};
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::locale::Locale;
use crate::oidc::authorization_details::without_customer_numbers;
use crate::oidc::authorization_request::{
    AuthorizationRequest, RawAuthorizationRequest, Refused, Requester, prefill,
};
use crate::oidc::client::ClientId;
use crate::security_events;
use crate::sessions::browser::{self, Browser};
use crate::sessions::browser_state;
use crate::sessions::known_browser::KnownBrowser;
use crate::store::clients::StoredClient;

/// How long the chosen language is remembered: a year.
const LANGUAGE_SECONDS: u64 = 365 * 24 * 60 * 60;

/// A lawful authorization request that has just arrived, with what is needed to seal it.
#[derive(Debug)]
pub struct Arrival {
    /// The client that asks.
    pub client: Arc<StoredClient>,
    /// The checked request.
    pub request: AuthorizationRequest,
    /// The parameters that the request was read from.
    pub raw: RawAuthorizationRequest,
}

/// The browser's side of a request, before any interaction is known.
#[derive(Debug)]
pub struct Visitor {
    pub(super) app: SharedApp,
    pub(super) brand: RequestBrand,
    address: ClientAddress,
    pub(super) headers: HeaderMap,
    chosen_language: Option<Locale>,
}

impl FromRequestParts<SharedApp> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Response> {
        let brand = RequestBrand::from_request_parts(parts, app)
            .await
            .map_err(axum::response::IntoResponse::into_response)?;
        let Ok(address) = ClientAddress::from_request_parts(parts, app).await;
        Ok(Self {
            app: Arc::clone(app),
            brand,
            address,
            headers: parts.headers.clone(),
            chosen_language: query_value(parts, "lang").and_then(|tag| Locale::from_tag(&tag)),
        })
    }
}

impl Visitor {
    /// The brand whose host the browser asked.
    #[must_use]
    pub fn brand(&self) -> &Brand {
        &self.brand
    }

    /// Begins a visit for a request that has just arrived.
    ///
    /// # Errors
    /// `Fault` if the database or short-lived state is unreachable.
    pub async fn begin(self, arrival: Arrival) -> Result<Visit, PageRefusal> {
        let now = self.app.clock.now();
        let id = self.app.random.id();
        let sealed = SealedRequest {
            id: id.clone(),
            started_at: now,
            requester: arrival.request.requester.clone(),
            raw: without_personal_data(arrival.raw),
        };
        let tells_of_person = tells_of_person(&arrival.request);
        let interaction = Interaction::begin(id, &self.brand, arrival.request, now);
        let mut visit = self
            .visit(Found {
                interaction,
                client: arrival.client,
                sealed: SealedUrl::NotYet(Box::new(sealed)),
                stored: None,
            })
            .await?;
        if tells_of_person {
            // Pushed personal data is in no URL, so the interaction is stored from the
            // start.
            visit.save(|_| ()).await?;
        }
        Ok(visit)
    }

    async fn visit(self, found: Found) -> Result<Visit, Fault> {
        security_events::continue_interaction(&found.interaction.id);
        security_events::act_for(&found.client.client.client_id.0);
        let session = browser::session_of(&self.app, &self.brand, &self.headers).await?;
        let locale = self.locale(found.interaction.request.ui_locales.as_deref());
        let chosen = self.chosen_language.and_then(|locale| {
            cookies::set(
                &self.brand,
                CookieKind::Language,
                locale.tag(),
                LANGUAGE_SECONDS,
            )
        });
        let state = browser_state::mended(&self.app, &self.brand, &self.headers, session.as_ref());
        let mut visit = Visit {
            browser: Browser::of(&self.app, &self.brand, &self.headers),
            known_browser: KnownBrowser::of(&self.app, &self.brand, &self.headers),
            user_agent: Visit::user_agent_of(&self.headers),
            app: self.app,
            brand: self.brand,
            locale,
            address: self.address,
            interaction: found.interaction,
            client: found.client,
            session,
            restarted: false,
            sealed: found.sealed,
            stored: found.stored,
            cookies: chosen.into_iter().chain(state).collect(),
            account_facts: AccountFacts::default(),
        };
        visit.load_account_facts().await?;
        Ok(visit)
    }

    /// The language of the pages: the person's choice, else the client's `ui_locales`, else
    /// the browser's `Accept-Language`, else the brand's default.
    fn locale(&self, ui_locales: Option<&str>) -> Locale {
        locale_of(&self.brand, &self.headers, self.chosen_language, ui_locales)
    }
}

/// The language of a page that may belong to no interaction.
#[must_use]
pub fn locale_of(
    brand: &Brand,
    headers: &HeaderMap,
    chosen: Option<Locale>,
    ui_locales: Option<&str>,
) -> Locale {
    chosen
        .or_else(|| {
            cookies::read(headers, brand, CookieKind::Language)
                .and_then(|tag| Locale::from_tag(&tag))
        })
        .or_else(|| ui_locales.and_then(Locale::from_ui_locales))
        .or_else(|| {
            let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
            Locale::from_accept_language(accepted)
        })
        .unwrap_or(brand.default_locale)
}

/// The language of a page that belongs to no interaction, from its URL and headers.
#[must_use]
pub fn language_of(brand: &Brand, uri: &Uri, headers: &HeaderMap) -> Locale {
    let chosen = query_of(uri, "lang").and_then(|tag| Locale::from_tag(&tag));
    let preferred = query_of(uri, "ui_locales");
    locale_of(brand, headers, chosen, preferred.as_deref())
}

/// An interaction that was found or made, before the browser's side is added.
struct Found {
    interaction: Interaction,
    client: Arc<StoredClient>,
    sealed: SealedUrl,
    stored: Option<Vec<u8>>,
}

impl FromRequestParts<SharedApp> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let id = interaction_id(parts, app).await.unwrap_or_default();
        let sealed = query_value(parts, "request");
        let restarted = query_value(parts, "restarted").is_some();
        let mut visit = visitor
            .find(&id, sealed)
            .await
            .map_err(axum::response::IntoResponse::into_response)?;
        visit.restarted = restarted;
        Ok(visit)
    }
}

impl Visitor {
    pub(super) async fn find(self, id: &str, sealed: Option<String>) -> Result<Visit, PageRefusal> {
        let expired = || PageRefusal::Page(StatusCode::GONE, "interaction-expired");
        let fingerprint = Browser::of(&self.app, &self.brand, &self.headers).fingerprint();
        let stored = state::load(&self.app, id).await?;
        if let Some((interaction, bytes)) = stored {
            let ours = interaction.brand == self.brand.name
                && interaction.browser.as_ref() == Some(&fingerprint);
            if ours {
                let request = &interaction.request;
                let client = self.client(&request.requester, &request.client_id).await?;
                let client = client.ok_or_else(expired)?;
                let sealed = SealedUrl::Made(sealed.unwrap_or_default());
                return Ok(self
                    .visit(Found {
                        interaction,
                        client,
                        sealed,
                        stored: Some(bytes),
                    })
                    .await?);
            }
            // The interaction belongs to another browser; this one may begin its own.
            let copy = sealed
                .as_deref()
                .and_then(|text| self.open(text))
                .ok_or_else(expired)?;
            return self.begin_anew(copy).await;
        }
        let text = sealed.ok_or_else(expired)?;
        let copy = self.open(&text).ok_or_else(expired)?;
        let age = self.app.clock.now().since(copy.started_at);
        let is_over = copy.id != id || age > self.app.config.interactions.lifetime;
        if is_over || state::was_answered(&self.app, &copy).await? {
            return self.begin_anew(copy).await;
        }
        let (client, request) = self.check_again(&copy).await?;
        let interaction = Interaction::begin(copy.id, &self.brand, request, copy.started_at);
        Ok(self
            .visit(Found {
                interaction,
                client,
                sealed: SealedUrl::Made(text),
                stored: None,
            })
            .await?)
    }

    fn open(&self, text: &str) -> Option<SealedRequest> {
        SealedRequest::open(&self.app, &self.brand, text)
    }

    /// Begins anew from the sealed copy: same client, same request, no step done yet.
    async fn begin_anew(self, copy: SealedRequest) -> Result<Visit, PageRefusal> {
        let (client, request) = self.check_again(&copy).await?;
        let mut visit = self
            .begin(Arrival {
                client,
                request,
                raw: copy.raw,
            })
            .await?;
        registration_draft::resume_address(&mut visit, &copy.id).await?;
        let mut response = visit_again(visit)?;
        response
            .extensions_mut()
            .remove::<crate::http::refusal::Refusal>();
        Err(PageRefusal::Elsewhere(Box::new(response)))
    }

    /// Checks the sealed request again: the client or its redirect URIs may have changed
    /// since the copy was made.
    async fn check_again(
        &self,
        copy: &SealedRequest,
    ) -> Result<(Arc<StoredClient>, AuthorizationRequest), PageRefusal> {
        let requester = copy.requester.clone();
        let client = self
            .client(&requester, &copy.client_id())
            .await?
            .ok_or(PageRefusal::Page(StatusCode::GONE, "interaction-expired"))?;
        match lawful_request(&self.app, &self.brand, &client.client, &copy.raw, requester) {
            Ok(request) => Ok((client, request)),
            Err(Refused::Show(error)) => Err(error.into()),
            Err(Refused::Redirect(redirect)) => Err(redirect.error.into()),
        }
    }

    async fn client(
        &self,
        requester: &Requester,
        id: &ClientId,
    ) -> Result<Option<Arc<StoredClient>>, Fault> {
        if let Requester::OwnPage(_) = requester {
            return Ok(Some(Arc::new(own_client::client(&self.brand))));
        }
        let client = self.app.clients.get(&self.app.store, id).await?;
        Ok(client.filter(|stored| stored.client.brands.contains(&self.brand.name)))
    }
}

fn visit_again(mut visit: Visit) -> Result<Response, PageRefusal> {
    let url = format!("{}&restarted=1", visit.url("")?);
    let response = (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response();
    Ok(visit.dress(response))
}

/// Whether the client pushed personal data with the request.
fn tells_of_person(request: &AuthorizationRequest) -> bool {
    let details = &request.authorization_details;
    !request.prefill.is_empty()
        || details
            .iter()
            .any(|detail| detail.customer_number().is_some())
}

fn without_personal_data(mut raw: RawAuthorizationRequest) -> RawAuthorizationRequest {
    raw.0.remove(prefill::PARAMETER);
    if let Some(details) = raw.0.get_mut("authorization_details") {
        *details = without_customer_numbers(std::mem::take(details));
    }
    raw
}

async fn interaction_id(parts: &mut Parts, app: &SharedApp) -> Option<String> {
    let params = RawPathParams::from_request_parts(parts, app).await.ok()?;
    let params: BTreeMap<&str, &str> = params.iter().collect();
    params.get("interaction").map(|id| (*id).to_owned())
}

fn query_value(parts: &Parts, name: &str) -> Option<String> {
    query_of(&parts.uri, name)
}

/// Returns the first value of a query parameter.
#[must_use]
pub fn query_of(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query()?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(given, _)| given == name)
        .map(|(_, value)| value.into_owned())
}
