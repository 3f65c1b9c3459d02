//! A person, a service that asks for dealers, and the steps of linking a dealer.

use std::time::Duration;

use common_id::accounts::consent::Consent;
use common_id::accounts::dealer::Dealer;
use serde_json::{Value, json};
use url::Url;

use super::browser::{Landed, Page, Phone};
use super::provider::{DEALER, Provider};
use super::relying_party::{Pending, RelyingParty};
use super::steps::{self, Person};

/// The dealer that merges into `DEALER` in some tests.
pub(crate) const OLD: &str = "20900";

/// The name of `OLD`.
pub(crate) const OLD_NAME: &str = "木曽谷トヨタ株式会社";

/// `optional` of a requested link: whether the service can do without the dealer.
pub(crate) const REQUIRED: bool = false;
pub(crate) const OPTIONAL: bool = true;

pub(crate) struct Stage {
    pub(crate) provider: Provider,
    pub(crate) service: RelyingParty,
    pub(crate) person: Person,
    pub(crate) phone: Phone,
}

impl Stage {
    /// Starts a provider with the demo's dealers and `OLD`.
    pub(crate) async fn set() -> Self {
        let provider = Provider::start().await;
        let service = provider.service().await;
        let person = steps::person(&provider, "hanako@example.jp").await;
        let stage = Self {
            provider,
            service,
            person,
            phone: Phone::new(),
        };
        stage.provider.import_dealers(&[stage.old()]).await;
        stage
    }

    fn old(&self) -> Dealer {
        let mut old = self.provider.dealer(DEALER);
        OLD.clone_into(&mut old.code);
        OLD_NAME.clone_into(&mut old.legal.name);
        "Kisodani Toyota".clone_into(&mut old.name_en);
        old
    }

    /// Merges `OLD` into `DEALER`.
    pub(crate) async fn merge(&self) {
        let closed = Dealer {
            open: false,
            successor: Some(DEALER.to_owned()),
            ..self.old()
        };
        self.provider.import_dealers(&[closed]).await;
    }

    /// Changes the dealer `code` in the directory.
    pub(crate) async fn change(&self, code: &str, change: impl FnOnce(&mut Dealer)) {
        let mut dealer = self.provider.dealer(code);
        change(&mut dealer);
        self.provider.import_dealers(&[dealer]).await;
    }

    pub(crate) fn ask(&self, codes: &[&str], optional: bool) -> Pending {
        let detail =
            |code| json!({"type": "dealer_link", "identifier": code, "optional": optional});
        let details = Value::from(codes.iter().map(detail).collect::<Vec<_>>());
        self.service
            .ask("openid offline_access")
            .with("authorization_details", details.to_string())
    }

    /// Opens the request, and logs in if the page asks for it.
    pub(crate) async fn open(&mut self, request: &Pending) -> Landed {
        let landed = self.phone.open(self.service.url(request)).await;
        self.log_in_if_asked(landed).await
    }

    pub(crate) async fn log_in_if_asked(&mut self, landed: Landed) -> Landed {
        match &landed {
            Landed::On(page) if page.screen() == "login" => {
                steps::log_in(&mut self.phone, landed, &self.person.email).await
            }
            _ => landed,
        }
    }

    /// Goes through ⑩ and ⑮ for one dealer.
    pub(crate) async fn agree(&mut self, page: &Page) -> Landed {
        let landed = self.phone.press(page, "link", &[]).await;
        let complete = self.log_in_if_asked(landed).await;
        let complete = complete.screen("dealer-link-complete");
        self.phone.press(&complete, "next", &[]).await
    }

    /// Links a dealer, and lets time pass.
    pub(crate) async fn link(&mut self, code: &str) {
        let request = self.ask(&[code], REQUIRED);
        let page = self.open(&request).await.screen("dealer-link");
        self.agree(&page).await.away();
        self.provider.advance(Duration::from_secs(3600));
    }

    /// Redeems the answer's code, and returns the token response.
    pub(crate) async fn reply(&self, answer: &Url, request: &Pending) -> Value {
        let code = self.service.code_of(answer, request);
        let reply = self.service.exchange_raw(&code, &request.verifier).await;
        reply.json()
    }

    /// Returns the person's consent records, without those of the terms.
    pub(crate) async fn records(&self) -> Vec<Consent> {
        let store = &self.provider.app.store;
        let key = self.person.email.to_ascii_lowercase();
        let found = store.accounts().by_email_key(&key).await.unwrap().unwrap();
        let mut records = store.consents().of(&found.account.id).await.unwrap();
        records.retain(|record| record.kind.as_str() != "terms");
        records
    }
}

/// Returns the dealers named in a token response.
pub(crate) fn dealers_in(reply: &Value) -> Vec<&str> {
    let details = reply["authorization_details"].as_array();
    let details = details.into_iter().flatten();
    details
        .filter_map(|detail| detail["identifier"].as_str())
        .collect()
}
