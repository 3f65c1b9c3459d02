//! 生年月日の変更: correction of a wrong birthdate. The birthdate can be asked for in the recovery
//! of a password, and it decides who needs a guardian. A change therefore takes a recent
//! login with a second factor, is possible only at intervals, and is notified by mail.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::member::{Member, StrongMember};
use super::profile;
use crate::accounts::account::Account;
use crate::accounts::birthdate::Birthdate;
use crate::accounts::email_address::EmailAddress;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::profile_form::{self, BIRTHDATE};
use crate::accounts::registration::RawDetails;
use crate::dealer_links::guardian;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::interaction::way_back::WayBack;
use crate::mail::message::Message;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::screens::profile_lines::birthdate;
use crate::store::accounts::profile::Updated;

/// The path of the page.
pub(in crate::screens) const PLACE: &str = OwnPage::Birthdate.as_str();

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountBirthdate {
    /// The current birthdate, in words.
    pub current: String,
    /// The fields as typed, or with the current birthdate.
    pub values: RawDetails,
    /// When the birthdate may be changed again; `None` if it may be changed now.
    pub open_from: Option<String>,
    /// For how many days a changed birthdate cannot be changed again.
    pub wait_days: u64,
    /// The version of the account that the page was made from.
    pub version: i64,
    /// The URL of ⑫, if the person came from there.
    pub service_url: Option<String>,
}

impl Page for AccountBirthdate {
    const TEMPLATE: &'static str = "account/birthdate.html";
    const SCREEN: &'static str = "account-birthdate";
}

/// What the page of confirmation shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountBirthdateConfirmation {
    /// The current birthdate, in words.
    pub current: String,
    /// The new birthdate, in words.
    pub new: String,
    /// The fields as typed.
    pub values: RawDetails,
    /// Whether the change ends dealer links.
    pub ends_links: bool,
    /// For how many days the birthdate cannot be changed again.
    pub wait_days: u64,
    /// The version of the account that the form was made from.
    pub version: i64,
}

impl Page for AccountBirthdateConfirmation {
    const TEMPLATE: &'static str = "account/birthdate_confirmation.html";
    const SCREEN: &'static str = "account-birthdate-confirmation";
}

/// The values of the form.
struct Filled {
    values: RawDetails,
    version: i64,
}

impl Filled {
    fn of(account: &Account) -> Self {
        Self {
            values: profile_form::of(account),
            version: account.version,
        }
    }
}

/// `GET /account/birthdate`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered. (`StrongMember` sends a person without a recent login by two factors to ⑪.)
pub async fn get(member: StrongMember) -> Result<Response, PageRefusal> {
    let account = &member.live.account;
    if account.profile.birthdate.is_none() {
        // The first birthdate is entered on that page.
        return Ok(Redirect::to(profile::PLACE).into_response());
    }
    let filled = Filled::of(account);
    show(&member, filled, StatusCode::OK, FieldErrors::none()).await
}

/// `POST /account/birthdate`: shows the confirmation, or saves the change.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable.
pub async fn post(member: StrongMember, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    let Some(settled) = member.live.account.profile.birthdate.clone() else {
        return Ok(Redirect::to(profile::PLACE).into_response());
    };
    let [year, month, day] = BIRTHDATE.map(|field| form.get(field));
    let filled = Filled {
        values: typed(&form),
        // Only the version that the page showed may be overwritten.
        version: form.get("version").parse().unwrap_or_default(),
    };
    let wrong = |code| FieldErrors::one("birthdate_year", code);
    let born = match Birthdate::read(year, month, day, member.now()) {
        Ok(born) => born,
        Err(code) => return show(&member, filled, page::FILLED_IN_WRONGLY, wrong(code)).await,
    };
    let is_same = born.to_string() == settled;
    match form.action() {
        "back" => show(&member, filled, StatusCode::OK, FieldErrors::none()).await,
        // The button was pressed twice, and the first request saved the change.
        "save" if is_same => done(&member).await,
        _ if is_same => {
            let errors = wrong("birthdate-unchanged");
            show(&member, filled, page::FILLED_IN_WRONGLY, errors).await
        }
        _ if open_from(&member).await?.is_some() => {
            let errors = FieldErrors::one("", "birthdate-changed-lately");
            show(&member, filled, StatusCode::TOO_MANY_REQUESTS, errors).await
        }
        "save" => save(&member, born, filled).await,
        _ => confirm(&member, born, filled).await,
    }
}

fn typed(form: &Form) -> RawDetails {
    RawDetails::read(|field| {
        let belongs_here = BIRTHDATE.contains(&field);
        belongs_here.then(|| form.get(field).to_owned())
    })
}

async fn save(member: &Member, born: Birthdate, filled: Filled) -> Result<Response, PageRefusal> {
    let (app, account) = (&member.app, &member.live.account);
    let mut changed = with(account, born);
    changed.version = filled.version;
    let mut news = Vec::new();
    if let Ok(to) = EmailAddress::read(&account.email) {
        let message = Message::BirthdateChanged { to: &to };
        news.push(app.outbox.write(&member.brand, account.locale, &message)?);
    }
    let when = (member.now(), app.config.account.birthdate_change_wait);
    let accounts = app.store.accounts();
    match accounts.change_birthdate(&changed, &news, when).await? {
        Updated::Saved => {
            tracing::info!(account.id = %account.id, "a birthdate was changed by its owner");
            app.outbox.wake();
            guardian::end_links(app, &member.brand, &changed, &member.context).await?;
            if let Some(way) = WayBack::of(app, &member.live, &member.browser).await? {
                way.tell(app, account, born).await?;
            }
            done(member).await
        }
        Updated::Conflict => {
            let errors = FieldErrors::one("", "profile-changed-elsewhere");
            let filled = Filled {
                version: account.version,
                ..filled
            };
            show(member, filled, StatusCode::CONFLICT, errors).await
        }
    }
}

fn with(account: &Account, born: Birthdate) -> Account {
    let mut changed = account.clone();
    changed.profile.birthdate = Some(born.to_string());
    changed
}

/// Redirects to the client's interaction from which the person came, or to the profile
/// page.
async fn done(member: &Member) -> Result<Response, PageRefusal> {
    let way = WayBack::of(&member.app, &member.live, &member.browser).await?;
    Ok(match way {
        Some(way) => Redirect::to(&way.url).into_response(),
        None => page::done(profile::PLACE, "birthdate").into_response(),
    })
}

/// Returns when the birthdate may be changed again; `None` if it may be changed now.
async fn open_from(member: &Member) -> Result<Option<String>, Fault> {
    let accounts = member.app.store.accounts();
    let changed_at = accounts
        .birthdate_changed_at(&member.live.account.id)
        .await?;
    let wait = member.app.config.account.birthdate_change_wait;
    let from = changed_at.map(|at| at.after(wait));
    Ok(from.filter(|from| *from > member.now()).map(page::minute))
}

async fn confirm(
    member: &Member,
    born: Birthdate,
    filled: Filled,
) -> Result<Response, PageRefusal> {
    let (app, account) = (&member.app, &member.live.account);
    let changed = with(account, born);
    let links = app.store.dealer_links().of(&account.id).await?;
    let confirmation = AccountBirthdateConfirmation {
        current: birthdate(&account.profile, member.locale),
        new: birthdate(&changed.profile, member.locale),
        values: filled.values,
        ends_links: !links.is_empty() && guardian::is_needed(app, &changed),
        wait_days: page::days(app.config.account.birthdate_change_wait),
        version: filled.version,
    };
    member.show(StatusCode::OK, &member.shell(PLACE), &confirmation)
}

async fn show(
    member: &Member,
    filled: Filled,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let way = WayBack::of(&member.app, &member.live, &member.browser).await?;
    let page = AccountBirthdate {
        current: birthdate(&member.live.account.profile, member.locale),
        values: filled.values,
        open_from: open_from(member).await?,
        wait_days: page::days(member.app.config.account.birthdate_change_wait),
        version: filled.version,
        service_url: way.map(|way| way.url),
    };
    member.show(status, &member.shell(PLACE).errors(errors), &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let values = RawDetails {
            birthdate_year: stage.of("1995"),
            birthdate_month: stage.of("12"),
            birthdate_day: stage.of("24"),
            ..RawDetails::default()
        };
        let current = || stage.of("西暦1995年12月25日（平成7年）");
        let form = |service_url| AccountBirthdate {
            current: current(),
            values: values.clone(),
            open_from: None,
            wait_days: 30,
            version: 3,
            service_url,
        };
        stage.show("account-birthdate", stage.shell(), &form(None));
        let wrong = FieldErrors::one("birthdate_year", "birthdate-unchanged");
        let service = Some(format!(
            "/interaction/abc/profile?request={}",
            stage.of("xyz")
        ));
        stage.show(
            "account-birthdate-error",
            stage.shell().errors(wrong),
            &form(service),
        );
        let lately = AccountBirthdate {
            open_from: Some("2026-12-22 21:05".to_owned()),
            ..form(None)
        };
        let errors = FieldErrors::one("", "birthdate-changed-lately");
        stage.show(
            "account-birthdate-lately",
            stage.shell().errors(errors),
            &lately,
        );
        let confirmation = |ends_links| AccountBirthdateConfirmation {
            current: current(),
            new: stage.of("西暦1995年12月24日（平成7年）"),
            values: values.clone(),
            ends_links,
            wait_days: 30,
            version: 3,
        };
        stage.show(
            "account-birthdate-confirmation",
            stage.shell(),
            &confirmation(false),
        );
        stage.show(
            "account-birthdate-ends-links",
            stage.shell(),
            &confirmation(true),
        );
    }
}
