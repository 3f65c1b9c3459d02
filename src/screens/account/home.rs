//! A person's own page: who they are here, and everything they can change.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::member::Member;
use crate::http::refusal::PageRefusal;
use crate::pages::Page;
use crate::texts;

/// The page's place.
pub(super) const PLACE: &str = "/account";

/// Where a person is sent after changing the password.
pub(super) const PASSWORD_CHANGED: &str = "/account?done=password";

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountHome {
    /// The login ID.
    pub email: String,
    /// The name, if it was told.
    pub name: String,
}

impl Page for AccountHome {
    const TEMPLATE: &'static str = "account/home.html";
    const SCREEN: &'static str = "account";
}

/// `GET /account`
///
/// # Errors
/// If nobody is logged in, or a store fails.
pub async fn get(member: Member) -> Result<Response, PageRefusal> {
    let account = &member.live.account;
    let parts = [&account.profile.family_name, &account.profile.given_name];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    let page = AccountHome {
        email: account.email.clone(),
        name: parts.join(" "),
    };
    let mut shell = member.shell(PLACE);
    if member.url.contains("done=password") {
        shell = shell.notice(texts::text(member.locale, "account-password-changed", &[]));
    }
    member.show(StatusCode::OK, &shell, &page)
}
