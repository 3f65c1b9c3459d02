//! Entry of the code that was sent by SMS. A right code makes the number a login ID.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::{PURPOSE, show as show_number};
use crate::account_changes::phone_login;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::one_time_code::Destination;
use crate::accounts::pending_change::{Change, ChangeKind};
use crate::accounts::phone_number::MobileNumber;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::pages::Page;
use crate::screens::account::change::UnderWay;
use crate::screens::account::member::{FreshMember, Member, Standing};
use crate::screens::code_page::{self, Asked, Shown};
use crate::screens::form::Form;
use crate::screens::page;

/// The path of the page.
pub(super) const PLACE: &str = OwnPage::PhoneLoginCode.as_str();

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct PhoneLoginCode {
    /// The number to which the code was sent.
    pub mobile_phone: String,
    /// For how many minutes the code is valid.
    pub valid_minutes: u64,
}

impl Page for PhoneLoginCode {
    const TEMPLATE: &'static str = "account/phone_login_code.html";
    const SCREEN: &'static str = "account-phone-login-code";
}

/// `GET /account/phone-login/code`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered. (`FreshMember` sends a person without a recent login to ⑪.)
pub async fn get(member: FreshMember) -> Result<Response, PageRefusal> {
    match named(&UnderWay::find(&member, PURPOSE).await?) {
        Some(number) => show(&member, &number, code_page::opened(&member.url)),
        None => Ok(Redirect::to(super::PLACE).into_response()),
    }
}

/// `POST /account/phone-login/code`: the code, a new code, or another number.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable.
pub async fn post(member: FreshMember, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, super::PLACE)?;
    let under_way = UnderWay::find(&member, PURPOSE).await?;
    let Some(number) = named(&under_way) else {
        return Ok(page::done(super::PLACE, outcome(&member)).into_response());
    };
    match form.action() {
        "back" => Ok(Redirect::to(super::PLACE).into_response()),
        "resend_code" => resend(&member, under_way, &number).await,
        _ => prove(&member, under_way, number, form.get("code")).await,
    }
}

/// Returns the notice if no change is in progress: after a second press of the button the
/// change was made already.
fn outcome(member: &Member) -> &'static str {
    if member.live.account.phone_login {
        "on"
    } else {
        ""
    }
}

/// Returns the number to be verified.
fn named(under_way: &UnderWay<'_>) -> Option<MobileNumber> {
    MobileNumber::read(under_way.named()?).ok()
}

async fn resend(
    member: &Member,
    mut under_way: UnderWay<'_>,
    number: &MobileNumber,
) -> Result<Response, PageRefusal> {
    let to = Destination::Phone(number.clone());
    let in_place_of = under_way.in_place_of().to_owned();
    match under_way.ask((&number.e164(), &to), &in_place_of).await? {
        Asked::Sent => Ok(code_page::back_to(PLACE).into_response()),
        Asked::Wait(wait) => show(member, number, Shown::Wait(wait)),
        Asked::TooMany => show(member, number, Shown::TooMany("resend-too-many")),
    }
}

async fn prove(
    member: &Member,
    mut under_way: UnderWay<'_>,
    number: MobileNumber,
    typed: &str,
) -> Result<Response, PageRefusal> {
    let to = Destination::Phone(number.clone());
    if let Err(shown) = under_way.prove(&to, typed).await? {
        return show(member, &number, shown);
    }
    let (e164, in_place_of) = (number.e164(), under_way.in_place_of().to_owned());
    if member.standing().await? != Standing::Strongest {
        under_way.end().await?;
        let change = Change::PhoneLoginOn {
            number: e164,
            in_place_of,
        };
        return member.let_wait(change, ChangeKind::PhoneLoginOn).await;
    }
    let switched = phone_login::switch_on(&member.changing(), &e164, &in_place_of).await?;
    under_way.end().await?;
    if switched {
        Ok(page::done(super::PLACE, "on").into_response())
    } else {
        let errors = FieldErrors::one("mobile_phone", "mobile-phone-changed-elsewhere");
        let typed = number.display();
        show_number(member, StatusCode::CONFLICT, Some(&typed), errors).await
    }
}

fn show(member: &Member, number: &MobileNumber, shown: Shown) -> Result<Response, PageRefusal> {
    let code = PhoneLoginCode {
        mobile_phone: number.display(),
        valid_minutes: code_page::valid_minutes(&member.app.config),
    };
    let arrives = code_page::travels(&member.app, &Destination::Phone(number.clone()));
    let (status, shell) = shown.said(member.shell(super::PLACE), "code", arrives);
    member.show(status, &shell, &code)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let code = || PhoneLoginCode {
            mobile_phone: stage.of("090-1234-5678"),
            valid_minutes: 10,
        };
        stage.show("account-phone-login-code", stage.shell(), &code());
        let wrong = FieldErrors::one("code", "login-code-wrong");
        let wrong = stage.shell().errors(wrong);
        stage.show("account-phone-login-code-error", wrong, &code());
    }
}
