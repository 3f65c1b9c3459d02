//! What an account is linked with: dealers, and other companies' services that
//! may use its information. Taking back is as easy as giving.

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

/// The page's place, which its forms' tokens are good for.
const PLACE: &str = OwnPage::Services.as_str();

/// What may just have been done, and the sentence that says so.
const NOTICES: &[(&str, &str)] = &[
    ("revoked", "services-revoked"),
    ("unlinked", "services-unlinked"),
];

/// How often a link is read anew when it changes in that moment.
const ATTEMPTS: usize = 3;

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
    /// The name of the dealer that the person linked, if this one succeeded it.
    pub formerly: Option<String>,
    /// The day it was linked.
    pub linked_on: String,
    /// Whether it takes links no more.
    pub is_closed: bool,
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

/// `GET /account/services`
///
/// # Errors
/// If nobody is logged in, or a store fails.
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

/// `POST /account/services`: takes back a permission, or undoes a link.
///
/// # Errors
/// If nobody is logged in, the form is not this browser's, or a store fails.
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

    /// Undoes the link with the dealer of that code, or with who succeeded it.
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

    /// The withdrawals of all consents that a link stands on, found among the
    /// person's records.
    pub(super) fn unlinking(
        &self,
        link: &DealerLink,
        records: &[Consent],
    ) -> Result<Vec<Consent>, Fault> {
        let account = &self.live.account;
        withdrawal::withdrawals(&self.app, account, (link, records), &self.context)
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
