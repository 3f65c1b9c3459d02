//! パスキー: lists, adds, renames and removes passkeys. Each belongs to the host it was made
//! on. The page takes a recent login (ASVS 7.5.1); a change takes the strongest login or waits,
//! and is notified by mail (ASVS 6.3.7).

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;
use url::form_urlencoded;

use super::member::{GuardedMember, Member, Standing};
use crate::account_changes::passkeys;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::passkey::{self, MOST, Passkey};
use crate::accounts::pending_change::{Change, ChangeKind};
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::sessions::passkeys::{Answer, Asked, Asking, Ceremony, NotAdded};

/// The path of the page, for which the tokens of its forms are valid.
const PLACE: &str = OwnPage::Passkeys.as_str();

/// The query parameter and form field with the ID of a passkey.
const NAME: &str = "passkey_id";

/// The value of `done` after a passkey was added.
pub(in crate::screens) const ADDED: &str = "passkey";

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
pub(in crate::screens) const NOTICES: &[(&str, &str)] = &[
    (ADDED, "passkey-added"),
    ("renamed", "passkey-renamed"),
    ("removed", "passkey-removed"),
];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountPasskeys {
    /// The login ID.
    pub email: String,
    /// The passkeys, oldest first.
    pub passkeys: Vec<PasskeyLine>,
    /// The options with which the page asks the browser for a new passkey; `None` if the
    /// account has the maximum number.
    pub passkey: Option<Asked>,
}

/// What the page of one passkey shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountPasskey {
    /// The passkey.
    pub line: PasskeyLine,
    /// The label, as stored or as typed.
    pub label: String,
}

/// A passkey in the list.
#[derive(Clone, Debug, Serialize)]
pub struct PasskeyLine {
    /// Our own identifier of the passkey.
    pub id: String,
    /// The label; empty if it has none.
    pub label: String,
    /// The host for which it is valid.
    pub host: String,
    /// When it was added.
    pub created_at: String,
    /// When the user last logged in with it; empty if never.
    pub last_used_at: String,
}

impl Page for AccountPasskeys {
    const TEMPLATE: &'static str = "account/passkeys.html";
    const SCREEN: &'static str = "account-passkeys";
}

impl Page for AccountPasskey {
    const TEMPLATE: &'static str = "account/passkey.html";
    const SCREEN: &'static str = "account-passkey";
}

/// `GET /account/passkeys`: all passkeys, or with `passkey_id` one.
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered. (`GuardedMember`
/// sends a person without a recent or a strong login to ⑪.)
pub async fn get(member: GuardedMember) -> Result<Response, PageRefusal> {
    let has = member.passkeys().await?;
    let query = member.url.split_once('?').map_or("", |(_, query)| query);
    let named = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == NAME);
    match named.and_then(|(_, id)| has.iter().find(|one| one.id == id)) {
        Some(one) => show_one(&member, (&has, one), None),
        None => show(&member, &has, None),
    }
}

/// `POST /account/passkeys`: adds a passkey, or renames or removes the one named. A passkey
/// that was removed already, or belongs to another account, is treated as absent, not as an
/// error.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable.
pub async fn post(member: GuardedMember, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    let id = form.get(NAME);
    match form.action() {
        "add_passkey" => add(&member, &form).await,
        "save" => rename(&member, id, form.get("label")).await,
        "remove" => remove(&member, id).await,
        _ => Ok(Redirect::to(PLACE).into_response()),
    }
}

async fn add(member: &Member, form: &Form) -> Result<Response, PageRefusal> {
    let made = asking(member).made(&member.live, answer_in(form)).await?;
    let has = member.passkeys().await?;
    let not_added = match made {
        Ok(passkey) if member.standing_beside(&has) == Standing::Strongest => {
            NotAdded::of(passkeys::add(&member.changing(), &passkey).await?)
        }
        Ok(passkey) => {
            let passkey = Box::new(passkey);
            let change = Change::PasskeyAdded { passkey };
            return member.let_wait(change, ChangeKind::PasskeyAdded).await;
        }
        Err(not_added) => Some(not_added),
    };
    match not_added {
        None => Ok(page::done(PLACE, ADDED).into_response()),
        Some(not_added) => show(member, &has, Some(code_of(not_added))),
    }
}

async fn rename(member: &Member, id: &str, typed: &str) -> Result<Response, PageRefusal> {
    let account_id = &member.live.account.id;
    match passkey::read_label(typed) {
        Ok(label) => {
            let passkeys = member.app.store.passkeys();
            let renamed = passkeys.rename(account_id, id, &label).await?;
            Ok(if renamed {
                page::done(PLACE, "renamed")
            } else {
                Redirect::to(PLACE)
            }
            .into_response())
        }
        Err(code) => {
            let has = member.passkeys().await?;
            match has.iter().find(|one| one.id == id) {
                Some(one) => show_one(member, (&has, one), Some((typed, code))),
                None => Ok(Redirect::to(PLACE).into_response()),
            }
        }
    }
}

async fn remove(member: &Member, id: &str) -> Result<Response, PageRefusal> {
    let has = member.passkeys().await?;
    if member.standing_beside(&has) != Standing::Strongest {
        if !has.iter().any(|one| one.id == id) {
            return Ok(Redirect::to(PLACE).into_response());
        }
        let passkey_id = id.to_owned();
        let change = Change::PasskeyRemoved { passkey_id };
        return member.let_wait(change, ChangeKind::PasskeyRemoved).await;
    }
    passkeys::remove(&member.changing(), id).await?;
    Ok(page::done(PLACE, "removed").into_response())
}

fn asking(member: &Member) -> Asking<'_> {
    Asking {
        app: &member.app,
        brand: &member.brand,
        browser: &member.browser,
        place: PLACE,
        ceremony: Ceremony::Add(&member.live.account.id),
    }
}

/// Returns the browser's response to the request for a new passkey.
pub(in crate::screens) fn answer_in(form: &Form) -> Answer<'_> {
    Answer {
        challenge: form.get("passkey_challenge"),
        credential: form.get("passkey"),
    }
}

/// Returns the error code. The reason for which a response was refused is not shown,
/// because a user cannot act on it.
pub(in crate::screens) const fn code_of(not_added: NotAdded) -> &'static str {
    match not_added {
        NotAdded::Refused(_) => "passkey-not-added",
        NotAdded::Known => "passkey-known",
        NotAdded::TooMany => "passkey-too-many",
    }
}

fn line(passkey: &Passkey) -> PasskeyLine {
    PasskeyLine {
        id: passkey.id.clone(),
        label: passkey.label.clone(),
        host: passkey.rp_id.clone(),
        created_at: page::minute(passkey.created_at),
        last_used_at: passkey.last_used_at.map(page::minute).unwrap_or_default(),
    }
}

fn show(
    member: &Member,
    has: &[Passkey],
    wrong: Option<&'static str>,
) -> Result<Response, PageRefusal> {
    let (email, name) = (
        &member.live.account.email,
        member.brand.display_name(member.locale),
    );
    let asked = if has.len() < MOST {
        Some(asking(member).for_new(name, email, has)?)
    } else {
        None
    };
    let page = AccountPasskeys {
        email: email.clone(),
        passkeys: has.iter().map(line).collect(),
        passkey: asked,
    };
    let shell = member.guarded_shell_beside(PLACE, has);
    let shell = page::told(shell, &member.url, NOTICES);
    match wrong {
        None => member.show(StatusCode::OK, &shell, &page),
        Some(code) => {
            let shell = shell.errors(FieldErrors::one("", code));
            member.show(page::FILLED_IN_WRONGLY, &shell, &page)
        }
    }
}

fn show_one(
    member: &Member,
    (has, passkey): (&[Passkey], &Passkey),
    wrong: Option<(&str, &'static str)>,
) -> Result<Response, PageRefusal> {
    let mut page = AccountPasskey {
        line: line(passkey),
        label: passkey.label.clone(),
    };
    let shell = member.guarded_shell_beside(PLACE, has);
    match wrong {
        None => member.show(StatusCode::OK, &shell, &page),
        Some((typed, code)) => {
            page.label = typed.to_owned();
            let shell = shell.errors(FieldErrors::one("label", code));
            member.show(page::FILLED_IN_WRONGLY, &shell, &page)
        }
    }
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;
    use crate::texts;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let line = |label: &str, last_used_at: &str| PasskeyLine {
            id: stage.of("id"),
            label: label.to_owned(),
            host: stage.of("id.toyota.jp"),
            created_at: stage.of("2026-11-22 21:05"),
            last_used_at: last_used_at.to_owned(),
        };
        let named = || line(&stage.of("iPhone · Safari"), &stage.of("2026-11-23 08:10"));
        let passkeys = |passkeys, passkey| AccountPasskeys {
            email: stage.of("f.enrirtest2019@gmail.com"),
            passkeys,
            passkey,
        };
        let none = || passkeys(Vec::new(), Some(stage.asked()));
        stage.show("account-passkeys-none", stage.shell(), &none());
        let several = || passkeys(vec![named(), line("", "")], Some(stage.asked()));
        stage.show("account-passkeys", stage.shell(), &several());
        let full = passkeys(vec![named()], None);
        stage.show("account-passkeys-full", stage.shell(), &full);
        for notice in ["added", "renamed", "removed"] {
            let sentence = texts::text(stage.locale, &format!("passkey-{notice}"), &[]);
            let name = format!("account-passkeys-{notice}");
            stage.show(&name, stage.shell().notice(sentence), &several());
        }
        for wrong in ["passkey-not-added", "passkey-known", "passkey-too-many"] {
            let errors = stage.shell().errors(FieldErrors::one("", wrong));
            stage.show(&format!("account-passkeys-error-{wrong}"), errors, &none());
        }
        let one = || AccountPasskey {
            line: named(),
            label: stage.of("iPhone · Safari"),
        };
        stage.show("account-passkey", stage.shell(), &one());
        let missing = stage
            .shell()
            .errors(FieldErrors::one("label", "passkey-label-missing"));
        stage.show("account-passkey-error", missing, &one());
    }
}
