//! The consents that a user gave and withdrew, in plain words, newest first; and all of
//! them as a file (Act on the Protection of Personal Information, Art. 33(5)).

use std::collections::BTreeMap;

use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::member::{FreshMember, Member};
use crate::accounts::consent::{
    Consent, ConsentAction, ConsentKind, LegalPerson, WithdrawalReason,
};
use crate::accounts::ledger::export::{Export, Form, Reader};
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::oidc::client::RESERVED;
use crate::oidc::scope::Scope;
use crate::pages::Page;
use crate::screens::{consent as scope_consent, page};
use crate::texts;

/// The path of the page.
const PLACE: &str = OwnPage::Consents.as_str();

/// How many records one page shows.
const ON_A_PAGE: i64 = 10;

/// How many records are read at a time for a file.
const AT_ONCE: i64 = 500;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Consents {
    /// The login ID.
    pub email: String,
    /// The records of this page, newest first.
    pub records: Vec<ConsentLine>,
    /// The number of the page with newer records, if there is one.
    pub newer: Option<i64>,
    /// The number of the page with older records, if there is one.
    pub older: Option<i64>,
}

/// A consent, or its withdrawal.
#[derive(Clone, Debug, Serialize)]
pub struct ConsentLine {
    /// What the consent is to.
    pub title: String,
    /// Whether it was given or withdrawn, in words.
    pub action: String,
    /// The time, to the minute.
    pub at: String,
    /// The period of the provision, in words.
    pub period: Option<String>,
    /// The data that is provided, in the words that were shown.
    pub items: Vec<String>,
    /// The purposes, in the words that were shown.
    pub purposes: Vec<String>,
    /// The language of these words.
    pub language: &'static str,
    /// The version of the wording.
    pub version: String,
    /// The name of the client through which it was given or withdrawn.
    pub through: String,
}

impl Page for Consents {
    const TEMPLATE: &'static str = "account/consents.html";
    const SCREEN: &'static str = "account-consents";
}

/// `GET /account/consents`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered. (`Member` sends a
/// person who is not logged in to ⑪.)
pub async fn get(member: Member, uri: Uri) -> Result<Response, PageRefusal> {
    let number = page_asked_for(&uri);
    let skipped = (number - 1).saturating_mul(ON_A_PAGE);
    let (app, account) = (&member.app, &member.live.account);
    let consents = app.store.consents();
    // One record more than shown is read, to know whether there are older ones.
    let mut records = consents
        .latest_of(&account.id, ON_A_PAGE + 1, skipped)
        .await?;
    let has_older = records.len() as i64 > ON_A_PAGE;
    records.truncate(ON_A_PAGE as usize);
    let services = records.iter().filter_map(|one| one.client_id.as_ref());
    let services = member.names_of(services).await?;
    let page = Consents {
        email: account.email.clone(),
        records: records
            .iter()
            .map(|consent| member.line(consent, &services))
            .collect(),
        newer: (number > 1).then_some(number - 1),
        older: has_older.then_some(number + 1),
    };
    member.show(StatusCode::OK, &member.shell(PLACE), &page)
}

/// `GET /account/consents.csv`
///
/// # Errors
/// `Fault` if the database is unreachable or a record cannot be read. (`FreshMember` sends
/// a person without a recent login to ⑪.)
pub async fn csv(member: FreshMember) -> Result<Response, PageRefusal> {
    file(&member, Form::Csv).await
}

/// `GET /account/consents.json`
///
/// # Errors
/// `Fault` if the database is unreachable or a record cannot be read. (`FreshMember` sends
/// a person without a recent login to ⑪.)
pub async fn json(member: FreshMember) -> Result<Response, PageRefusal> {
    file(&member, Form::Json).await
}

async fn file(member: &Member, form: Form) -> Result<Response, PageRefusal> {
    let ledger = member.app.store.ledger();
    let mut export = Export::new(form, Reader::Person);
    let mut text = Vec::new();
    let mut read = 0;
    loop {
        let part = ledger.of(&member.live.account.id, AT_ONCE, read).await?;
        if part.is_empty() {
            break;
        }
        read += AT_ONCE;
        text.extend(export.part(&part).map_err(Fault::because)?);
    }
    text.extend(export.last_part(&[]).map_err(Fault::because)?);
    let (kind, name) = match form {
        Form::Csv => ("text/csv; charset=utf-8", "common-id-consents.csv"),
        Form::Json => ("application/json", "common-id-consents.json"),
    };
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""))
        .map_err(Fault::because)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, text).into_response())
}

/// Returns the number of the requested page, from 1.
fn page_asked_for(uri: &Uri) -> i64 {
    let query = uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "page")
        .and_then(|(_, number)| number.parse().ok())
        .filter(|number| (1..=i64::from(u32::MAX)).contains(number))
        .unwrap_or(1)
}

impl Member {
    fn line(&self, consent: &Consent, services: &BTreeMap<String, String>) -> ConsentLine {
        let (record, locale) = (&consent.record, self.locale);
        let text = |key: &str, args: &[(&str, String)]| texts::text(locale, key, args);
        let action = match (consent.action, record.reason) {
            (ConsentAction::Given, _) => "consents-given",
            (ConsentAction::Withdrawn, None) => "consents-withdrawn",
            (ConsentAction::Withdrawn, Some(WithdrawalReason::GuardianNeeded)) => {
                "consents-guardian-needed"
            }
        };
        // Scopes are recorded by their protocol names; the words are those of this page.
        let (items, language) = match consent.kind {
            ConsentKind::Scope => {
                let scope: Scope = record.items.join(" ").parse().unwrap_or_default();
                (scope_consent::items(locale, &scope), locale)
            }
            _ => (record.items.clone(), consent.locale),
        };
        let period = record.period.map(|period| {
            let from = ("from", page::day(period.from));
            match period.until {
                None => text("consents-period-open", &[from]),
                Some(until) => text("consents-period", &[from, ("until", page::day(until))]),
            }
        });
        let through = consent.client_id.as_ref().filter(|id| *id != RESERVED);
        ConsentLine {
            title: self.title(consent),
            action: text(action, &[]),
            at: page::minute(consent.at),
            period,
            items,
            purposes: record.purposes.clone(),
            language: language.tag(),
            version: consent.wording_version.clone(),
            through: through
                .and_then(|id| services.get(id).cloned())
                .unwrap_or_else(|| text("consents-through-us", &[])),
        }
    }

    /// Returns what a consent was to; companies have the names they had at the time.
    fn title(&self, consent: &Consent) -> String {
        let name = |company: &Option<LegalPerson>| {
            let name = company.as_ref().map(|company| company.name.clone());
            name.unwrap_or_else(|| consent.target.clone())
        };
        let provider = ("provider", name(&consent.record.provider));
        let recipient = ("recipient", name(&consent.record.recipient));
        match consent.kind {
            ConsentKind::Terms => texts::text(self.locale, "consents-terms", &[]),
            ConsentKind::DealerToToyota | ConsentKind::ToyotaToDealer => {
                texts::text(self.locale, "consents-provision", &[provider, recipient])
            }
            ConsentKind::Scope => texts::text(self.locale, "consents-scope", &[recipient]),
        }
    }
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let text = |key: &str, args: &[(&str, String)]| texts::text(stage.locale, key, args);
        let (dealer, toyota) = ("長野トヨタ自動車株式会社", "トヨタ自動車株式会社");
        let provision = |from: &str, to: &str| {
            let companies = [("provider", stage.of(from)), ("recipient", stage.of(to))];
            text("consents-provision", &companies)
        };
        let day = |name: &'static str| (name, "2026-11-22".to_owned());
        let line = |title: String, action: &str, period: Option<String>| {
            ConsentLine {
            title,
            action: text(action, &[]),
            at: "2026-11-22 21:05".to_owned(),
            period,
            items: vec![stage.of("氏名、住所、電話番号、Eメールアドレスなど当社で預かりするお客様の基本的な個人情報")],
            purposes: vec![stage.of("当社は、お客様に適切なご提案をさせていただく目的で、トヨタ自動車から下記の情報をご取得させていただきます。")],
            language: "ja",
            version: stage.of("2020-06-01"),
            through: stage.of("整備手帳"),
        }
        };
        let terms = ConsentLine {
            items: Vec::new(),
            purposes: Vec::new(),
            ..line(text("consents-terms", &[]), "consents-given", None)
        };
        let ended = text("consents-period", &[day("from"), day("until")]);
        let goes_on = text("consents-period-open", &[day("from")]);
        let records = vec![
            line(provision(dealer, toyota), "consents-withdrawn", Some(ended)),
            line(provision(toyota, dealer), "consents-given", Some(goes_on)),
            terms,
        ];
        let page = |records, newer, older| Consents {
            email: stage.of("f.enrirtest2019@gmail.com"),
            records,
            newer,
            older,
        };
        stage.show(
            "account-consents",
            stage.shell(),
            &page(records, Some(1), Some(3)),
        );
        stage.show(
            "account-consents-none",
            stage.shell(),
            &page(Vec::new(), None, None),
        );
    }
}
