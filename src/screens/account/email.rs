//! メールアドレスの変更: the login ID becomes another address, once a code came back
//! from it. Until then nothing tells whether the address has an account.

pub mod code;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::change::UnderWay;
use super::member::{FreshMember, Member};
use crate::accounts::email_address::EmailAddress;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::one_time_code::Destination;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::pages::Page;
use crate::screens::code_page::Asked;
use crate::screens::form::Form;
use crate::screens::new_address;
use crate::screens::page;

/// The page's place, which the forms of both its pages are good for.
pub(super) const PLACE: &str = OwnPage::Email.as_str();

/// What the code is for, among all codes.
const PURPOSE: &str = "email-change";

/// What may just have been done, and the sentence that says so.
const NOTICES: &[(&str, &str)] = &[("changed", "account-email-changed")];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountEmail {
    /// The login ID, as it is.
    pub current: String,
    /// The new address as typed.
    pub email: String,
    /// Its domain.
    pub domain: String,
    /// For how many days a change can be undone.
    pub undo_days: u64,
}

impl Page for AccountEmail {
    const TEMPLATE: &'static str = "account/email.html";
    const SCREEN: &'static str = "account-email";
}

/// `GET /account/email`
///
/// # Errors
/// If nobody is logged in recently enough, or a store fails.
pub async fn get(member: FreshMember) -> Result<Response, PageRefusal> {
    show(&member, StatusCode::OK, "", FieldErrors::none())
}

/// `POST /account/email`: the answer is the same whether the address has an account
/// or not.
///
/// # Errors
/// If the form is not this browser's, or a store fails.
pub async fn post(member: FreshMember, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    let typed = form.get("email");
    let refused = |status, code| show(&member, status, typed, FieldErrors::one("email", code));
    let address = match EmailAddress::read(typed) {
        Ok(address) => address,
        Err(code) => return refused(page::FILLED_IN_WRONGLY, code),
    };
    let current = member.live.account.email.to_ascii_lowercase();
    if address.key() == current {
        return refused(page::FILLED_IN_WRONGLY, "email-same");
    }
    if let Some(code) = new_address::not_taken(&member.app, member.address, &address, &form).await?
    {
        return refused(page::FILLED_IN_WRONGLY, code);
    }
    let mut under_way = UnderWay::find(&member, PURPOSE).await?;
    let to = Destination::Mailbox(address.clone());
    match under_way.ask((address.typed(), &to), &current).await? {
        // One that was sent a moment ago is still on its way.
        Asked::Sent | Asked::Wait(_) => Ok(Redirect::to(code::PLACE).into_response()),
        Asked::TooMany => refused(StatusCode::TOO_MANY_REQUESTS, "email-too-many"),
    }
}

fn show(
    member: &Member,
    status: StatusCode,
    typed: &str,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let address = EmailAddress::read(typed);
    let domain = address.as_ref().map_or("", EmailAddress::domain).to_owned();
    let email = AccountEmail {
        current: member.live.account.email.clone(),
        email: typed.to_owned(),
        domain: domain.clone(),
        undo_days: page::days(member.app.config.account.email_undo_lifetime),
    };
    let shell = member.shell(PLACE).errors(errors);
    let shell = page::told(shell.error_value("domain", domain), &member.url, NOTICES);
    member.show(status, &shell, &email)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;
    use crate::texts;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = |typed: &str| AccountEmail {
            current: stage.of("f.enrirtest2019@gmail.com"),
            email: stage.of(typed),
            domain: stage.of("docomo.ne.jp"),
            undo_days: 7,
        };
        stage.show("account-email", stage.shell(), &email(""));
        let done = texts::text(stage.locale, "account-email-changed", &[]);
        let done = stage.shell().notice(done);
        stage.show("account-email-changed", done, &email(""));
        for wrong in [
            "email-registered",
            "email-same",
            "email-domain-takes-no-mail",
        ] {
            let name = format!("account-email-error-{wrong}");
            let wrong = stage.shell().errors(FieldErrors::one("email", wrong));
            let wrong = wrong.error_value("domain", stage.of("docomo.ne.jp"));
            stage.show(&name, wrong, &email("taro@docomo.ne.jp"));
        }
    }
}
