//! Entry of the code that the device shows. Guessing rarely succeeds but is limited all the
//! same: a right guess would connect this person's account with a stranger's device, or let
//! a stranger's device ask this person (RFC 8628 §5.1).

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse as _, Response};
use serde::Serialize;
use url::form_urlencoded;

use crate::accounts::field_errors::FieldErrors;
use crate::app::SharedApp;
use crate::ephemeral::Limit;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::http::refusal::{PageRefusal, Refusal};
use crate::http::request_brand::RequestBrand;
use crate::interaction::arrival::{Arrival, Visitor, language_of};
use crate::interaction::device_requests;
use crate::interaction::lawful_request::lawful_request;
use crate::interaction::sign_on::set_out;
use crate::locale::Locale;
use crate::oidc::authorization_request::Requester;
use crate::oidc::device_authorization::{Device, DeviceAuthorization, UserCode};
use crate::pages::{Page, Shell};
use crate::screens::form::Form;
use crate::screens::page::FILLED_IN_WRONGLY;
use crate::sessions::browser::Browser;

/// The path of the page, for which the token of its form is valid.
const PLACE: &str = "/device";

/// The longest typed text that the page repeats; every way to type a code is shorter.
const LONGEST_SHOWN: usize = 40;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceCode {
    /// The code as typed, or as given in the URL (`verification_uri_complete`).
    pub user_code: String,
}

impl Page for DeviceCode {
    const TEMPLATE: &'static str = "device/user_code.html";
    const SCREEN: &'static str = "device-code";
}

/// The request of a person who types a code, who need not be logged in.
#[derive(Debug)]
pub struct Typist {
    pub(in crate::screens) app: SharedApp,
    pub(in crate::screens) brand: RequestBrand,
    pub(in crate::screens) address: ClientAddress,
    pub(in crate::screens) browser: Browser,
    locale: Locale,
    pub(in crate::screens) uri: Uri,
}

impl FromRequestParts<SharedApp> for Typist {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Response> {
        let brand = RequestBrand::from_request_parts(parts, app)
            .await
            .map_err(|unknown| unknown.into_response())?;
        let Ok(address) = ClientAddress::from_request_parts(parts, app).await;
        Ok(Self {
            browser: Browser::of(app, &brand, &parts.headers),
            locale: language_of(&brand, &parts.uri, &parts.headers),
            app: SharedApp::clone(app),
            brand,
            address,
            uri: parts.uri.clone(),
        })
    }
}

/// `GET /device`. A code in the URL is shown and not looked up yet: the person is to
/// compare it with the device first.
///
/// # Errors
/// `Fault` if the page cannot be rendered.
pub async fn get(typist: Typist) -> Result<Response, PageRefusal> {
    let query = typist.uri.query().unwrap_or_default();
    let given = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "user_code")
        .map(|(_, value)| shown(&value))
        .unwrap_or_default();
    typist.show(given, None)
}

/// `POST /device`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `device-expired` if the
/// client may no longer be used; `Client` if its request has become invalid; `Fault` if the
/// database or short-lived state is unreachable.
pub async fn post(typist: Typist, visitor: Visitor, form: Form) -> Result<Response, PageRefusal> {
    if !typist.browser.owns_form(&typist.app, PLACE, form.token()) {
        return Err(PageRefusal::Page(StatusCode::FORBIDDEN, "form-expired"));
    }
    let typed = form.get("user_code");
    match typist.found(typed).await? {
        Ok((device, waiting)) => {
            let arrival = typist.arrival(device, waiting).await?;
            set_out(visitor, arrival).await
        }
        Err(refused) => typist.show(shown(typed), Some(refused)),
    }
}

/// Returns a code in the form that the device shows; any other text as typed, shortened.
fn shown(typed: &str) -> String {
    UserCode::read(typed).map_or_else(
        |_| typed.chars().take(LONGEST_SHOWN).collect(),
        |code| code.to_string(),
    )
}

/// Why no device was found.
enum Refused {
    /// The text is not a code, or no device waits with it; the error code.
    Wrong(&'static str),
    /// There were too many wrong attempts; the next is possible after this time.
    TooMany(Duration),
}

impl Typist {
    /// Returns the shell of a page whose form token is valid for `place`.
    pub(in crate::screens) fn shell(&self, place: &str) -> Shell {
        let brand_name = self.brand.display_name(self.locale);
        Shell::new(&self.brand.name, brand_name, self.locale)
            .at(self.uri.to_string())
            .form_token(self.browser.form_token(&self.app, place))
    }

    /// Renders a page. A browser that is new gets the cookie that its form token belongs to.
    pub(in crate::screens) fn answer<P: Page>(
        &self,
        status: StatusCode,
        shell: &Shell,
        page: &P,
    ) -> Result<Response, PageRefusal> {
        let mut response = (status, Html(self.app.pages.render(shell, page)?)).into_response();
        if let Some(cookie) = self.browser.cookie(&self.brand) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }

    async fn found(
        &self,
        typed: &str,
    ) -> Result<Result<(Device, DeviceAuthorization), Refused>, Fault> {
        let code = match UserCode::read(typed) {
            Ok(code) => code,
            Err(wrong) => return Ok(Err(Refused::Wrong(wrong))),
        };
        let settings = &self.app.config.device;
        let ephemeral = &self.app.ephemeral;
        let (window, most) = (settings.window, settings.wrong_per_ip);
        let from = self.address.limits("user-codes-from", window, most);
        let here = format!("user-codes-in:{}", self.browser.fingerprint());
        let in_browser = Limit::new(here, window, settings.wrong_per_browser);
        // The attempt is counted before its result is known, so that many attempts at once
        // do not each find the counter low.
        let limits = [&from[..], std::slice::from_ref(&in_browser)].concat();
        if !ephemeral.count_within(&limits).await? {
            return Ok(Err(Refused::TooMany(settings.window)));
        }
        match device_requests::waiting(&self.app, &self.brand, &code).await? {
            Some(found) => {
                ephemeral.take_back(&from).await?;
                ephemeral.reset(&in_browser).await?;
                Ok(Ok(found))
            }
            None => Ok(Err(Refused::Wrong("user-code-unknown"))),
        }
    }

    /// Returns the device's request as if it had arrived in this browser.
    async fn arrival(
        &self,
        device: Device,
        waiting: DeviceAuthorization,
    ) -> Result<Arrival, PageRefusal> {
        let expired = || PageRefusal::Page(StatusCode::GONE, "device-expired");
        let client = self
            .app
            .clients
            .get(&self.app.store, &waiting.client_id)
            .await?
            .filter(|stored| stored.client.brands.contains(&self.brand.name))
            .ok_or_else(expired)?;
        let (raw, requester) = (waiting.raw, Requester::Device(device));
        let request = lawful_request(&self.app, &self.brand, &client.client, &raw, requester)
            .map_err(|refused| refused.into_error())?;
        Ok(Arrival {
            client,
            request,
            raw,
        })
    }

    fn show(&self, user_code: String, refused: Option<Refused>) -> Result<Response, PageRefusal> {
        let shell = self.shell(PLACE);
        let (status, code, wait) = match refused {
            None => (StatusCode::OK, None, None),
            Some(Refused::Wrong(code)) => (FILLED_IN_WRONGLY, Some(code), None),
            Some(Refused::TooMany(wait)) => {
                let code = "user-code-too-many";
                (StatusCode::TOO_MANY_REQUESTS, Some(code), Some(wait))
            }
        };
        let shell = match code {
            None => shell,
            Some(code) => shell
                .errors(FieldErrors::one("user_code", code))
                .error_value("minutes", wait.unwrap_or_default().as_secs().div_ceil(60)),
        };
        let mut response = self.answer(status, &shell, &DeviceCode { user_code })?;
        if let Some(wait) = wait {
            let wait = HeaderValue::from(wait.as_secs());
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        if let Some(code) = code {
            response.extensions_mut().insert(Refusal {
                code,
                description: String::new(),
                ours: false,
                request_id: None,
                rule: None,
            });
        }
        Ok(response)
    }
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let code = |typed: &str| DeviceCode {
            user_code: stage.of(typed),
        };
        stage.show("device-code", stage.shell(), &code(""));
        let unknown = stage
            .shell()
            .errors(FieldErrors::one("user_code", "user-code-unknown"));
        stage.show("device-code-error", unknown, &code("WDJB-MJHT"));
        let too_many = FieldErrors::one("user_code", "user-code-too-many");
        let too_many = stage.shell().errors(too_many).error_value("minutes", 15);
        stage.show("device-code-too-many", too_many, &code("WDJB-MJHT"));
    }
}
