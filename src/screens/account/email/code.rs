//! Entry of the code that was sent to the new address. A right code makes the address the
//! login ID.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::{PURPOSE, show as show_address};
use crate::account_changes::email;
use crate::accounts::email_address::{Carrier, EmailAddress};
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::one_time_code::Destination;
use crate::accounts::pending_change::{Change, ChangeKind};
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::pages::Page;
use crate::screens::account::change::UnderWay;
use crate::screens::account::member::{FreshMember, Member, Standing};
use crate::screens::code_page::{self, Asked, Shown};
use crate::screens::form::Form;
use crate::screens::page;
use crate::store::accounts::email::EmailSet;

/// The path of the page.
pub(super) const PLACE: &str = OwnPage::EmailCode.as_str();

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountEmailCode {
    /// The address to which the code was sent.
    pub email: String,
    /// The address that was perhaps meant, if the typed one looks mistyped.
    pub suggestion: Option<String>,
    /// The mobile carrier whose mail filter may reject the mail; the catalogue key is
    /// `carrier-<name>`.
    pub carrier: Option<&'static str>,
    /// For how many minutes the code is valid.
    pub valid_minutes: u64,
}

impl Page for AccountEmailCode {
    const TEMPLATE: &'static str = "account/email_code.html";
    const SCREEN: &'static str = "account-email-code";
}

/// `GET /account/email/code`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered. (`FreshMember` sends a person without a recent login to ⑪.)
pub async fn get(member: FreshMember) -> Result<Response, PageRefusal> {
    let under_way = UnderWay::find(&member, PURPOSE).await?;
    match named(&under_way) {
        Some(address) => {
            let code_to = (&address, under_way.place());
            show(&member, code_to, code_page::opened(&member.url)).await
        }
        None => Ok(Redirect::to(super::PLACE).into_response()),
    }
}

/// `POST /account/email/code`: the code, a new code, or another address.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable.
pub async fn post(member: FreshMember, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, super::PLACE)?;
    let mut under_way = UnderWay::find(&member, PURPOSE).await?;
    let Some(address) = named(&under_way) else {
        return Ok(Redirect::to(super::PLACE).into_response());
    };
    let to = Destination::Mailbox(address.clone());
    match form.action() {
        "back" => Ok(Redirect::to(super::PLACE).into_response()),
        "resend_code" => {
            let in_place_of = under_way.in_place_of().to_owned();
            match under_way.ask((address.typed(), &to), &in_place_of).await? {
                Asked::Sent => Ok(code_page::back_to(PLACE).into_response()),
                Asked::Wait(wait) => {
                    let code_to = (&address, under_way.place());
                    show(&member, code_to, Shown::Wait(wait)).await
                }
                Asked::TooMany => {
                    let code_to = (&address, under_way.place());
                    show(&member, code_to, Shown::TooMany("resend-too-many")).await
                }
            }
        }
        _ => match under_way.prove(&to, form.get("code")).await? {
            Ok(()) => change(&member, under_way, &address).await,
            Err(shown) => show(&member, (&address, under_way.place()), shown).await,
        },
    }
}

/// Returns the address to be verified.
fn named(under_way: &UnderWay<'_>) -> Option<EmailAddress> {
    EmailAddress::read(under_way.named()?).ok()
}

async fn change(
    member: &Member,
    under_way: UnderWay<'_>,
    address: &EmailAddress,
) -> Result<Response, PageRefusal> {
    let in_place_of = under_way.in_place_of().to_owned();
    if member.standing().await? != Standing::Strongest {
        under_way.end().await?;
        let email = address.typed().to_owned();
        let change = Change::Email { email, in_place_of };
        return member.let_wait(change, ChangeKind::Email).await;
    }
    let set = email::set(&member.changing(), address, &in_place_of).await?;
    under_way.end().await?;
    match set {
        EmailSet::Done => Ok(page::done(super::PLACE, "changed").into_response()),
        EmailSet::Taken => refuse(member, address, "email-registered").await,
        EmailSet::Conflict if is_own(member, address).await? => {
            // The button was pressed twice, and the first request did it.
            Ok(page::done(super::PLACE, "changed").into_response())
        }
        EmailSet::Conflict => refuse(member, address, "email-changed-elsewhere").await,
    }
}

async fn is_own(member: &Member, address: &EmailAddress) -> Result<bool, Fault> {
    let accounts = member.app.store.accounts();
    let found = accounts.by_email_key(address.key()).await?;
    Ok(found.is_some_and(|found| found.account.id == member.live.account.id))
}

/// Shows why the address was not set. Only a person who verified the mailbox gets here, and
/// may learn that it has an account.
async fn refuse(
    member: &Member,
    address: &EmailAddress,
    code: &'static str,
) -> Result<Response, PageRefusal> {
    let errors = FieldErrors::one("email", code);
    show_address(member, StatusCode::CONFLICT, address.typed(), errors).await
}

async fn show(
    member: &Member,
    (address, place): (&EmailAddress, &str),
    shown: Shown,
) -> Result<Response, PageRefusal> {
    let code = AccountEmailCode {
        email: address.typed().to_owned(),
        suggestion: address.suggestion(),
        carrier: address.carrier().map(Carrier::as_str),
        valid_minutes: code_page::valid_minutes(&member.app.config),
    };
    let to = Destination::Mailbox(address.clone());
    let arrives = code_page::arrives(&member.app, place, &to).await?;
    let (status, shell) = shown.said(member.shell(super::PLACE), "code", arrives);
    member.show(status, &shell, &code)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let code = || AccountEmailCode {
            email: stage.of("taro@docomo.ne.jo"),
            suggestion: Some(stage.of("taro@docomo.ne.jp")),
            carrier: Some("docomo"),
            valid_minutes: 10,
        };
        stage.show("account-email-code", stage.shell(), &code());
        let wrong = FieldErrors::one("code", "login-code-wrong");
        let wrong = stage.shell().errors(wrong);
        let plain = AccountEmailCode {
            suggestion: None,
            carrier: None,
            ..code()
        };
        stage.show("account-email-code-error", wrong, &plain);
    }
}
