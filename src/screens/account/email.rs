//! メールアドレスの変更: the login ID changes to another address once the code sent there was
//! entered. Until then nothing reveals whether the address has an account.

pub mod code;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::change::UnderWay;
use super::member::{GuardedMember, Member};
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

/// The path of the page, for which the form tokens of both its pages are valid.
pub(super) const PLACE: &str = OwnPage::Email.as_str();

/// The purpose of the code, which keeps it apart from codes for other purposes.
const PURPOSE: &str = "email-change";

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
const NOTICES: &[(&str, &str)] = &[("changed", "account-email-changed")];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountEmail {
    /// The current login ID.
    pub current: String,
    /// The new address as typed.
    pub email: String,
    /// The domain of the new address.
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
/// `Fault` if the page cannot be rendered. (`GuardedMember` sends a
/// person without a recent or a strong login to ⑪.)
pub async fn get(member: GuardedMember) -> Result<Response, PageRefusal> {
    show(&member, StatusCode::OK, "", FieldErrors::none()).await
}

/// `POST /account/email`: sends a code. The answer is the same whether or not the address
/// has an account.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable.
pub async fn post(member: GuardedMember, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    let typed = form.get("email");
    let refused = |status, code| show(&member, status, typed, FieldErrors::one("email", code));
    let address = match EmailAddress::read(typed) {
        Ok(address) => address,
        Err(code) => return refused(page::FILLED_IN_WRONGLY, code).await,
    };
    let current = member.live.account.email.to_ascii_lowercase();
    if address.key() == current {
        return refused(page::FILLED_IN_WRONGLY, "email-same").await;
    }
    if let Some(code) = new_address::not_taken(&member.app, member.address, &address, &form).await?
    {
        return refused(page::FILLED_IN_WRONGLY, code).await;
    }
    let mut under_way = UnderWay::find(&member, PURPOSE).await?;
    let to = Destination::Mailbox(address.clone());
    match under_way.ask((address.typed(), &to), &current).await? {
        // With `Wait`, a code was sent a moment ago and is still on its way.
        Asked::Sent | Asked::Wait(_) => Ok(Redirect::to(code::PLACE).into_response()),
        Asked::TooMany => refused(StatusCode::TOO_MANY_REQUESTS, "email-too-many").await,
    }
}

async fn show(
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
    let shell = member.guarded_shell(PLACE).await?.errors(errors);
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
