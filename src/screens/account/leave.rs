//! 退会: states what ends and what is kept, asks for the password and a tick, and closes the
//! account, which is erased two weeks later.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::member::{GuardedMember, Member, Standing};
use super::password::{Present, judge_present};
use crate::account_changes::closing;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::pending_change::{Change, ChangeKind, Leaving};
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::{dealer_link, page};
use crate::sessions::sign_out::{LOGGED_OUT, forget_session};

const PLACE: &str = OwnPage::Leave.as_str();

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
/// `Fault` if the database is unreachable or the page cannot be rendered. (`GuardedMember`
/// sends a person without a recent or a strong login to ⑪.)
pub async fn get(member: GuardedMember) -> Result<Response, PageRefusal> {
    show(&member, StatusCode::OK, FieldErrors::none()).await
}

/// `POST /account/leave`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable. `Fault::Busy` if too many passwords wait to be
/// checked.
pub async fn post(member: GuardedMember, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    let mut errors = FieldErrors::none();
    if form.get("confirm").is_empty() {
        errors.add("confirm", "leave-unconfirmed");
    }
    let status = match judge_present(&member, form.secret("password")).await? {
        Present::Right(_) => page::FILLED_IN_WRONGLY,
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
    if member.standing().await? != Standing::Strongest {
        return member.let_wait(leaving(&member), ChangeKind::Leaving).await;
    }
    closing::close(&member.changing(), &member.context).await?;
    let mut response = page::done(LOGGED_OUT, "left").into_response();
    forget_session(&member.brand, &mut response);
    Ok(response)
}

fn leaving(member: &Member) -> Change {
    let context = &member.context;
    Change::Leaving(Leaving {
        locale: context.locale,
        ip_hash: context.ip_hash.clone(),
        user_agent_hash: context.user_agent_hash.clone(),
        auth_time: context.auth_time,
    })
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
    let shell = member.guarded_shell(PLACE).await?.errors(errors);
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
