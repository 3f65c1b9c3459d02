//! The first account page: the login ID, the name, and links to everything the user can
//! change, and the changes that wait, each of which can be cancelled.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::member::Member;
use crate::accounts::pending_change::PendingChange;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// The path of the page.
pub(super) const PLACE: &str = OwnPage::Home.as_str();

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
const NOTICES: &[(&str, &str)] = &[
    ("password", "account-password-changed"),
    ("waits", "pending-waits"),
    ("cancelled", "pending-cancelled"),
];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountHome {
    /// The login ID.
    pub email: String,
    /// The user's name; empty if it is not known.
    pub name: String,
    /// The changes that wait, the next first.
    pub pending: Vec<PendingLine>,
}

/// A change that waits.
#[derive(Clone, Debug, Serialize)]
pub struct PendingLine {
    /// Its ID.
    pub id: String,
    /// What is to change; the catalogue key is `pending-change-<kind>`.
    pub kind: &'static str,
    /// When it takes effect.
    pub due: String,
}

impl Page for AccountHome {
    const TEMPLATE: &'static str = "account/home.html";
    const SCREEN: &'static str = "account";
}

/// `GET /account`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered. (`Member` sends a
/// person who is not logged in to ⑪.)
pub async fn get(member: Member) -> Result<Response, PageRefusal> {
    let account = &member.live.account;
    let pending = member.app.store.pending_changes().of(&account.id).await?;
    let parts = [&account.profile.family_name, &account.profile.given_name];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    let home = AccountHome {
        email: account.email.clone(),
        name: parts.join(" "),
        pending: pending.iter().filter_map(line).collect(),
    };
    let shell = page::told(member.shell(PLACE), &member.url, NOTICES);
    member.show(StatusCode::OK, &shell, &home)
}

/// `POST /account`: cancels a change that waits. One that no longer waits, or belongs to
/// another account, is treated as absent, not as an error.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// is unreachable.
pub async fn post(member: Member, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    let account_id = &member.live.account.id;
    let pending = member.app.store.pending_changes();
    let cancelled = pending.cancel(account_id, form.get("pending")).await?;
    Ok(if cancelled {
        page::done(PLACE, "cancelled").into_response()
    } else {
        Redirect::to(PLACE).into_response()
    })
}

fn line(pending: &PendingChange) -> Option<PendingLine> {
    Some(PendingLine {
        id: pending.id.clone(),
        kind: pending.change.kind()?.as_str(),
        due: page::minute(pending.due_at),
    })
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::accounts::pending_change::ChangeKind;
    use crate::screens::sample::Stage;
    use crate::texts;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("f.enrirtest2019@gmail.com");
        let home = |pending| AccountHome {
            email: email(),
            name: stage.of("豊田 太郎"),
            pending,
        };
        stage.show("account", stage.shell(), &home(Vec::new()));
        let waiting = ChangeKind::ALL.iter().map(|kind| PendingLine {
            id: stage.of("id"),
            kind: kind.as_str(),
            due: "2026-11-25 21:05".to_owned(),
        });
        let notice = texts::text(stage.locale, "pending-waits", &[]);
        let shell = stage.shell().notice(notice);
        stage.show("account-pending", shell, &home(waiting.collect()));
    }
}
