//! How a page of an interaction is shown: the shell that all pages share, the notices about
//! what was just done, and how days and times are written.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Redirect, Response};
use time::macros::format_description;
use url::form_urlencoded;

use crate::accounts::day::Day;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::arrival::language_of;
use crate::interaction::visit::Visit;
use crate::oidc::authorization_request::Requester;
use crate::pages::{Page, Shell};
use crate::texts;

/// The status of a page that shows errors in a form (RFC 9110 §15.5.21).
pub const FILLED_IN_WRONGLY: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// Returns the shell of the page at `place`, below `/interaction/{id}/`.
///
/// # Errors
/// `Fault` if the page's URL cannot be made.
pub fn shell(visit: &mut Visit, place: &str) -> Result<Shell, Fault> {
    let url = visit.url(place)?;
    let cancel = visit.url("cancel")?;
    let brand_name = visit.brand.display_name(visit.locale);
    let shell = Shell::new(&visit.brand.name, brand_name, visit.locale)
        .at(url)
        .service(client_name(visit))
        .form_token(visit.form_token());
    let shell = match visit.interaction.request.requester {
        // A person who came by themselves has no service to go back to.
        Requester::OwnPage(_) => shell,
        Requester::Browser { .. } | Requester::Device(_) => shell.cancel_at(cancel),
    };
    Ok(if visit.restarted {
        shell.notice(texts::text(visit.locale, "interaction-restarted", &[]))
    } else {
        shell
    })
}

/// Returns the shell of a page that belongs to no interaction.
#[must_use]
pub fn shell_at(brand: &Brand, uri: &Uri, headers: &HeaderMap) -> Shell {
    let locale = language_of(brand, uri, headers);
    Shell::new(&brand.name, brand.display_name(locale), locale).at(uri.to_string())
}

/// Returns the name of the client of this visit.
#[must_use]
pub fn client_name(visit: &Visit) -> String {
    visit.client.client.name_in(visit.locale.tag()).to_owned()
}

/// Answers with a page.
///
/// # Errors
/// `Fault` if the page cannot be rendered.
pub fn show<P: Page>(
    visit: &Visit,
    status: StatusCode,
    shell: &Shell,
    page: &P,
) -> Result<Response, PageRefusal> {
    let html = visit.app.pages.render(shell, page)?;
    Ok(visit.page(status, html))
}

/// The query parameter that names what was just done: `done=…`, at any position.
pub const DONE: &str = "done";

/// Redirects to the page at `place`, which then shows that `what` was done.
pub fn done(place: &str, what: &str) -> Redirect {
    Redirect::to(&format!("{place}?{DONE}={what}"))
}

/// Appends to a URL with a query that `what` was done.
#[must_use]
pub fn done_at(url: &str, what: &str) -> String {
    format!("{url}&{DONE}={what}")
}

/// Adds the notice about what was just done, if the URL names it and the page has a
/// sentence for it. `notices` are the values of `done` with their catalogue keys.
#[must_use]
pub fn told(shell: Shell, url: &str, notices: &[(&str, &str)]) -> Shell {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let said = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == DONE);
    let notice = said.and_then(|(_, what)| notices.iter().find(|(known, _)| *known == what));
    match notice {
        Some((_, key)) => {
            let sentence = texts::text(shell.locale, key, &[]);
            shell.notice(sentence)
        }
        None => shell,
    }
}

/// Formats a day in Japan: `2026-11-22`.
#[must_use]
pub fn day(at: Timestamp) -> String {
    Day::of(at).to_string()
}

/// Returns the number of whole days.
#[must_use]
pub const fn days(length: Duration) -> u64 {
    length.as_secs() / (24 * 60 * 60)
}

/// Formats a minute in Japan's time zone: `2026-11-22 21:05`.
#[must_use]
pub fn minute(at: Timestamp) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    at.in_japan()
        .and_then(|at| at.format(format).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_told_by_japans_clock() {
        assert_eq!(minute(Timestamp(1_795_359_599)), "2026-11-22 23:59");
    }
}
