//! The page that cancels a change of an account that waits, for its owner who did not ask
//! for it: by the code of the mail or SMS. It needs no login, because whoever asked for the
//! change may have kept the owner from logging in.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::device::user_code::Typist;
use super::form::Form;
use super::page;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::undo_code::UndoCode;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::pages::Page;
use crate::sha256::sha256_hex;

/// The path of the page, for which the token of its form is valid.
const PLACE: &str = "/change-cancel";

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
const NOTICES: &[(&str, &str)] = &[("cancelled", "change-cancel-done")];

/// The longest typed text that the page repeats; every way to type a code is shorter.
const LONGEST_SHOWN: usize = 60;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeCancelPage {
    /// The code as typed.
    pub cancel_code: String,
}

impl Page for ChangeCancelPage {
    const TEMPLATE: &'static str = "change_cancel.html";
    const SCREEN: &'static str = "change-cancel";
}

/// `GET /change-cancel`
///
/// # Errors
/// `Fault` if the page cannot be rendered.
pub async fn get(typist: Typist) -> Result<Response, PageRefusal> {
    show(&typist, "", None)
}

/// `POST /change-cancel`: the code of the mail or SMS.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable.
pub async fn post(typist: Typist, form: Form) -> Result<Response, PageRefusal> {
    if !typist.browser.owns_form(&typist.app, PLACE, form.token()) {
        return Err(PageRefusal::Page(StatusCode::FORBIDDEN, "form-expired"));
    }
    let typed = form.get("cancel_code");
    match cancel(&typist, typed).await? {
        Ok(()) => Ok(page::done(PLACE, "cancelled").into_response()),
        Err(refused) => show(&typist, typed, Some(refused)),
    }
}

type Refused = (StatusCode, &'static str);

async fn cancel(typist: &Typist, typed: &str) -> Result<Result<(), Refused>, Fault> {
    let wrong = |code| (page::FILLED_IN_WRONGLY, code);
    let code = match UndoCode::read(typed) {
        Ok(code) => code,
        Err("undo-code-missing") => return Ok(Err(wrong("cancel-code-missing"))),
        Err(_) => return Ok(Err(wrong("cancel-code-unknown"))),
    };
    let app = &typist.app;
    let limits = &app.config.login;
    let (window, most) = (limits.window, limits.wrong_per_ip);
    let from = typist.address.limits("change-cancel-from", window, most);
    if !app.ephemeral.count_within(&from).await? {
        let refused = (StatusCode::TOO_MANY_REQUESTS, "cancel-code-too-many");
        return Ok(Err(refused));
    }
    let hash = sha256_hex(code.letters().as_bytes());
    let cancelled = app.store.pending_changes().cancel_by_code(&hash).await?;
    Ok(if cancelled {
        tracing::info!("a change that waited was cancelled by its code");
        Ok(())
    } else {
        Err(wrong("cancel-code-unknown"))
    })
}

fn show(typist: &Typist, typed: &str, refused: Option<Refused>) -> Result<Response, PageRefusal> {
    let shell = page::told(typist.shell(PLACE), &typist.uri.to_string(), NOTICES);
    let (status, shell) = match refused {
        None => (StatusCode::OK, shell),
        Some((status, code)) => (status, shell.errors(FieldErrors::one("cancel_code", code))),
    };
    let cancel = ChangeCancelPage {
        cancel_code: typed.chars().take(LONGEST_SHOWN).collect(),
    };
    typist.answer(status, &shell, &cancel)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;
    use crate::texts;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let cancel = |typed: &str| ChangeCancelPage {
            cancel_code: stage.of(typed),
        };
        stage.show("change-cancel", stage.shell(), &cancel(""));
        let done = texts::text(stage.locale, "change-cancel-done", &[]);
        let done = stage.shell().notice(done);
        stage.show("change-cancel-done", done, &cancel(""));
        let wrong = FieldErrors::one("cancel_code", "cancel-code-unknown");
        let wrong = stage.shell().errors(wrong);
        stage.show("change-cancel-error", wrong, &cancel("BCDF-GHJK-LMNP-QRST"));
    }
}
