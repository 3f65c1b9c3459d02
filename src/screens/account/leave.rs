//! 退会: states what ends and what is kept, asks for the password and a tick, and closes the
//! account.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::member::{FreshMember, Member};
use super::password::{Present, judge_present};
use crate::accounts::consent::{self, Consent, ConsentAction, ConsentKind};
use crate::accounts::email_address::EmailAddress;
use crate::accounts::field_errors::FieldErrors;
use crate::dealer_links::events;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::mail::message::Message;
use crate::oidc::security_event::UnlinkReason;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::{dealer_link, page};
use crate::sessions::clients::farewells;
use crate::sessions::sign_out::{LOGGED_OUT, forget_session};
use crate::store::accounts::closing::Closing;
use crate::store::session_clients::Farewell;

const PLACE: &str = OwnPage::Leave.as_str();

/// How often the account is read again if its links or grants change at the same moment.
const ATTEMPTS: usize = 3;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountLeave {
    /// The login ID.
    pub email: String,
    /// The dealers whose links end.
    pub dealers: Vec<String>,
}

impl Page for AccountLeave {
    const TEMPLATE: &'static str = "account/leave.html";
    const SCREEN: &'static str = "account-leave";
}

/// `GET /account/leave`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered. (`FreshMember`
/// sends a person without a recent login to ⑪.)
pub async fn get(member: FreshMember) -> Result<Response, PageRefusal> {
    show(&member, StatusCode::OK, FieldErrors::none()).await
}

/// `POST /account/leave`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable. `Fault::Busy` if too many passwords wait to be
/// checked.
pub async fn post(member: FreshMember, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    let mut errors = FieldErrors::none();
    if form.get("confirm").is_empty() {
        errors.add("confirm", "leave-unconfirmed");
    }
    let status = match judge_present(&member, form.secret("password")).await? {
        Present::Right => page::FILLED_IN_WRONGLY,
        Present::Wrong(code) => {
            errors.add("password", code);
            page::FILLED_IN_WRONGLY
        }
        Present::TooMany => {
            errors.add("password", "password-too-many");
            StatusCode::TOO_MANY_REQUESTS
        }
    };
    if !errors.is_empty() {
        return show(&member, status, errors).await;
    }
    for _ in 0..ATTEMPTS {
        if close(&member).await? {
            member.app.outbox.wake();
            let mut response = page::done(LOGGED_OUT, "left").into_response();
            forget_session(&member.brand, &mut response);
            return Ok(response);
        }
    }
    Err(Fault::because("an account kept changing while it was closed").into())
}

async fn close(member: &Member) -> Result<bool, Fault> {
    let (app, account) = (&member.app, &member.live.account);
    let links = app.store.dealer_links().of(&account.id).await?;
    let grants = app.store.consents().grants_of(&account.id).await?;
    let records = app.store.consents().of(&account.id).await?;
    let given = |consent: &&Consent| consent.action == ConsentAction::Given;
    let mut withdrawals = Vec::new();
    for link in &links {
        withdrawals.extend(member.unlinking(link, &records)?);
    }
    for grant in &grants {
        let to_client = |consent: &&Consent| {
            consent.kind == ConsentKind::Scope && consent.target == grant.client_id.0
        };
        let granted = records.iter().filter(given).rfind(to_client);
        withdrawals.extend(granted.map(|consent| {
            consent::withdrawal(consent, account, &member.context, app.random.id())
        }));
    }
    let mut messages = Vec::new();
    if let Ok(to) = EmailAddress::read(&account.email) {
        let goodbye = Message::Goodbye { to: &to };
        messages.push(app.outbox.write(&member.brand, account.locale, &goodbye)?);
    }
    for link in &links {
        let ended = (link, UnlinkReason::AccountClosed);
        messages.extend(events::unlinked(app, &member.brand, &account.id, ended).await?);
    }
    let now = member.now();
    let farewells = farewells(app);
    let closing = Closing {
        account_id: &account.id,
        dealer_links: links.len() as u64,
        scope_grants: grants.len() as u64,
        withdrawals: &withdrawals,
        revoked_until: now.after(app.config.tokens.access_token_lifetime),
        farewell: Farewell(&farewells),
    };
    app.store.accounts().close(&closing, &messages, now).await
}

async fn show(
    member: &Member,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let account = &member.live.account;
    let links = member.app.store.dealer_links().of(&account.id).await?;
    let name = |code: &str| dealer_link::present_name(&member.app, member.locale, code);
    let page = AccountLeave {
        email: account.email.clone(),
        dealers: links.iter().map(|link| name(&link.dealer_code)).collect(),
    };
    let shell = member.shell(PLACE).errors(errors);
    member.show(status, &shell, &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("f.enrirtest2019@gmail.com");
        let leave = || AccountLeave {
            email: email(),
            dealers: vec![stage.of("長野トヨタ自動車株式会社")],
        };
        stage.show("account-leave", stage.shell(), &leave());
        let wrong = FieldErrors::one("confirm", "leave-unconfirmed");
        stage.show("account-leave-error", stage.shell().errors(wrong), &leave());
    }
}
