//! リカバリーコード: makes ten recovery codes and shows them once, to be printed or written
//! down. New ones make the older ones void. The page takes a login with a second factor.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::member::{Member, StrongMember};
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::recovery_code::RecoveryCode;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::one_time_codes::recovery_codes;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// The path of the page, for which the tokens of its forms are valid.
const PLACE: &str = OwnPage::RecoveryCodes.as_str();

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountRecoveryCodes {
    /// The login ID.
    pub email: String,
    /// How many codes are left.
    pub left: u32,
    /// The codes, if they were made just now.
    pub codes: Vec<String>,
    /// When they were made; empty if they were not made just now.
    pub made_at: String,
}

impl Page for AccountRecoveryCodes {
    const TEMPLATE: &'static str = "account/recovery_codes.html";
    const SCREEN: &'static str = "account-recovery-codes";
}

/// `GET /account/recovery-codes`
///
/// # Errors
/// `Fault` if the page cannot be rendered. (`StrongMember` sends a person without a second
/// factor to ⑪.)
pub async fn get(member: StrongMember) -> Result<Response, PageRefusal> {
    show(&member, &[], None)
}

/// `POST /account/recovery-codes`: makes new codes. The page that shows them is the answer
/// itself: they are kept nowhere in clear from which another page could read them.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// is unreachable. `Fault::Busy` if too many passwords wait to be hashed.
pub async fn post(member: StrongMember, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    if form.action() != "make" {
        return Ok(Redirect::to(PLACE).into_response());
    }
    if let Some(refused) = member.too_weak().await? {
        return show(&member, &[], Some(refused));
    }
    let (app, brand, account) = (&member.app, &member.brand, &member.live.account);
    match recovery_codes::make(app, brand, account).await? {
        Some(codes) => show(&member, &codes, None),
        None => {
            let many = FieldErrors::one("", "recovery-codes-too-many");
            show(&member, &[], Some((StatusCode::TOO_MANY_REQUESTS, many)))
        }
    }
}

fn show(
    member: &Member,
    codes: &[RecoveryCode],
    refused: Option<(StatusCode, FieldErrors)>,
) -> Result<Response, PageRefusal> {
    let account = &member.live.account;
    let made_at = if codes.is_empty() {
        String::new()
    } else {
        page::minute(member.now())
    };
    let page = AccountRecoveryCodes {
        email: account.email.clone(),
        left: account.enrolled.recovery_codes,
        codes: codes.iter().map(RecoveryCode::grouped).collect(),
        made_at,
    };
    let (status, errors) = refused.unwrap_or((StatusCode::OK, FieldErrors::none()));
    member.show(status, &member.shell(PLACE).errors(errors), &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let page = |left, codes: &[&str], made_at: &str| AccountRecoveryCodes {
            email: stage.of("f.enrirtest2019@gmail.com"),
            left,
            codes: codes.iter().map(|code| stage.of(code)).collect(),
            made_at: made_at.to_owned(),
        };
        let none = page(0, &[], "");
        stage.show("account-recovery-codes-none", stage.shell(), &none);
        stage.show("account-recovery-codes", stage.shell(), &page(7, &[], ""));
        let at = stage.of("2026-11-22 21:05");
        let made = page(10, &["0-BCDF-GHJK-LMNP", "1-QRST-VWXZ-BCDF"], &at);
        stage.show("account-recovery-codes-made", stage.shell(), &made);
    }
}
