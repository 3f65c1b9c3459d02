//! The dealers that an account is linked with, and the other companies' clients that may
//! use its data. Withdrawing is as easy as consenting.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use serde::Serialize;

use super::member::Member;
use crate::accounts::consent::{self, Consent, ConsentAction, ConsentKind};
use crate::accounts::dealer::DealerLink;
use crate::app::SharedApp;
use crate::dealer_links::events;
use crate::dealer_links::withdrawal;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::oidc::client::ClientId;
use crate::oidc::security_event::UnlinkReason;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::{consent as scope_consent, dealer_link, page};
use crate::store::consents::ScopeGrant;

/// The path of the page, for which the tokens of its forms are valid.
const PLACE: &str = OwnPage::Services.as_str();

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
const NOTICES: &[(&str, &str)] = &[
    ("revoked", "services-revoked"),
    ("unlinked", "services-unlinked"),
];

/// How often a link is read again if it changes at the same moment.
const ATTEMPTS: usize = 3;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Services {
    /// The login ID.
    pub email: String,
    /// The linked dealers.
    pub dealers: Vec<LinkedDealer>,
    /// The clients with a consent.
    pub clients: Vec<AllowedClient>,
}

/// A linked dealer.
#[derive(Clone, Debug, Serialize)]
pub struct LinkedDealer {
    /// The dealer's code.
    pub code: String,
    /// The dealer's name.
    pub name: String,
    /// The name of the dealer that the user linked, if this one succeeded it.
    pub formerly: Option<String>,
    /// The day it was linked.
    pub linked_on: String,
    /// Whether the dealer is closed to new links.
    pub is_closed: bool,
}

/// A client that may use the user's data.
#[derive(Clone, Debug, Serialize)]
pub struct AllowedClient {
    /// The client ID.
    pub client_id: String,
    /// The client's name.
    pub name: String,
    /// The scopes, in words.
    pub items: Vec<String>,
    /// The day of the consent.
    pub granted_on: String,
}

impl Page for Services {
    const TEMPLATE: &'static str = "account/services.html";
    const SCREEN: &'static str = "account-services";
}

/// `GET /account/services`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered. (`Member` sends a
/// person who is not logged in to ⑪.)
pub async fn get(State(app): State<SharedApp>, member: Member) -> Result<Response, PageRefusal> {
    let account_id = &member.live.account.id;
    let links = app.store.dealer_links().of(account_id).await?;
    let grants = app.store.consents().grants_of(account_id).await?;
    let mut clients = Vec::new();
    for grant in grants {
        clients.push(member.allowed(grant).await?);
    }
    let services = Services {
        email: member.live.account.email.clone(),
        dealers: links.iter().map(|link| member.linked(link)).collect(),
        clients,
    };
    let shell = page::told(member.shell(PLACE), &member.url, NOTICES);
    member.show(StatusCode::OK, &shell, &services)
}

/// `POST /account/services`: withdraws a consent, or ends a dealer link.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable.
pub async fn post(member: Member, form: Form) -> Result<Redirect, PageRefusal> {
    member.check_form(&form, PLACE)?;
    match form.action() {
        "revoke" => {
            member
                .revoke(&ClientId(form.get("client_id").to_owned()))
                .await?;
            Ok(page::done(PLACE, "revoked"))
        }
        "unlink" => {
            member.unlink(form.get("dealer")).await?;
            Ok(page::done(PLACE, "unlinked"))
        }
        _ => Ok(Redirect::to(PLACE)),
    }
}

impl Member {
    fn linked(&self, link: &DealerLink) -> LinkedDealer {
        let dealer = self.app.dealers.present(&link.dealer_code);
        let name = |code: &str| dealer_link::dealer_name(&self.app, self.locale, code);
        LinkedDealer {
            code: link.dealer_code.clone(),
            name: name(
                dealer
                    .as_ref()
                    .map_or(&link.dealer_code, |dealer| &dealer.code),
            ),
            formerly: link.made_with.as_deref().map(name),
            linked_on: page::day(link.linked_at),
            is_closed: dealer.is_some_and(|dealer| !dealer.open),
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

    /// Ends the link with the dealer `code`, or with the dealer that succeeded it.
    async fn unlink(&self, code: &str) -> Result<(), Fault> {
        let (store, account_id) = (&self.app.store, &self.live.account.id);
        for _ in 0..ATTEMPTS {
            let links = store.dealer_links().of(account_id).await?;
            let present = self.app.dealers.present(code);
            let meant = |link: &DealerLink| {
                let successor = present.as_ref().map(|dealer| &dealer.code);
                link.dealer_code == code || Some(&link.dealer_code) == successor
            };
            let Some(link) = links.into_iter().find(meant) else {
                return Ok(());
            };
            let records = store.consents().of(account_id).await?;
            let withdrawn = self.unlinking(&link, &records)?;
            let ended = (&link, UnlinkReason::Person);
            let events = events::unlinked(&self.app, &self.brand, account_id, ended).await?;
            if store
                .dealer_links()
                .unlink(account_id, &link, &withdrawn, &events)
                .await?
            {
                self.app.outbox.wake();
                return Ok(());
            }
        }
        Err(Fault::because(
            "a dealer link kept changing while it was undone",
        ))
    }

    /// Returns the withdrawals of all consents that a link depends on, found among the
    /// user's records.
    pub(super) fn unlinking(
        &self,
        link: &DealerLink,
        records: &[Consent],
    ) -> Result<Vec<Consent>, Fault> {
        let account = &self.live.account;
        withdrawal::withdrawals(&self.app, account, (link, records), &self.context)
    }

    /// Returns the consents given that satisfy `of_sort`, oldest first.
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

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("f.enrirtest2019@gmail.com");
        let items = ["お名前、フリガナ、生年月日など", "メールアドレス"]
            .map(|item| stage.of(item))
            .to_vec();
        let services = Services {
            email: email(),
            dealers: vec![LinkedDealer {
                code: stage.of("20100"),
                name: stage.of("長野トヨタ自動車株式会社"),
                formerly: Some(stage.of("南信トヨペット株式会社（デモ）")),
                linked_on: "2026-11-22".to_owned(),
                is_closed: true,
            }],
            clients: vec![AllowedClient {
                client_id: stage.of("diary"),
                name: stage.of("ドライブ手帳"),
                items,
                granted_on: "2026-11-22".to_owned(),
            }],
        };
        stage.show("services", stage.shell(), &services);
    }
}
