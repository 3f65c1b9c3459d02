//! 携帯電話番号でのログイン: whether the mobile number is a login ID. It becomes one only by the code
//! of an SMS.

pub mod code;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::change::UnderWay;
use super::member::{GuardedMember, Member, Standing};
use crate::account_changes::phone_login;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::one_time_code::Destination;
use crate::accounts::pending_change::{Change, ChangeKind};
use crate::accounts::phone_number::MobileNumber;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::pages::Page;
use crate::screens::code_page::Asked;
use crate::screens::form::Form;
use crate::screens::page;

/// The path of the page, for which the form tokens of both its pages are valid.
pub(super) const PLACE: &str = OwnPage::PhoneLogin.as_str();

/// The purpose of the code, which keeps it apart from codes for other purposes.
const PURPOSE: &str = "phone-login";

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
const NOTICES: &[(&str, &str)] = &[
    ("on", "phone-login-done-on"),
    ("off", "phone-login-done-off"),
];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountPhoneLogin {
    /// The number that is a login ID, if any.
    pub login_phone: Option<String>,
    /// The number to be verified, as typed or as stored.
    pub mobile_phone: String,
}

impl Page for AccountPhoneLogin {
    const TEMPLATE: &'static str = "account/phone_login.html";
    const SCREEN: &'static str = "account-phone-login";
}

/// `GET /account/phone-login`
///
/// # Errors
/// `Fault` if the page cannot be rendered. (`GuardedMember` sends a
/// person without a recent or a strong login to ⑪.)
pub async fn get(member: GuardedMember) -> Result<Response, PageRefusal> {
    show(&member, StatusCode::OK, None, FieldErrors::none()).await
}

/// `POST /account/phone-login`: sends a code to a number, or switches the login off.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable.
pub async fn post(member: GuardedMember, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    match form.action() {
        "switch_off" => switch_off(&member).await,
        "send_code" => send(&member, form.get("mobile_phone")).await,
        _ => Ok(Redirect::to(PLACE).into_response()),
    }
}

async fn send(member: &Member, typed: &str) -> Result<Response, PageRefusal> {
    let refused = |status, code| {
        let errors = FieldErrors::one("mobile_phone", code);
        show(member, status, Some(typed), errors)
    };
    if typed.trim().is_empty() {
        return refused(page::FILLED_IN_WRONGLY, "mobile-phone-missing").await;
    }
    let number = match MobileNumber::read(typed) {
        Ok(number) => number,
        Err(code) => return refused(page::FILLED_IN_WRONGLY, code).await,
    };
    let account = &member.live.account;
    if account.phone_login && account.mobile_phone == Some(number.e164()) {
        return refused(page::FILLED_IN_WRONGLY, "mobile-phone-logs-in").await;
    }
    let mut under_way = UnderWay::find(member, PURPOSE).await?;
    let in_place_of = account.mobile_phone.as_deref().unwrap_or_default();
    let (number, to) = (number.e164(), Destination::Phone(number));
    match under_way.ask((&number, &to), in_place_of).await? {
        // With `Wait`, a code was sent a moment ago and is still on its way.
        Asked::Sent | Asked::Wait(_) => Ok(Redirect::to(code::PLACE).into_response()),
        Asked::TooMany => refused(StatusCode::TOO_MANY_REQUESTS, "resend-too-many").await,
    }
}

async fn switch_off(member: &Member) -> Result<Response, PageRefusal> {
    if member.standing().await? != Standing::Strongest {
        let (change, kind) = (Change::PhoneLoginOff, ChangeKind::PhoneLoginOff);
        return member.let_wait(change, kind).await;
    }
    phone_login::switch_off(&member.changing()).await?;
    Ok(page::done(PLACE, "off").into_response())
}

/// Shows the page; `typed` replaces the account's own number in the field.
async fn show(
    member: &Member,
    status: StatusCode,
    typed: Option<&str>,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let account = &member.live.account;
    let number = account.mobile_phone.as_deref();
    let display = |number: &str| {
        MobileNumber::read(number).map_or_else(|_| number.to_owned(), |read| read.display())
    };
    let own = number.filter(|_| !account.phone_login).map(display);
    let phone_login = AccountPhoneLogin {
        login_phone: number.filter(|_| account.phone_login).map(display),
        mobile_phone: typed.map(str::to_owned).or(own).unwrap_or_default(),
    };
    let shell = page::told(
        member.guarded_shell(PLACE).await?.errors(errors),
        &member.url,
        NOTICES,
    );
    member.show(status, &shell, &phone_login)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;
    use crate::texts;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let off = |number: &str| AccountPhoneLogin {
            login_phone: None,
            mobile_phone: stage.of(number),
        };
        stage.show("account-phone-login", stage.shell(), &off("090-1234-5678"));
        let wrong = FieldErrors::one("mobile_phone", "mobile-phone-ip");
        let wrong = stage.shell().errors(wrong);
        stage.show("account-phone-login-error", wrong, &off("050-1234-5678"));
        let on = AccountPhoneLogin {
            login_phone: Some(stage.of("090-1234-5678")),
            mobile_phone: String::new(),
        };
        let done = texts::text(stage.locale, "phone-login-done-on", &[]);
        stage.show("account-phone-login-on", stage.shell().notice(done), &on);
    }
}
