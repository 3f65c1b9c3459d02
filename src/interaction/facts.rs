//! The facts about the logged-in account that the next step depends on: what the store
//! holds, and what follows from it for one client and one request. Which step follows
//! from the facts is decided in `oidc::steps`.

use std::collections::{BTreeMap, BTreeSet};

use super::state::Interaction;
use crate::accounts::account::Account;
use crate::accounts::dealer::DealerLink;
use crate::accounts::dealer_directory::present;
use crate::accounts::second_factor::SecondFactor;
use crate::app::App;
use crate::dealer_links::guardian;
use crate::fault::Fault;
use crate::oidc::authorization_request::AuthorizationRequest;
use crate::oidc::claims;
use crate::oidc::client::{Client, Party};
use crate::oidc::required_claims::{self, RequiredClaim};
use crate::oidc::scope::Scope;
use crate::oidc::steps::SessionFacts;
use crate::sessions::browser::LiveSession;
use crate::sessions::second_factor;

/// The client that asks, and its authorization request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The client.
    pub(super) client: &'a Client,
    /// The request.
    pub(super) request: &'a AuthorizationRequest,
}

/// What the store holds about the logged-in account, as far as the request needs it.
#[derive(Clone, Debug, Default)]
pub(super) struct AccountFacts {
    granted_scope: Option<Scope>,
    links: Vec<DealerLink>,
}

/// The linked dealers, by the codes of those that answer for them now.
struct LinkedDealers {
    /// All of them.
    linked: BTreeSet<String>,
    /// Those whose notice changed since the person agreed to it.
    to_reconsent: BTreeSet<String>,
}

impl AccountFacts {
    /// Reads what the request needs to know of the account.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub(super) async fn load(
        app: &App,
        live: &LiveSession,
        asked: &Asked<'_>,
    ) -> Result<Self, Fault> {
        let account_id = &live.account.id;
        let granted_scope = match asked.client.party {
            Party::First => None,
            Party::Third => {
                let consents = app.store.consents();
                consents
                    .granted_scope(account_id, &asked.client.client_id)
                    .await?
            }
        };
        let links = if asked.request.authorization_details.is_empty() {
            Vec::new()
        } else {
            app.store.dealer_links().of(account_id).await?
        };
        Ok(Self {
            granted_scope,
            links,
        })
    }

    /// The facts about a session and its account.
    pub(super) fn session_facts(
        &self,
        app: &App,
        live: &LiveSession,
        asked: &Asked<'_>,
    ) -> SessionFacts {
        let dealers = self.linked_dealers(app);
        SessionFacts {
            account_id: live.account.id.clone(),
            subject: app.pairwise.subject(asked.client, &live.account.id),
            auth_time: live.session.auth_time,
            context: second_factor::attained(app, live).context,
            second_factors: SecondFactor::available_to(&live.account),
            owes_second_step: second_factor::is_owed(live),
            terms_version: live.account.terms_version.clone(),
            granted_scope: self.granted_scope.clone(),
            linked_dealers: dealers.linked,
            dealers_to_reconsent: dealers.to_reconsent,
            told_numbers: self.numbers_told_by(&asked.client.client_id.0),
            needs_guardian: guardian::is_needed(app, &live.account),
            known_claims: known_claims(asked, &live.account),
        }
    }

    fn numbers_told_by(&self, client_id: &str) -> BTreeSet<String> {
        let told = self.links.iter();
        let told = told.filter_map(|link| link.number_told_by(client_id));
        told.map(str::to_owned).collect()
    }

    fn linked_dealers(&self, app: &App) -> LinkedDealers {
        let (mut linked, mut to_reconsent) = (BTreeSet::new(), BTreeSet::new());
        for link in &self.links {
            let Some(dealer) = app.dealers.present(&link.dealer_code) else {
                linked.insert(link.dealer_code.clone());
                continue;
            };
            if dealer.open && dealer.notice.version != link.notice_version {
                to_reconsent.insert(dealer.code.clone());
            }
            linked.insert(dealer.code.clone());
        }
        LinkedDealers {
            linked,
            to_reconsent,
        }
    }
}

/// The claims that the account has, of those that services may need; empty if this
/// client needs none.
fn known_claims(asked: &Asked<'_>, account: &Account) -> BTreeSet<RequiredClaim> {
    if required_claims::any(&asked.request.claims, asked.client) {
        claims::known(account)
    } else {
        BTreeSet::new()
    }
}

/// The successors of the dealers that the request asks for, by the dealers' codes.
pub(super) fn successors(app: &App, interaction: &Interaction) -> BTreeMap<String, String> {
    let directory = app.dealers.directory();
    let chosen = interaction.progress.chosen_dealer.as_ref();
    interaction
        .request
        .dealers_asked()
        .chain(chosen.map(|chosen| chosen.dealer.as_str()))
        .filter(|code| present(&directory, code) != *code)
        .map(|code| (code.to_owned(), present(&directory, code).to_owned()))
        .collect()
}
