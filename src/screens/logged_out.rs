//! The page after a logout, or after the person chose to stay. If clients registered a
//! front-channel logout URI, the page loads it in hidden frames and then goes on.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{Html, IntoResponse as _, Response};
use serde::Serialize;
use url::Url;

use super::page;
use crate::app::{App, SharedApp};
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::http::security_headers::CONTENT_SECURITY_POLICY;
use crate::interaction::arrival::{language_of, query_of};
use crate::locale::Locale;
use crate::oidc::logout::Destination;
use crate::pages::{Page, Shell};
use crate::sessions::between_brands::{STATEMENT, Statement as _};
use crate::sessions::frames;
use crate::sessions::sign_out::{LOGGED_OUT, Parting};

/// The URL to which a person who chose to stay is sent.
pub const STAYED: &str = "/logged-out?stayed=1";

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
const NOTICES: &[(&str, &str)] = &[("left", "logged-out-left")];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct LoggedOut {
    /// Whether the person chose to stay.
    pub stayed: bool,
    /// The URL of the client to which the person returns.
    pub return_url: Option<String>,
    /// The name of the client.
    pub service: Option<String>,
    /// The URLs that are loaded in hidden frames.
    pub frames: Vec<String>,
    /// Whether the page goes on by itself.
    pub goes_on: bool,
}

impl Page for LoggedOut {
    const TEMPLATE: &'static str = "logged_out.html";
    const SCREEN: &'static str = "logged-out";
}

/// `GET /logged-out`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered.
pub async fn show(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    let locale = language_of(&brand, &uri, &headers);
    let path = uri
        .path_and_query()
        .map_or(LOGGED_OUT, |path| path.as_str());
    let shell = Shell::new(&brand.name, brand.display_name(locale), locale).at(path);
    let shell = page::told(shell, path, NOTICES);
    let parting = query_of(&uri, STATEMENT)
        .and_then(|text| Parting::open(&app, &text))
        .filter(|parting| parting.home == brand.name);
    let Some(parting) = parting else {
        let logged_out = LoggedOut {
            stayed: path == STAYED,
            return_url: None,
            service: None,
            frames: Vec::new(),
            goes_on: false,
        };
        return Ok(Html(app.pages.render(&shell, &logged_out)?).into_response());
    };
    let addresses = frames::addresses(&app, parting.told(app.clock.now())).await?;
    let logged_out = part(&app, locale, parting, &addresses).await?;
    let html = Html(app.pages.render(&shell, &logged_out)?);
    if addresses.is_empty() {
        return Ok(html.into_response());
    }
    let origins = frames::origins(&addresses);
    let policy = format!("{CONTENT_SECURITY_POLICY}; frame-src {origins}");
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], html).into_response())
}

/// Returns the page that notifies those clients in frames and goes on to the client that
/// asked for the logout.
async fn part(
    app: &App,
    locale: Locale,
    parting: Parting,
    addresses: &BTreeSet<Url>,
) -> Result<LoggedOut, Fault> {
    let service = match &parting.service {
        Some(id) => app.clients.get(&app.store, id).await?,
        None => None,
    };
    let return_url = match parting.destination {
        // A client that was removed in the meantime gets no redirect.
        Destination::Client(uri) => service.is_some().then_some(uri),
        Destination::LoggedOut => None,
    };
    Ok(LoggedOut {
        stayed: false,
        goes_on: return_url.is_some() && !addresses.is_empty(),
        return_url,
        service: service.map(|stored| stored.client.name_in(locale.tag()).to_owned()),
        frames: addresses.iter().map(Url::to_string).collect(),
    })
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        for (name, stayed, goes_on) in [
            ("logged-out", false, false),
            ("logged-out-onward", false, true),
            ("logged-out-stayed", true, false),
        ] {
            let page = LoggedOut {
                stayed,
                goes_on,
                // What they load is no page of ours.
                frames: Vec::new(),
                // The page that goes on would leave; this leads to itself.
                return_url: Some(if goes_on {
                    "#content".to_owned()
                } else {
                    stage.of("https://rp.example/")
                }),
                service: Some(stage.of("整備手帳")),
            };
            stage.show(name, stage.shell(), &page);
        }
    }
}
