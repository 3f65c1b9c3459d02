//! The first account page: the login ID, the name, and links to everything the user can
//! change.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::member::Member;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::pages::Page;
use crate::screens::page;

/// The path of the page.
pub(super) const PLACE: &str = OwnPage::Home.as_str();

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
const NOTICES: &[(&str, &str)] = &[("password", "account-password-changed")];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountHome {
    /// The login ID.
    pub email: String,
    /// The user's name; empty if it is not known.
    pub name: String,
}

impl Page for AccountHome {
    const TEMPLATE: &'static str = "account/home.html";
    const SCREEN: &'static str = "account";
}

/// `GET /account`
///
/// # Errors
/// `Fault` if the page cannot be rendered. (`Member` sends a person who is not logged in to
/// ⑪.)
pub async fn get(member: Member) -> Result<Response, PageRefusal> {
    let account = &member.live.account;
    let parts = [&account.profile.family_name, &account.profile.given_name];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    let home = AccountHome {
        email: account.email.clone(),
        name: parts.join(" "),
    };
    let shell = page::told(member.shell(PLACE), &member.url, NOTICES);
    member.show(StatusCode::OK, &shell, &home)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("f.enrirtest2019@gmail.com");
        let home = AccountHome {
            email: email(),
            name: stage.of("豊田 太郎"),
        };
        stage.show("account", stage.shell(), &home);
    }
}
