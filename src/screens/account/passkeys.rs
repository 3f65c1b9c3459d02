//! パスキー: what lets a person in besides the password. Each belongs to the host
//! it was made on. Whoever adds, renames or removes one has logged in a moment ago
//! (ASVS 7.5.1), and what is added or removed is told by mail (ASVS 6.3.7).

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;
use url::form_urlencoded;

use super::member::{FreshMember, Member};
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::passkey::{self, MOST, Passkey};
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::mail::message::PasskeyNews;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::sessions::passkeys::{self, Answer, Asked, Asking, Ceremony, NotAdded};

/// The page's place, which its forms' tokens are good for.
const PLACE: &str = OwnPage::Passkeys.as_str();

/// The parameter, and the field, that names one of them.
const NAME: &str = "passkey_id";

/// What stands in an address where one was just added.
pub(in crate::screens) const ADDED: &str = "passkey";

/// What may just have been done, and the sentence that says so.
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
    /// The passkeys, the oldest first.
    pub passkeys: Vec<PasskeyLine>,
    /// What asks the browser for a new one, unless there are as many as may be.
    pub passkey: Option<Asked>,
}

/// What the page of one of them shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountPasskey {
    /// The passkey.
    pub line: PasskeyLine,
    /// Its name, as it is or as it was typed.
    pub label: String,
}

/// A passkey, as its owner knows it.
#[derive(Clone, Debug, Serialize)]
pub struct PasskeyLine {
    /// Our own name for it.
    pub id: String,
    /// What it is called; empty if it has no name.
    pub label: String,
    /// The host it is good for.
    pub host: String,
    /// When it was added.
    pub created_at: String,
    /// When it last let its owner in; empty if it never did.
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

/// `GET /account/passkeys`: all of them, or with `passkey_id` one.
///
/// # Errors
/// If nobody is logged in recently enough, or a store fails.
pub async fn get(member: FreshMember) -> Result<Response, PageRefusal> {
    let has = of(&member).await?;
    let query = member.url.split_once('?').map_or("", |(_, query)| query);
    let named = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == NAME);
    match named.and_then(|(_, id)| has.iter().find(|one| one.id == id)) {
        Some(one) => show_one(&member, one, None),
        None => show(&member, &has, None),
    }
}

/// `POST /account/passkeys`: adds one, or renames or removes the one named. What is
/// gone already, or is another's, is no error: it is not there.
///
/// # Errors
/// If the form is not this browser's, or a store fails.
pub async fn post(member: FreshMember, form: Form) -> Result<Response, PageRefusal> {
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
    match asking(member).add(&member.live, answer_in(form)).await? {
        Ok(()) => Ok(page::done(PLACE, ADDED).into_response()),
        Err(not_added) => show(member, &of(member).await?, Some(code_of(not_added))),
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
        Err(code) => match of(member).await?.iter().find(|one| one.id == id) {
            Some(one) => show_one(member, one, Some((typed, code))),
            None => Ok(Redirect::to(PLACE).into_response()),
        },
    }
}

async fn remove(member: &Member, id: &str) -> Result<Response, PageRefusal> {
    let (app, account) = (&member.app, &member.live.account);
    let mails = passkeys::news(app, &member.brand, account, PasskeyNews::Removed)?;
    app.store.passkeys().remove(&account.id, id, &mails).await?;
    app.outbox.wake();
    Ok(page::done(PLACE, "removed").into_response())
}

async fn of(member: &Member) -> Result<Vec<Passkey>, PageRefusal> {
    let account_id = &member.live.account.id;
    Ok(member.app.store.passkeys().of(account_id).await?)
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

/// What the browser made of the request for a new passkey.
pub(in crate::screens) fn answer_in(form: &Form) -> Answer<'_> {
    Answer {
        challenge: form.get("passkey_challenge"),
        credential: form.get("passkey"),
    }
}

/// The code of what is wrong. Why an answer is none is for nobody to act on.
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
    let shell = page::told(member.shell(PLACE), &member.url, NOTICES);
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
    passkey: &Passkey,
    wrong: Option<(&str, &'static str)>,
) -> Result<Response, PageRefusal> {
    let mut page = AccountPasskey {
        line: line(passkey),
        label: passkey.label.clone(),
    };
    let shell = member.shell(PLACE);
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
