//! Extractors for the account pages: the logged-in user, and how recently and strongly they
//! authenticated. A person who is not logged in is sent to ⑪ first, and so is one who wants
//! to change something sensitive and logged in too long ago (ASVS 7.5.1).

use std::collections::BTreeMap;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};

use crate::account_changes::Changing;
use crate::account_changes::pending::{self, Waits};
use crate::accounts::consent::ConsentContext;
use crate::accounts::factors::{Factors, Strength};
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::passkey::Passkey;
use crate::accounts::pending_change::{Change, ChangeKind};
use crate::accounts::second_factor::SecondFactor;
use crate::app::{App, SharedApp};
use crate::clock::Timestamp;
use crate::dealer_links::withdrawal::fingerprint;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::interaction::arrival::{Visitor, language_of, query_of};
use crate::interaction::own_pages::{self, Login};
use crate::interaction::sign_on::set_out;
use crate::locale::Locale;
use crate::oidc::authentication_context::AuthenticationContext;
use crate::oidc::client::ClientId;
use crate::pages::{Page, Shell};
use crate::screens::form::Form;
use crate::screens::page;
use crate::sessions::browser::{self, Browser, LiveSession};
use crate::sessions::second_factor;
use crate::texts;

/// A form is accepted for this many windows of `sessions.sensitive_after`, a page for one,
/// so that a login does not expire while a form is filled in.
const WINDOWS_FOR_A_FORM: u32 = 2;

/// The query parameter of a page that asks for a login by passkey first.
const WITH_PASSKEY: &str = "with_passkey";

/// The query parameter of a page that asks for a login with an authenticator app first.
const WITH_APP: &str = "with_app";

/// A logged-in user.
#[derive(Debug)]
pub struct Member {
    /// The application.
    pub app: SharedApp,
    /// The brand of the request.
    pub brand: RequestBrand,
    /// The language of the page.
    pub locale: Locale,
    /// The IP address of the request.
    pub address: ClientAddress,
    /// The browser of the request.
    pub browser: Browser,
    /// The session, with the account.
    pub live: LiveSession,
    /// The circumstances of a consent that is given or withdrawn in this request.
    pub context: ConsentContext,
    /// The path and query of the request.
    pub url: String,
    cookies: Vec<HeaderValue>,
}

/// A logged-in user whose login is recent enough to change what protects the account.
#[derive(Debug)]
pub struct FreshMember(pub Member);

/// A [`FreshMember`] who also entered a second factor or used a passkey.
#[derive(Debug)]
pub struct StrongMember(pub Member);

/// A [`FreshMember`] who wants to change what protects the account. The login is as strong
/// as the person could or would make it; `standing` says whether a change takes effect at
/// once.
#[derive(Debug)]
pub struct GuardedMember(pub Member);

/// Whether a change of what protects the account takes effect at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The login is the strongest for which the account is set up.
    Strongest,
    /// The account is set up for this stronger login: the change waits.
    Below(Strength),
}

impl Deref for GuardedMember {
    type Target = Member;
    fn deref(&self) -> &Member {
        &self.0
    }
}

impl Deref for StrongMember {
    type Target = Member;
    fn deref(&self) -> &Member {
        &self.0
    }
}

impl Deref for FreshMember {
    type Target = Member;
    fn deref(&self) -> &Member {
        &self.0
    }
}

impl FromRequestParts<SharedApp> for Member {
    type Rejection = PageRefusal;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, PageRefusal> {
        let brand = brand_of(parts, app).await?;
        match member(parts, app, brand).await? {
            Some(member) => Ok(member),
            None => Err(log_in_first(parts, app, Login::Any).await),
        }
    }
}

impl FromRequestParts<SharedApp> for FreshMember {
    type Rejection = PageRefusal;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, PageRefusal> {
        let brand = brand_of(parts, app).await?;
        match member(parts, app, brand).await? {
            Some(member) if member.is_fresh(&parts.method) => Ok(Self(member)),
            _ => Err(log_in_first(parts, app, Login::Recent).await),
        }
    }
}

impl FromRequestParts<SharedApp> for StrongMember {
    type Rejection = PageRefusal;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, PageRefusal> {
        let brand = brand_of(parts, app).await?;
        match member(parts, app, brand).await? {
            Some(member) if member.is_fresh(&parts.method) && member.is_strong() => {
                Ok(Self(member))
            }
            // ⑪ redirects here with `error` if the person cannot enter a second factor, or
            // declined.
            Some(member) if query_of(&parts.uri, "error").is_some() => {
                Err(member.without_second_factor())
            }
            _ => Err(log_in_first(parts, app, Login::Strong).await),
        }
    }
}

impl FromRequestParts<SharedApp> for GuardedMember {
    type Rejection = PageRefusal;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, PageRefusal> {
        let brand = brand_of(parts, app).await?;
        let Some(member) = member(parts, app, brand).await? else {
            return Err(log_in_first(parts, app, Login::Strong).await);
        };
        if !member.is_fresh(&parts.method) {
            return Err(log_in_first(parts, app, Login::Strong).await);
        }
        // A form that was filled in takes effect later rather than being lost.
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return Ok(Self(member));
        }
        let strength = second_factor::strength(app, &member.live);
        let asks =
            |name, for_more: Strength| query_of(&parts.uri, name).is_some() && strength < for_more;
        if asks(WITH_PASSKEY, Strength::Passkey) || asks(WITH_APP, Strength::App) {
            return Err(log_in_first(parts, app, Login::Fresh).await);
        }
        // ⑪ redirects here with `error` if the person cannot enter a second factor, or
        // declined.
        let asked = query_of(&parts.uri, "error").is_some();
        let has_none = SecondFactor::available_to(&member.live.account).is_empty();
        if asked || has_none || member.is_strong() {
            return Ok(Self(member));
        }
        Err(log_in_first(parts, app, Login::Strong).await)
    }
}

async fn brand_of(parts: &mut Parts, app: &SharedApp) -> Result<RequestBrand, PageRefusal> {
    RequestBrand::from_request_parts(parts, app)
        .await
        .map_err(|unknown| PageRefusal::Elsewhere(Box::new(unknown.into_response())))
}

async fn member(
    parts: &mut Parts,
    app: &SharedApp,
    brand: RequestBrand,
) -> Result<Option<Member>, Fault> {
    let live = browser::session_of(app, &brand, &parts.headers).await?;
    // A person who owes the second step of their login is not logged in yet.
    let Some(live) = live.filter(|live| !second_factor::is_owed(live)) else {
        return Ok(None);
    };
    let Ok(address) = ClientAddress::from_request_parts(parts, app).await;
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
    Ok(Some(Member {
        app: SharedApp::clone(app),
        cookies: browser.cookie(&brand).into_iter().collect(),
        brand,
        locale,
        address,
        browser,
        live,
        context,
        url: parts.uri.to_string(),
    }))
}

/// Sends a person to ⑪ and then back to the page that was requested.
async fn log_in_first(parts: &mut Parts, app: &SharedApp, login: Login) -> PageRefusal {
    let path = parts.uri.path().to_owned();
    let sent = async {
        let brand = brand_of(parts, app).await?;
        let visitor = Visitor::from_request_parts(parts, app)
            .await
            .map_err(|unknown| PageRefusal::Elsewhere(Box::new(unknown)))?;
        let arrival = own_pages::arrival(app, &brand, &path, login)?;
        set_out(visitor, arrival).await
    };
    match sent.await {
        Ok(response) => PageRefusal::Elsewhere(Box::new(response)),
        Err(refusal) => refusal,
    }
}

impl Member {
    /// Returns the names of these clients, by client ID; of one that was removed, its ID.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub(super) async fn names_of(
        &self,
        ids: impl Iterator<Item = &String>,
    ) -> Result<BTreeMap<String, String>, Fault> {
        let mut names = BTreeMap::new();
        for id in ids {
            if names.contains_key(id) {
                continue;
            }
            let client_id = ClientId(id.clone());
            let stored = self.app.clients.get(&self.app.store, &client_id).await?;
            let name = stored.map_or_else(
                || id.clone(),
                |stored| stored.client.name_in(self.locale.tag()).to_owned(),
            );
            names.insert(id.clone(), name);
        }
        Ok(names)
    }

    /// The time of the request.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.context.at
    }

    /// Whether the login is recent enough to change what protects the account, within the
    /// longer time of a form.
    #[must_use]
    pub fn is_recent(&self) -> bool {
        self.is_fresh(&Method::POST)
    }

    /// Whether a change of what protects the account takes effect at once.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub(super) async fn standing(&self) -> Result<Standing, Fault> {
        Ok(self.standing_beside(&self.passkeys().await?))
    }

    /// The same, for a page that has read the account's passkeys. What was added since the
    /// person logged in does not count: what the strongest login added does not make that
    /// login a weaker one.
    pub(super) fn standing_beside(&self, passkeys: &[Passkey]) -> Standing {
        let (account, session) = (&self.live.account, &self.live.session);
        let strength = second_factor::strength(&self.app, &self.live);
        let before = |at: Timestamp| at < session.auth_time;
        let factors = Factors {
            account,
            passkeys: passkeys.iter().filter(|one| before(one.created_at)).count(),
            app: account.enrolled.app && account.enrolled.app_added_at.is_none_or(before),
        };
        let strongest = factors.strongest();
        if strength >= strongest {
            Standing::Strongest
        } else {
            Standing::Below(strongest)
        }
    }

    /// Returns the account's passkeys, oldest first.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub(super) async fn passkeys(&self) -> Result<Vec<Passkey>, Fault> {
        self.app.store.passkeys().of(&self.live.account.id).await
    }

    /// Returns the status and the error of a page whose change cannot wait, if the account has
    /// a stronger login than this one.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub(super) async fn too_weak(&self) -> Result<Option<(StatusCode, FieldErrors)>, Fault> {
        let weak = || {
            (
                StatusCode::FORBIDDEN,
                FieldErrors::one("", "login-too-weak"),
            )
        };
        Ok((self.standing().await? != Standing::Strongest).then(weak))
    }

    /// Returns the shell of a page that changes what protects the account. If a change will
    /// wait, it says so, and how to make it take effect at once.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub(super) async fn guarded_shell(&self, place: &str) -> Result<Shell, Fault> {
        Ok(self.guarded_shell_beside(place, &self.passkeys().await?))
    }

    /// The same, for a page that has read the account's passkeys.
    pub(super) fn guarded_shell_beside(&self, place: &str, passkeys: &[Passkey]) -> Shell {
        let shell = self.shell(place);
        let Standing::Below(strongest) = self.standing_beside(passkeys) else {
            return shell;
        };
        let hours = self.app.config.account.change_delay.as_secs() / (60 * 60);
        let text = |key| texts::text(self.locale, key, &[("hours", hours.to_string())]);
        let with = |name| format!("{place}?{name}=1");
        let has_none = SecondFactor::available_to(&self.live.account).is_empty();
        let (caution, link, url) = match strongest {
            Strength::Passkey => (
                "guard-waits-passkey",
                "guard-with-passkey",
                with(WITH_PASSKEY),
            ),
            Strength::App => ("guard-waits-app", "guard-with-app", with(WITH_APP)),
            Strength::OneFactor | Strength::SentCode if has_none => {
                return shell.caution(text("guard-waits-code"));
            }
            Strength::OneFactor | Strength::SentCode => {
                ("guard-waits-code", "guard-with-code", place.to_owned())
            }
        };
        shell.caution(text(caution)).with_link(url, text(link))
    }

    /// Returns the account as it is to be changed, at once.
    pub(super) fn changing(&self) -> Changing<'_> {
        Changing {
            app: &self.app,
            brand: &self.brand,
            account: &self.live.account,
            waited: None,
        }
    }

    /// Lets a change wait, and redirects to the page that lists it.
    ///
    /// # Errors
    /// The page `changes-too-many`; `Fault` if the database or short-lived state is
    /// unreachable.
    pub(super) async fn let_wait(
        &self,
        change: Change,
        kind: ChangeKind,
    ) -> Result<Response, PageRefusal> {
        match pending::let_wait(&self.changing(), change, kind).await? {
            Waits::Told => Ok(page::done(super::home::PLACE, "waits").into_response()),
            // The page leads to ⑪.
            Waits::Closed => Ok(Redirect::to(super::home::PLACE).into_response()),
            Waits::TooMany => {
                let status = StatusCode::TOO_MANY_REQUESTS;
                Err(PageRefusal::Page(status, "changes-too-many"))
            }
        }
    }

    fn is_strong(&self) -> bool {
        let attained = second_factor::attained(&self.app, &self.live);
        attained.context >= AuthenticationContext::TwoFactors
    }

    /// Answers a person who requested a page that takes a second factor and entered none.
    fn without_second_factor(&self) -> PageRefusal {
        if SecondFactor::available_to(&self.live.account).is_empty() {
            return PageRefusal::Page(StatusCode::FORBIDDEN, "no-second-factor");
        }
        let home = Redirect::to(super::home::PLACE);
        PageRefusal::Elsewhere(Box::new(home.into_response()))
    }

    fn is_fresh(&self, method: &Method) -> bool {
        is_fresh(&self.app, &self.live, method)
    }

    /// Returns the shell of the page. The tokens of its forms are valid for `place`, its
    /// path.
    #[must_use]
    pub fn shell(&self, place: &str) -> Shell {
        let brand_name = self.brand.display_name(self.locale);
        Shell::new(&self.brand.name, brand_name, self.locale)
            .at(self.url.clone())
            .form_token(self.browser.form_token(&self.app, place))
    }

    /// Refuses a form that this browser did not get for `place`.
    ///
    /// # Errors
    /// `form-expired` if the token is missing or belongs to another browser or page.
    pub fn check_form(&self, form: &Form, place: &str) -> Result<(), PageRefusal> {
        if self.browser.owns_form(&self.app, place, form.token()) {
            Ok(())
        } else {
            Err(PageRefusal::Page(StatusCode::FORBIDDEN, "form-expired"))
        }
    }

    /// Answers with a page.
    ///
    /// # Errors
    /// `Fault` if the page cannot be rendered.
    pub fn show<P: Page>(
        &self,
        status: StatusCode,
        shell: &Shell,
        page: &P,
    ) -> Result<Response, PageRefusal> {
        let html = self.app.pages.render(shell, page)?;
        let mut response = (status, Html(html)).into_response();
        for cookie in &self.cookies {
            response
                .headers_mut()
                .append(header::SET_COOKIE, cookie.clone());
        }
        Ok(response)
    }
}

/// Whether the login is recent enough to change what protects the account, by opening a
/// page or by sending its form.
pub(in crate::screens) fn is_fresh(app: &App, live: &LiveSession, method: &Method) -> bool {
    let window = app.config.sessions.sensitive_after;
    let window = match *method {
        Method::GET | Method::HEAD => window,
        _ => window.saturating_mul(WINDOWS_FOR_A_FORM),
    };
    app.clock.now().since(live.session.auth_time) <= window
}

fn text_of(headers: &HeaderMap, name: header::HeaderName) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}
