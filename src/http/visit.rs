//! One request of a person to one interaction: who they are, what they did so
//! far, and what comes next. Screens read it, change it by `save`, and leave by
//! `proceed`, which knows every step's page.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use url::form_urlencoded;

use super::browser::{self, Browser, LiveSession, NewSession};
use super::client_address::ClientAddress;
use super::interaction::{self, Interaction, SealedRequest};
use super::refusal::PageRefusal;
use super::request_brand::RequestBrand;
use super::{answer, browser_state, dealer_linking, guardian, second_factor};
use crate::accounts::account::Account;
use crate::accounts::dealer::DealerLink;
use crate::accounts::dealer_directory::present;
use crate::app::SharedApp;
use crate::clock::Timestamp;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::locale::Locale;
use crate::oidc::claims;
use crate::oidc::client::Party;
use crate::oidc::interaction::{
    Facts, ProfileRound, SessionFacts, Step, could_use_a_session, next, profile_round,
    terms_may_wait_until,
};
use crate::oidc::required_claims::{self, RequiredClaim};
use crate::oidc::scope::Scope;
use crate::store::clients::StoredClient;

/// How often a change is tried again when another tab changed the interaction
/// meanwhile. One writer wins each time, so this is how many may come at once.
const SAVE_ATTEMPTS: usize = 32;

/// One request to one interaction.
#[derive(Debug)]
pub struct Visit {
    /// The application.
    pub app: SharedApp,
    /// The brand under which the person came.
    pub brand: RequestBrand,
    /// The language they read.
    pub locale: Locale,
    /// Where they come from.
    pub address: ClientAddress,
    /// What their browser calls itself.
    pub user_agent: String,
    /// The interaction as it is now.
    pub interaction: Interaction,
    /// Who asks for it.
    pub client: Arc<StoredClient>,
    /// Who is logged in.
    pub session: Option<LiveSession>,
    /// Whether the person was brought here anew because the interaction was lost.
    pub restarted: bool,
    pub(super) sealed: SealedUrl,
    pub(super) stored: Option<Vec<u8>>,
    pub(super) browser: Browser,
    pub(super) cookies: Vec<HeaderValue>,
    pub(super) account_facts: AccountFacts,
}

/// The sealed copy of the request: made only once a page needs it.
#[derive(Debug)]
pub(super) enum SealedUrl {
    Made(String),
    NotYet(Box<SealedRequest>),
}

/// What the store says of the person's account, fetched when someone is logged in.
#[derive(Clone, Debug, Default)]
pub(super) struct AccountFacts {
    granted_scope: Option<Scope>,
    links: Vec<DealerLink>,
}

impl Visit {
    /// What comes next.
    #[must_use]
    pub fn step(&self) -> Step {
        let (session, successors) = (self.session_facts(), self.successors());
        next(&self.facts(session.as_ref(), &successors))
    }

    /// Whether a session that the person has under another brand would be of use.
    pub(super) fn could_use_a_session(&self) -> bool {
        let Interaction {
            request, progress, ..
        } = &self.interaction;
        self.session.is_none() && could_use_a_session(request, progress)
    }

    /// Until when the person may put off agreeing to the newest terms.
    #[must_use]
    pub fn terms_may_wait_until(&self) -> Option<Timestamp> {
        let (session, successors) = (self.session_facts(), self.successors());
        let facts = self.facts(session.as_ref(), &successors);
        terms_may_wait_until(&facts)
    }

    /// What the person told of what a service may need; nothing, where this one
    /// needs nothing.
    fn known_claims(&self, account: &Account) -> BTreeSet<RequiredClaim> {
        match required_claims::any(&self.interaction.request.claims, &self.client.client) {
            true => claims::known(account),
            false => BTreeSet::new(),
        }
    }

    /// What comes next, and what ⑫, ⑬ or ⑭ is about where that is one of them.
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

    /// Who succeeded the dealers that this request asks for.
    fn successors(&self) -> BTreeMap<String, String> {
        let directory = self.app.dealers.directory();
        let chosen = self.interaction.progress.chosen_dealer.as_ref();
        self.interaction
            .request
            .dealers_asked()
            .chain(chosen.map(|(_, code)| code.as_str()))
            .filter(|code| present(&directory, code) != *code)
            .map(|code| (code.to_owned(), present(&directory, code).to_owned()))
            .collect()
    }

    /// The dealers that are linked, by the codes of those who answer for them now,
    /// and those of them whose notice changed since.
    fn linked_dealers(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut linked, mut to_reconsent) = (BTreeSet::new(), BTreeSet::new());
        for link in &self.account_facts.links {
            let Some(dealer) = self.app.dealers.present(&link.dealer_code) else {
                linked.insert(link.dealer_code.clone());
                continue;
            };
            if dealer.open && dealer.notice.version != link.notice_version {
                to_reconsent.insert(dealer.code.clone());
            }
            linked.insert(dealer.code.clone());
        }
        (linked, to_reconsent)
    }

    /// The links of whoever is logged in, where the request is about any.
    pub(super) fn links(&self) -> &[DealerLink] {
        &self.account_facts.links
    }

    fn session_facts(&self) -> Option<SessionFacts> {
        let live = self.session.as_ref()?;
        let (linked_dealers, dealers_to_reconsent) = self.linked_dealers();
        Some(SessionFacts {
            account_id: live.account.id.clone(),
            subject: answer::subject_for(&self.app, &self.client.client, &live.account.id),
            auth_time: live.session.auth_time,
            context: second_factor::attained(&self.app, live).context,
            may_give_code: second_factor::destination(&live.account).is_some(),
            terms_version: live.account.terms_version.clone(),
            granted_scope: self.account_facts.granted_scope.clone(),
            linked_dealers,
            dealers_to_reconsent,
            needs_guardian: guardian::is_needed(&self.app, &live.account),
            known_claims: self.known_claims(&live.account),
        })
    }

    /// Changes the interaction, and says what the change says. It may run several
    /// times, if another tab changes the same interaction meanwhile; it is then
    /// given the newer state, and its last word counts.
    ///
    /// # Errors
    /// If short-lived state cannot be reached. `Elsewhere`, if another browser that
    /// opened the same URL acted first: this one is sent to begin its own.
    pub async fn save<T>(
        &mut self,
        change: impl Fn(&mut Interaction) -> T,
    ) -> Result<T, PageRefusal> {
        let browser = self.browser.fingerprint();
        for _ in 0..SAVE_ATTEMPTS {
            let mut changed = self.interaction.clone();
            let outcome = change(&mut changed);
            changed.browser = Some(browser.clone());
            let bytes = serde_json::to_vec(&changed)?;
            let key = Key::Interaction(&self.interaction.id);
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
            match interaction::load(&self.app, &self.interaction.id).await? {
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

    /// Begins a session for a person who has just proven a password; the caller
    /// has written it (`Store::begin_session`, or with a new account).
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn enter(&mut self, new: NewSession) -> Result<(), Fault> {
        let state = browser_state::cookie(&self.app, &self.brand, &new.live.session);
        self.cookies.extend(new.cookie.into_iter().chain(state));
        self.session = Some(new.live);
        self.load_account_facts().await
    }

    /// The account was closed since this request began, in another tab or on
    /// another device: its session is gone, so nobody is logged in.
    pub(crate) fn lose_session(&mut self) {
        self.session = None;
        self.account_facts = AccountFacts::default();
    }

    /// Reads what this request needs to know of the account, and no more.
    pub(super) async fn load_account_facts(&mut self) -> Result<(), Fault> {
        let Some(live) = &self.session else {
            self.account_facts = AccountFacts::default();
            return Ok(());
        };
        let account_id = &live.account.id;
        let client = &self.client.client;
        let granted_scope = match client.party {
            Party::First => None,
            Party::Third => {
                self.app
                    .store
                    .consents()
                    .granted_scope(account_id, &client.client_id)
                    .await?
            }
        };
        let links = if self.interaction.request.authorization_details.is_empty() {
            Vec::new()
        } else {
            self.app.store.dealer_links().of(account_id).await?
        };
        self.account_facts = AccountFacts {
            granted_scope,
            links,
        };
        Ok(())
    }

    /// Leaves for whatever comes next: a page, or the client.
    ///
    /// # Errors
    /// If a store fails.
    pub async fn proceed(mut self) -> Result<Response, PageRefusal> {
        loop {
            match self.step() {
                Step::ActivateDealerLink(code) => {
                    dealer_linking::link(&mut self, &code).await?;
                    self.load_account_facts().await?;
                }
                Step::EndDealerLinks => {
                    self.end_links_without_guardian().await?;
                }
                Step::Answer(granted)
                    if self.join(&granted).await? && self.is_answered().await? =>
                {
                    dealer_linking::name_customer(&self).await?;
                    return answer::grant(self, granted).await;
                }
                Step::Answer(_) => {}
                Step::Refuse(error) => return answer::refuse(self, error).await,
                page => return self.see_other(page_of(&page)),
            }
        }
    }

    /// Ends the dealer links of whoever is logged in, if they are too young for them.
    ///
    /// # Errors
    /// If a store fails.
    pub async fn end_links_without_guardian(&mut self) -> Result<(), PageRefusal> {
        let Some(account) = self.session.as_ref().map(|live| live.account.clone()) else {
            return Ok(());
        };
        let context = dealer_linking::consent_context(self);
        let ended = guardian::end_links(&self.app, &self.brand, &account, &context).await?;
        self.load_account_facts().await?;
        if ended.is_empty() {
            return Ok(());
        }
        self.save(|interaction| {
            for code in &ended {
                interaction.progress.end_for_guardian(&account.id, code);
            }
        })
        .await
    }

    /// Marks the interaction as answered, if it still is to be: a second press of
    /// the same button may have changed it since this one was read.
    async fn is_answered(&mut self) -> Result<bool, PageRefusal> {
        if self.stored.is_none() {
            return Ok(true);
        }
        self.save(|interaction| interaction.answered = true).await?;
        if matches!(self.step(), Step::Answer(_)) {
            return Ok(true);
        }
        self.save(|interaction| interaction.answered = false)
            .await?;
        self.load_account_facts().await?;
        Ok(false)
    }

    /// A redirect to another page of this interaction.
    ///
    /// # Errors
    /// If the URL cannot be made.
    pub fn see_other(mut self, page: &str) -> Result<Response, PageRefusal> {
        let url = self.url(page)?;
        let location = HeaderValue::try_from(url)
            .map_err(|_| Fault::because("a page's URL is not a header value"))?;
        Ok(self.dress((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()))
    }

    /// The URL of a page of this interaction, on this host.
    ///
    /// # Errors
    /// If the request cannot be sealed.
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

    /// A page, with the cookies that go with it.
    #[must_use]
    pub fn page(&self, status: StatusCode, html: String) -> Response {
        let response = (status, axum::response::Html(html)).into_response();
        self.dress(response)
    }

    /// Adds the cookies this visit sets.
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

    /// The token that this interaction's forms carry.
    #[must_use]
    pub fn form_token(&self) -> String {
        self.browser.form_token(&self.app, &self.interaction.id)
    }

    /// Refuses a form that this browser was not given for this interaction.
    ///
    /// # Errors
    /// `form-expired` if the token is missing or another's.
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

    /// Prepares a session for `account`, replacing the one there is.
    #[must_use]
    pub fn new_session(&self, account: crate::accounts::account::Account) -> NewSession {
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

/// The page of a step, below `/interaction/{id}/`.
#[must_use]
pub const fn page_of(step: &Step) -> &'static str {
    match step {
        Step::Terms => "terms",
        Step::RegistrationEmail => "registration/email",
        Step::RegistrationCode => "registration/code",
        Step::AlreadyRegistered => "registration/already-registered",
        Step::RegistrationDetails => "registration/details",
        Step::RegistrationConfirmation => "registration/confirmation",
        Step::RegistrationComplete => "registration/complete",
        Step::Login(_) => "login",
        Step::SelectAccount => "select-account",
        Step::SecondFactor => "login/code",
        Step::ConfirmDevice => "device",
        Step::Consent(_) => "consent",
        Step::ChooseDealer => "dealer-choice",
        Step::DealerLink(_) => "dealer-link",
        Step::GuardianNeeded => "dealer-link/guardian",
        Step::CompleteProfile => "profile",
        Step::ProfileConfirmation => "profile/confirmation",
        Step::ProfileComplete => "profile/complete",
        Step::DealerLinkComplete(_) => "dealer-link/complete",
        // These show no page; whoever asks is sent to be computed again.
        Step::ActivateDealerLink(_) | Step::EndDealerLinks | Step::Answer(_) | Step::Refuse(_) => {
            ""
        }
    }
}
