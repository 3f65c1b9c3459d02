//! One HTTP request of a person to one interaction: who they are, what they did so
//! far, and which step is next. Screens read it, change it by `save`, and leave by
//! `proceed`, which knows the page of every step.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use url::form_urlencoded;

use super::facts::{self, AccountFacts, Asked};
use super::state::{self, Interaction, SealedRequest};
use crate::accounts::account::Account;
use crate::accounts::login_id::LoginId;
use crate::app::SharedApp;
use crate::clock::Timestamp;
use crate::documents;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::http::kept;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::locale::Locale;
use crate::oidc::steps::{
    Facts, ProfileRound, SessionFacts, Step, could_use_a_session, next, profile_round,
    terms_may_wait_until,
};
use crate::sessions::browser::{self, Browser, LiveSession, NewSession};
use crate::sessions::browser_state;
use crate::sessions::known_browser::KnownBrowser;
use crate::sessions::passkeys::{Asking, Ceremony};
use crate::sessions::trusted_devices;
use crate::store::accounts::AccountCredentials;
use crate::store::clients::StoredClient;

/// How often a change is retried after a concurrent change by another tab. One writer wins
/// each time, so this is how many may write at once.
const SAVE_ATTEMPTS: usize = 32;

/// One HTTP request to one interaction.
#[derive(Debug)]
pub struct Visit {
    /// The application.
    pub app: SharedApp,
    /// The brand whose host the browser asked.
    pub brand: RequestBrand,
    /// The language of the pages.
    pub locale: Locale,
    /// The client address.
    pub address: ClientAddress,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// The interaction as it is now.
    pub interaction: Interaction,
    /// The client that asks.
    pub client: Arc<StoredClient>,
    /// The session of the person who is logged in.
    pub session: Option<LiveSession>,
    /// Whether the interaction was lost and began anew with this visit.
    pub restarted: bool,
    pub(super) sealed: SealedUrl,
    pub(super) stored: Option<Vec<u8>>,
    pub(super) browser: Browser,
    pub(super) known_browser: KnownBrowser,
    pub(super) cookies: Vec<HeaderValue>,
    pub(super) account_facts: AccountFacts,
}

/// The sealed copy of the request, made only when a page needs it.
#[derive(Debug)]
pub(super) enum SealedUrl {
    Made(String),
    NotYet(Box<SealedRequest>),
}

impl Visit {
    /// The next step.
    #[must_use]
    pub fn step(&self) -> Step {
        let (session, successors) = (self.session_facts(), self.successors());
        next(&self.facts(session.as_ref(), &successors))
    }

    /// Whether a session under another brand would be of use to this request.
    pub(super) fn could_use_a_session(&self) -> bool {
        let Interaction {
            request, progress, ..
        } = &self.interaction;
        self.session.is_none() && could_use_a_session(request, progress)
    }

    /// Until when the person may postpone agreeing to the newest terms.
    #[must_use]
    pub fn terms_may_wait_until(&self) -> Option<Timestamp> {
        let (session, successors) = (self.session_facts(), self.successors());
        let facts = self.facts(session.as_ref(), &successors);
        terms_may_wait_until(&facts)
    }

    /// The next step, and for ⑫, ⑬ and ⑭ the claims that it is about.
    #[must_use]
    pub fn step_with_round(&self) -> (Step, Option<ProfileRound>) {
        let (session, successors) = (self.session_facts(), self.successors());
        let facts = self.facts(session.as_ref(), &successors);
        let step = next(&facts);
        let round = match step {
            Step::CompleteProfile | Step::ProfileConfirmation | Step::ProfileComplete => {
                profile_round(&facts)
            }
            _ => None,
        };
        (step, round)
    }

    fn facts<'v>(
        &'v self,
        session: Option<&'v SessionFacts>,
        successors: &'v BTreeMap<String, String>,
    ) -> Facts<'v> {
        Facts {
            request: &self.interaction.request,
            client: &self.client.client,
            started_at: self.interaction.started_at,
            progress: &self.interaction.progress,
            session,
            terms_version: &self.brand.terms.version,
            terms_in_force_from: self.brand.terms.in_force_from,
            successors,
            now: self.app.clock.now(),
        }
    }

    fn session_facts(&self) -> Option<SessionFacts> {
        let live = self.session.as_ref()?;
        let asked = self.asked();
        Some(self.account_facts.session_facts(&self.app, live, &asked))
    }

    fn successors(&self) -> BTreeMap<String, String> {
        facts::successors(&self.app, &self.interaction)
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            client: &self.client.client,
            request: &self.interaction.request,
        }
    }

    /// Changes the interaction and returns what the change returns. The change may run
    /// several times, each time on the newer state, if another tab changes the interaction
    /// meanwhile; the result of the last run counts.
    ///
    /// # Errors
    /// `Elsewhere` if another browser that opened the same URL acted first: this browser is
    /// sent to begin its own interaction. `Fault` if short-lived state is unreachable.
    pub async fn save<T>(
        &mut self,
        change: impl Fn(&mut Interaction) -> T,
    ) -> Result<T, PageRefusal> {
        let browser = self.browser.fingerprint();
        for _ in 0..SAVE_ATTEMPTS {
            let mut changed = self.interaction.clone();
            let outcome = change(&mut changed);
            changed.browser = Some(browser.clone());
            let bytes = documents::rewritten_or_new(self.stored.as_deref(), &changed)?;
            let key = self.place_for(bytes.len()).await?;
            let life = changed.life(&self.app);
            if self
                .app
                .ephemeral
                .swap(key, self.stored.as_deref(), &bytes, life)
                .await?
            {
                self.interaction = changed;
                self.stored = Some(bytes);
                return Ok(outcome);
            }
            match state::load(&self.app, &self.interaction.id).await? {
                Some((newer, _)) if newer.browser.as_ref() != Some(&browser) => {
                    let url = self.url("")?;
                    let again = Redirect::to(&url).into_response();
                    return Err(PageRefusal::Elsewhere(Box::new(self.dress(again))));
                }
                Some((newer, bytes)) => {
                    self.interaction = newer;
                    self.stored = Some(bytes);
                }
                None => self.stored = None,
            }
        }
        Err(Fault::because("an interaction kept changing while it was saved").into())
    }

    /// Reads the interaction again, which another tab of this browser may have changed.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn read_again(&mut self) -> Result<(), Fault> {
        let browser = self.browser.fingerprint();
        if let Some((newer, bytes)) = state::load(&self.app, &self.interaction.id).await?
            && newer.browser.as_ref() == Some(&browser)
        {
            self.interaction = newer;
            self.stored = Some(bytes);
        }
        Ok(())
    }

    /// Counts by how much the interaction grows, and returns the key under which it is
    /// stored. For a person who is logged in, it is counted for the account, and may
    /// displace others' interactions. What one account begins beyond its limit is counted
    /// and kept as a stranger's: whoever has its password cannot shut its owner out.
    async fn place_for(&self, bytes: usize) -> Result<Key<'_>, PageRefusal> {
        let id = &self.interaction.id;
        let before = self.stored.as_ref().map_or(0, Vec::len);
        let kib = kept::kib(bytes).saturating_sub(kept::kib(before));
        if let Some(live) = &self.session
            && (kib == 0 || kept::account_may_keep(&self.app, &live.account.id, kib).await?)
        {
            return Ok(Key::MembersInteraction(id));
        }
        if kib == 0 || kept::may_keep(&self.app, self.address, kib).await? {
            return Ok(Key::Interaction(id));
        }
        let code = "temporarily_unavailable";
        Err(PageRefusal::Page(StatusCode::TOO_MANY_REQUESTS, code))
    }

    /// What the browser carries of earlier logins, as it was when this request arrived.
    #[must_use]
    pub const fn known_browser(&self) -> &KnownBrowser {
        &self.known_browser
    }

    /// Returns the account that logs in with this ID, if any.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub async fn owner(&self, id: &LoginId) -> Result<Option<AccountCredentials>, Fault> {
        let accounts = self.app.store.accounts();
        match id {
            LoginId::Email(address) => accounts.by_email_key(address.key()).await,
            LoginId::Phone(number) => accounts.by_login_phone(&number.e164()).await,
        }
    }

    /// Returns the active account with this login ID, or a closed one whose owner may still
    /// come back.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub async fn owner_or_leaver(&self, id: &LoginId) -> Result<Option<AccountCredentials>, Fault> {
        let (accounts, now) = (self.app.store.accounts(), self.app.clock.now());
        match id {
            LoginId::Email(address) => accounts.by_email_key_or_closed(address.key(), now).await,
            LoginId::Phone(number) => accounts.by_login_phone(&number.e164()).await,
        }
    }

    /// Asks for a passkey within this interaction.
    #[must_use]
    pub fn asking<'a>(&'a self, ceremony: Ceremony<'a>) -> Asking<'a> {
        Asking {
            app: &self.app,
            brand: &self.brand,
            browser: &self.browser,
            place: &self.interaction.id,
            ceremony,
        }
    }

    /// Returns the id of the account's trusted device that this browser is, if it is one.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub async fn trusted_device(&self, account: &Account) -> Result<Option<String>, Fault> {
        trusted_devices::recognise(&self.app, &self.browser, account).await
    }

    /// Trusts this browser, in which the person of that session took a second step.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub async fn trust_device(&mut self, live: &LiveSession) -> Result<(), Fault> {
        let cookie = trusted_devices::trust(&self.app, &self.brand, &self.browser, live).await?;
        self.cookies.extend(cookie);
        Ok(())
    }

    /// Reads what this request needs to know of the logged-in account.
    pub(super) async fn load_account_facts(&mut self) -> Result<(), Fault> {
        self.account_facts = match &self.session {
            Some(live) => AccountFacts::load(&self.app, live, &self.asked()).await?,
            None => AccountFacts::default(),
        };
        Ok(())
    }

    /// Continues in a new session. The caller has stored it
    /// (`sessions::log_out::begin_session`, or together with a new account).
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub async fn enter(&mut self, new: NewSession) -> Result<(), Fault> {
        let state = browser_state::cookie(&self.app, &self.brand, &new.live.session);
        let known = self.known_browser.clone();
        let known = known.cookie_after_login(&self.app, &self.brand, &new.live)?;
        self.cookies
            .extend(new.cookie.into_iter().chain(state).chain(known));
        self.session = Some(new.live);
        self.load_account_facts().await
    }

    /// Drops the session: the account was closed since this request began, in another tab
    /// or on another device.
    pub(crate) fn lose_session(&mut self) {
        self.session = None;
        self.account_facts = AccountFacts::default();
    }

    /// Redirects to another page of this interaction.
    ///
    /// # Errors
    /// `Fault` if the request cannot be sealed or the URL is no header value.
    pub fn see_other(mut self, page: &str) -> Result<Response, PageRefusal> {
        let url = self.url(page)?;
        let location = HeaderValue::try_from(url)
            .map_err(|_| Fault::because("a page's URL is not a header value"))?;
        Ok(self.dress((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()))
    }

    /// The URL of a page of this interaction, on this host.
    ///
    /// # Errors
    /// `Fault` if the request cannot be sealed.
    pub fn url(&mut self, page: &str) -> Result<String, Fault> {
        let sealed = match &self.sealed {
            SealedUrl::Made(text) => text.clone(),
            SealedUrl::NotYet(request) => request.seal(&self.app, &self.brand)?,
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("request", &sealed);
        let slash = if page.is_empty() { "" } else { "/" };
        let url = format!(
            "/interaction/{}{slash}{page}?{}",
            self.interaction.id,
            query.finish()
        );
        self.sealed = SealedUrl::Made(sealed);
        Ok(url)
    }

    /// A page response, with the cookies of this visit.
    #[must_use]
    pub fn page(&self, status: StatusCode, html: String) -> Response {
        let response = (status, axum::response::Html(html)).into_response();
        self.dress(response)
    }

    /// Adds the cookies that this visit sets.
    #[must_use]
    pub fn dress(&self, mut response: Response) -> Response {
        for cookie in self
            .cookies
            .iter()
            .cloned()
            .chain(self.browser.cookie(&self.brand))
        {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    /// The token that the forms of this interaction carry.
    #[must_use]
    pub fn form_token(&self) -> String {
        self.browser.form_token(&self.app, &self.interaction.id)
    }

    /// Refuses a form that this browser was not given for this interaction.
    ///
    /// # Errors
    /// The page `form-expired` if the token is missing or belongs to another form or
    /// browser.
    pub fn check_form(&self, token: &str) -> Result<(), PageRefusal> {
        if self
            .browser
            .owns_form(&self.app, &self.interaction.id, token)
        {
            Ok(())
        } else {
            Err(PageRefusal::Page(StatusCode::FORBIDDEN, "form-expired"))
        }
    }

    /// Prepares a session for `account`, in place of the browser's current one.
    #[must_use]
    pub fn new_session(&self, account: Account) -> NewSession {
        let here = self.session.as_ref().map(|live| &live.session);
        match here.filter(|session| session.account_id == account.id) {
            Some(session) => browser::renewed_session(&self.app, &self.brand, account, session),
            None => browser::new_session(&self.app, &self.brand, account, &self.user_agent),
        }
    }

    pub(super) fn user_agent_of(headers: &HeaderMap) -> String {
        headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    }
}
