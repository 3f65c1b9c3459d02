//! The page that undoes a change of the e-mail address, for the owner of the old mailbox
//! who did not ask for the change. It needs no login, because such a person can no longer
//! log in.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::device::user_code::Typist;
use super::form::Form;
use super::page;
use crate::accounts::email_address::EmailAddress;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::one_time_code::Destination;
use crate::accounts::undo_code::UndoCode;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::mail::message::Message;
use crate::pages::Page;
use crate::sessions::clients::farewells;
use crate::sha256::sha256_hex;
use crate::store::accounts::email::{EmailUndo, EmailUndone, UndoTimes};
use crate::store::outbox::NewMessage;
use crate::store::session_clients::Farewell;

/// The path of the page, for which the token of its form is valid.
const PLACE: &str = "/email-undo";

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
const NOTICES: &[(&str, &str)] = &[("undone", "email-undo-done")];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct EmailUndoPage {
    /// The code as typed.
    pub undo_code: String,
}

impl Page for EmailUndoPage {
    const TEMPLATE: &'static str = "email_undo.html";
    const SCREEN: &'static str = "email-undo";
}

/// `GET /email-undo`
///
/// # Errors
/// `Fault` if the page cannot be rendered.
pub async fn get(typist: Typist) -> Result<Response, PageRefusal> {
    show(&typist, "", None)
}

/// `POST /email-undo`: the code of the mail to the old address.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable.
pub async fn post(typist: Typist, form: Form) -> Result<Response, PageRefusal> {
    if !typist.browser.owns_form(&typist.app, PLACE, form.token()) {
        return Err(PageRefusal::Page(StatusCode::FORBIDDEN, "form-expired"));
    }
    let typed = form.get("undo_code");
    match undo(&typist, typed).await? {
        Ok(()) => Ok(page::done(PLACE, "undone").into_response()),
        Err(refused) => show(&typist, typed, Some(refused)),
    }
}

type Refused = (StatusCode, &'static str);

async fn undo(typist: &Typist, typed: &str) -> Result<Result<(), Refused>, Fault> {
    let code = match UndoCode::read(typed) {
        Ok(code) => code,
        Err(code) => return Ok(Err((page::FILLED_IN_WRONGLY, code))),
    };
    let (app, now) = (&typist.app, typist.app.clock.now());
    let limits = &app.config.login;
    let (window, most) = (limits.window, limits.wrong_per_ip);
    let from = typist.address.limits("email-undo-from", window, most);
    if !app.ephemeral.count_within(&from).await? {
        return Ok(Err((StatusCode::TOO_MANY_REQUESTS, "undo-code-too-many")));
    }
    let (accounts, hash) = (app.store.accounts(), sha256_hex(code.letters().as_bytes()));
    let unknown = (page::FILLED_IN_WRONGLY, "undo-code-unknown");
    let Some(found) = accounts.email_undo(&hash, now).await? else {
        return Ok(Err(unknown));
    };
    if found.used {
        // The button was pressed twice, and the first request did it.
        return Ok(Ok(()));
    }
    let mails = mails(typist, &found)?;
    let revoked_until = now.after(app.config.tokens.access_token_lifetime);
    let times = UndoTimes { now, revoked_until };
    let farewells = farewells(app);
    let undone = accounts
        .undo_email((&hash, &found), &mails, times, Farewell(&farewells))
        .await?;
    app.outbox.wake();
    Ok(match undone {
        EmailUndone::Done => Ok(()),
        EmailUndone::Taken => Err((StatusCode::CONFLICT, "undo-address-taken")),
        // Two requests came at once, or an earlier change was undone at the same moment.
        EmailUndone::Over => match accounts.email_undo(&hash, now).await? {
            Some(found) if found.used => Ok(()),
            _ => Err(unknown),
        },
    })
}

/// Writes the mails to the address that is the login ID again, and to the one that was.
fn mails(typist: &Typist, undo: &EmailUndo) -> Result<Vec<NewMessage>, Fault> {
    let account = &undo.account;
    let Ok(old) = EmailAddress::read(&undo.email) else {
        return Ok(Vec::new());
    };
    let restored = Destination::Mailbox(old.clone()).masked();
    let current = EmailAddress::read(&account.email).ok();
    let mut mails = Vec::new();
    for to in [Some(old), current].into_iter().flatten() {
        let message = Message::EmailRestored {
            to: &to,
            restored: &restored,
        };
        let outbox = &typist.app.outbox;
        mails.push(outbox.write(&typist.brand, account.locale, &message)?);
    }
    Ok(mails)
}

fn show(typist: &Typist, typed: &str, refused: Option<Refused>) -> Result<Response, PageRefusal> {
    let shell = page::told(typist.shell(PLACE), &typist.uri.to_string(), NOTICES);
    let (status, shell) = match refused {
        None => (StatusCode::OK, shell),
        Some((status, code)) => (status, shell.errors(FieldErrors::one("undo_code", code))),
    };
    let undo = EmailUndoPage {
        undo_code: typed.chars().take(LONGEST_SHOWN).collect(),
    };
    typist.answer(status, &shell, &undo)
}

/// The longest typed text that the page repeats; every way to type a code is shorter.
const LONGEST_SHOWN: usize = 60;

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;
    use crate::texts;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let undo = |typed: &str| EmailUndoPage {
            undo_code: stage.of(typed),
        };
        stage.show("email-undo", stage.shell(), &undo(""));
        let done = texts::text(stage.locale, "email-undo-done", &[]);
        let done = stage.shell().notice(done);
        stage.show("email-undo-done", done, &undo(""));
        for wrong in ["undo-code-unknown", "undo-address-taken"] {
            let name = format!("email-undo-error-{wrong}");
            let wrong = stage.shell().errors(FieldErrors::one("undo_code", wrong));
            stage.show(&name, wrong, &undo("BCDF-GHJK-LMNP-QRST"));
        }
    }
}
