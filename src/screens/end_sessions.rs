//! The page behind the link of a warning by mail, which ends all sessions of its account. It
//! needs no login. The link alone changes nothing, because mail servers open links too: the
//! person presses a button.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use url::form_urlencoded;

use super::device::user_code::Typist;
use super::form::Form;
use super::page;
use crate::accounts::field_errors::FieldErrors;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::pages::Page;
use crate::sessions::end_link::{LINK, Opened, PATH};

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
const NOTICES: &[(&str, &str)] = &[("ended", "end-sessions-done")];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct EndSessions {
    /// The sealed link, which the form sends back; empty if it cannot be used.
    pub link: String,
}

impl Page for EndSessions {
    const TEMPLATE: &'static str = "end_sessions.html";
    const SCREEN: &'static str = "end-sessions";
}

/// `GET /end-sessions`: asks whether to end all sessions, and ends none.
///
/// # Errors
/// `Fault` if the page cannot be rendered.
pub async fn get(typist: Typist) -> Result<Response, PageRefusal> {
    let query = typist.uri.query().unwrap_or_default();
    let values = || form_urlencoded::parse(query.as_bytes());
    let link = values().find(|(name, _)| name == LINK);
    let link = link
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let done = values().any(|(name, _)| name == page::DONE);
    let is_over = !done && Opened::read(&typist.app, &typist.brand, &link).is_none();
    show(
        &typist,
        if is_over {
            Link::Over
        } else {
            Link::Good(&link)
        },
    )
}

/// `POST /end-sessions`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// is unreachable.
pub async fn post(typist: Typist, form: Form) -> Result<Response, PageRefusal> {
    if !typist.browser.owns_form(&typist.app, PATH, form.token()) {
        return Err(PageRefusal::Page(StatusCode::FORBIDDEN, "form-expired"));
    }
    if use_up(&typist, form.get(LINK)).await? {
        Ok(page::done(PATH, "ended").into_response())
    } else {
        show(&typist, Link::Over)
    }
}

async fn use_up(typist: &Typist, link: &str) -> Result<bool, Fault> {
    match Opened::read(&typist.app, &typist.brand, link) {
        Some(opened) => opened.end_all(&typist.app).await,
        None => Ok(false),
    }
}

/// The link that brought the person here.
enum Link<'a> {
    /// It was not used, as far as the link itself says.
    Good(&'a str),
    /// It was used, has expired or was never made.
    Over,
}

fn show(typist: &Typist, link: Link<'_>) -> Result<Response, PageRefusal> {
    let shell = page::told(typist.shell(PATH), &typist.uri.to_string(), NOTICES);
    let (status, shell, link) = match link {
        Link::Good(link) => (StatusCode::OK, shell, link),
        Link::Over => {
            let over = FieldErrors::one("", "end-sessions-over");
            (page::FILLED_IN_WRONGLY, shell.errors(over), "")
        }
    };
    let page = EndSessions {
        link: link.to_owned(),
    };
    typist.answer(status, &shell, &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;
    use crate::texts;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let page = |link: &str| EndSessions {
            link: link.to_owned(),
        };
        stage.show("end-sessions", stage.shell(), &page(&stage.of("sealed")));
        let done = texts::text(stage.locale, "end-sessions-done", &[]);
        stage.show("end-sessions-done", stage.shell().notice(done), &page(""));
        let over = FieldErrors::one("", "end-sessions-over");
        stage.show("end-sessions-over", stage.shell().errors(over), &page(""));
    }
}
