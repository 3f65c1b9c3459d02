//! What an account is linked with: dealers, and other companies' services that
//! may use its information. Taking back is as easy as giving.

use axum::extract::{FromRequestParts, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use serde::Serialize;

use crate::accounts::consent::{self, Consent, ConsentAction, ConsentContext, ConsentKind};
use crate::accounts::dealer::DealerLink;
use crate::app::SharedApp;
use crate::fault::Fault;
use crate::http::browser::{self, Browser, LiveSession};
use crate::http::client_address::ClientAddress;
use crate::http::dealer_linking::fingerprint;
use crate::http::own_pages;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::http::visit_arrival::{Visitor, language_of};
use crate::locale::Locale;
use crate::oidc::client::ClientId;
use crate::pages::{Page, Shell};
use crate::screens::form::Form;
use crate::screens::{consent as scope_consent, dealer_link, page};
use crate::store::consents::ScopeGrant;
use crate::texts;

/// The page's place, which its forms' tokens are good for.
const PLACE: &str = "/account/services";

/// Where a person is sent after taking back a permission.
const REVOKED: &str = "/account/services?done=revoked";

/// Where a person is sent after undoing a link.
const UNLINKED: &str = "/account/services?done=unlinked";

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Services {
    /// The login ID.
    pub email: String,
    /// The dealers linked.
    pub dealers: Vec<LinkedDealer>,
    /// The services allowed.
    pub clients: Vec<AllowedClient>,
}

/// A dealer linked.
#[derive(Clone, Debug, Serialize)]
pub struct LinkedDealer {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The day it was linked.
    pub linked_on: String,
}

/// A service that may use the person's information.
#[derive(Clone, Debug, Serialize)]
pub struct AllowedClient {
    /// Its public name.
    pub client_id: String,
    /// Its name in words.
    pub name: String,
    /// What it may use, in words.
    pub items: Vec<String>,
    /// The day it was allowed.
    pub granted_on: String,
}

impl Page for Services {
    const TEMPLATE: &'static str = "account/services.html";
    const SCREEN: &'static str = "account-services";
}

/// Who looks at the page, and under which circumstances.
pub struct Viewer {
    app: SharedApp,
    brand: RequestBrand,
    locale: Locale,
    browser: Browser,
    live: LiveSession,
    context: ConsentContext,
}

impl FromRequestParts<SharedApp> for Viewer {
    type Rejection = PageRefusal;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        app: &SharedApp,
    ) -> Result<Self, PageRefusal> {
        let brand = RequestBrand::from_request_parts(parts, app)
            .await
            .map_err(|unknown| PageRefusal::Elsewhere(Box::new(unknown.into_response())))?;
        let Ok(address) = ClientAddress::from_request_parts(parts, app).await;
        let live = browser::session_of(app, &brand, &parts.headers).await?;
        let Some(live) = live else {
            return Err(log_in_first(parts, app, &brand).await);
        };
        let locale = language_of(&brand, &parts.uri, &parts.headers);
        let user_agent = text_of(&parts.headers, header::USER_AGENT);
        let context = ConsentContext {
            at: app.clock.now(),
            locale,
            brand: brand.name.clone(),
            client_id: None,
            operator: app.config.operator.clone(),
            ip_hash: Some(fingerprint(app, "ip", &address.0.to_string())),
            user_agent_hash: Some(fingerprint(app, "user agent", &user_agent)),
            auth_time: Some(live.session.auth_time),
        };
        let browser = Browser::of(app, &brand, &parts.headers);
        Ok(Self {
            app: SharedApp::clone(app),
            brand,
            locale,
            browser,
            live,
            context,
        })
    }
}

/// Sends a person without a session through ⑪ and back.
async fn log_in_first(
    parts: &mut axum::http::request::Parts,
    app: &SharedApp,
    brand: &RequestBrand,
) -> PageRefusal {
    let sent = async {
        let visitor = Visitor::from_request_parts(parts, app)
            .await
            .map_err(|unknown| PageRefusal::Elsewhere(Box::new(unknown)))?;
        let visit = visitor
            .begin(own_pages::arrival(app, brand, PLACE)?)
            .await?;
        visit.proceed().await
    };
    match sent.await {
        Ok(response) => PageRefusal::Elsewhere(Box::new(response)),
        Err(refusal) => refusal,
    }
}

fn text_of(headers: &HeaderMap, name: header::HeaderName) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// `GET /account/services`
///
/// # Errors
/// If nobody is logged in, or a store fails.
pub async fn get(
    State(app): State<SharedApp>,
    viewer: Viewer,
    uri: Uri,
) -> Result<Response, PageRefusal> {
    let account_id = &viewer.live.account.id;
    let links = app.store.dealer_links().of(account_id).await?;
    let grants = app.store.consents().grants_of(account_id).await?;
    let mut clients = Vec::new();
    for grant in grants {
        clients.push(viewer.allowed(grant).await?);
    }
    let services = Services {
        email: viewer.live.account.email.clone(),
        dealers: links.iter().map(|link| viewer.linked(link)).collect(),
        clients,
    };
    let locale = viewer.locale;
    let shell = Shell::new(
        &viewer.brand.name,
        viewer.brand.display_name(locale),
        locale,
    )
    .at(uri.to_string())
    .form_token(viewer.browser.form_token(&app, PLACE));
    let shell = match uri
        .query()
        .map(|query| query.split('&').next().unwrap_or(query))
    {
        Some("done=revoked") => shell.notice(texts::text(locale, "services-revoked", &[])),
        Some("done=unlinked") => shell.notice(texts::text(locale, "services-unlinked", &[])),
        _ => shell,
    };
    let mut response = Html(app.pages.render(&shell, &services)?).into_response();
    let cookie: Option<HeaderValue> = viewer.browser.cookie(&viewer.brand);
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// `POST /account/services`: takes back a permission, or undoes a link.
///
/// # Errors
/// If nobody is logged in, the form is not this browser's, or a store fails.
pub async fn post(
    State(app): State<SharedApp>,
    viewer: Viewer,
    form: Form,
) -> Result<Redirect, PageRefusal> {
    if !viewer.browser.owns_form(&app, PLACE, form.token()) {
        return Err(PageRefusal::Page(StatusCode::FORBIDDEN, "form-expired"));
    }
    match form.action() {
        "revoke" => {
            viewer
                .revoke(&ClientId(form.get("client_id").to_owned()))
                .await?;
            Ok(Redirect::to(REVOKED))
        }
        "unlink" => {
            viewer.unlink(form.get("dealer")).await?;
            Ok(Redirect::to(UNLINKED))
        }
        _ => Ok(Redirect::to(PLACE)),
    }
}

impl Viewer {
    fn linked(&self, link: &DealerLink) -> LinkedDealer {
        LinkedDealer {
            code: link.dealer_code.clone(),
            name: dealer_link::dealer_name(&self.app, self.locale, &link.dealer_code),
            linked_on: page::day(link.linked_at),
        }
    }

    async fn allowed(&self, grant: ScopeGrant) -> Result<AllowedClient, Fault> {
        let client = self
            .app
            .clients
            .get(&self.app.store, &grant.client_id)
            .await?;
        let name = client.map_or_else(
            || grant.client_id.to_string(),
            |stored| stored.client.name_in(self.locale.tag()).to_owned(),
        );
        Ok(AllowedClient {
            client_id: grant.client_id.0,
            name,
            items: scope_consent::items(self.locale, &grant.scope),
            granted_on: page::day(grant.granted_at),
        })
    }

    async fn revoke(&self, client_id: &ClientId) -> Result<(), Fault> {
        let given = self
            .given(|consent| consent.kind == ConsentKind::Scope && consent.target == client_id.0)
            .await?;
        let Some(given) = given.last() else {
            return Ok(());
        };
        let app = &self.app;
        let withdrawn = self.withdrawal(given);
        let until = self
            .context
            .at
            .after(app.config.tokens.access_token_lifetime);
        app.store
            .consents()
            .revoke_scope(&self.live.account.id, client_id, &withdrawn, until)
            .await?;
        Ok(())
    }

    async fn unlink(&self, code: &str) -> Result<(), Fault> {
        let account_id = &self.live.account.id;
        let links = self.app.store.dealer_links().of(account_id).await?;
        let Some(link) = links.into_iter().find(|link| link.dealer_code == code) else {
            return Ok(());
        };
        let given = self
            .given(|consent| link.consent_ids.contains(&consent.id))
            .await?;
        let [first, second] = given.as_slice() else {
            return Err(Fault::because("a dealer link lacks its two consents"));
        };
        let withdrawn = [self.withdrawal(first), self.withdrawal(second)];
        self.app
            .store
            .dealer_links()
            .unlink(account_id, code, &withdrawn)
            .await?;
        Ok(())
    }

    /// The consents given, of that sort, the oldest first.
    async fn given(&self, of_sort: impl Fn(&Consent) -> bool) -> Result<Vec<Consent>, Fault> {
        let all = self.app.store.consents().of(&self.live.account.id).await?;
        let given = |consent: &Consent| consent.action == ConsentAction::Given && of_sort(consent);
        Ok(all.into_iter().filter(given).collect())
    }

    fn withdrawal(&self, given: &Consent) -> Consent {
        consent::withdrawal(
            given,
            &self.live.account,
            &self.context,
            self.app.random.id(),
        )
    }
}
