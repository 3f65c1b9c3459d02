//! The list of sessions. A user who does not recognise a device can end its session, or all
//! sessions but this one (ASVS 7.4.5, 7.5.2).

use std::collections::BTreeSet;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::member::Member;
use crate::accounts::browser_session::BrowserSession;
use crate::endpoints::end_session;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::sessions::clients::farewells;
use crate::store::session_clients::Farewell;
use crate::store::sessions::Sids;

/// The path of the page, for which the tokens of its forms are valid.
pub(super) const PLACE: &str = OwnPage::Sessions.as_str();

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
const NOTICES: &[(&str, &str)] = &[
    ("ended", "sessions-ended"),
    ("others-ended", "sessions-others-ended"),
];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountSessions {
    /// The login ID.
    pub email: String,
    /// The browsers with a session: this one first, then by the time of last use.
    pub places: Vec<LoggedInAt>,
}

/// A browser in which the user is logged in.
#[derive(Clone, Debug, Serialize)]
pub struct LoggedInAt {
    /// The `sid` of its sessions, which is no secret.
    pub name: String,
    /// The kind of device; empty if it is not known.
    pub device: String,
    /// The names of the brands with a session.
    pub brands: BTreeSet<String>,
    /// When its first session began.
    pub begun_at: String,
    /// When it was last used.
    pub seen_at: String,
    /// Whether it is the browser of this request.
    pub here: bool,
}

impl Page for AccountSessions {
    const TEMPLATE: &'static str = "account/sessions.html";
    const SCREEN: &'static str = "account-sessions";
}

/// `GET /account/sessions`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered. (`Member` sends a
/// person who is not logged in to ⑪.)
pub async fn get(member: Member) -> Result<Response, PageRefusal> {
    let sessions = AccountSessions {
        email: member.live.account.email.clone(),
        places: places(&member).await?,
    };
    let shell = page::told(member.shell(PLACE), &member.url, NOTICES);
    member.show(StatusCode::OK, &shell, &sessions)
}

/// `POST /account/sessions`: ends the sessions of one browser, or of all others. A session
/// that has ended already, or belongs to another account, is treated as absent, not as an
/// error.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// is unreachable.
pub async fn post(member: Member, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    let (account_id, here) = (&member.live.account.id, &member.live.session.sid);
    let farewells = farewells(&member.app);
    let farewell = Farewell(&farewells);
    let sessions = member.app.store.sessions();
    match (form.action(), form.get("session")) {
        ("end_others", _) => {
            let others = Sids::AllBut(here);
            sessions.end_logins(account_id, others, farewell).await?;
            member.app.outbox.wake();
            Ok(page::done(PLACE, "others-ended").into_response())
        }
        // Ending the session of this browser is a logout, with everything that belongs to
        // it.
        ("end", sid) if sid == here => Ok(Redirect::to(end_session::CONFIRMATION).into_response()),
        ("end", sid) => {
            let one = Sids::Only(sid);
            sessions.end_logins(account_id, one, farewell).await?;
            member.app.outbox.wake();
            Ok(page::done(PLACE, "ended").into_response())
        }
        _ => Ok(Redirect::to(PLACE).into_response()),
    }
}

async fn places(member: &Member) -> Result<Vec<LoggedInAt>, Fault> {
    let app = &member.app;
    let seen_after = member.now().before(app.config.sessions.idle_lifetime);
    let account_id = &member.live.account.id;
    let sessions = app.store.sessions();
    let sessions = sessions.of(account_id, member.now(), seen_after).await?;
    let mut places: Vec<LoggedInAt> = Vec::new();
    for session in &sessions {
        // One browser has one `sid`, for all its brands.
        match places.iter_mut().find(|place| place.name == session.sid) {
            Some(place) => _ = place.brands.insert(session.brand.clone()),
            None => places.push(place(member, session, &sessions)),
        }
    }
    places.sort_by_key(|place| !place.here);
    Ok(places)
}

fn place(member: &Member, seen_last: &BrowserSession, all: &[BrowserSession]) -> LoggedInAt {
    let of_place = all.iter().filter(|other| other.sid == seen_last.sid);
    let begun_at = of_place.map(|session| session.begun_at).min();
    LoggedInAt {
        name: seen_last.sid.clone(),
        device: seen_last.device.clone(),
        brands: BTreeSet::from([seen_last.brand.clone()]),
        begun_at: page::minute(begun_at.unwrap_or(seen_last.begun_at)),
        seen_at: page::minute(seen_last.seen_at),
        here: seen_last.sid == member.live.session.sid,
    }
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;
    use crate::texts;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("f.enrirtest2019@gmail.com");
        let place = |device: &str, brands: &[&str], here| LoggedInAt {
            name: stage.of("sid"),
            device: device.to_owned(),
            brands: brands.iter().map(|brand| stage.of(brand)).collect(),
            begun_at: stage.of("2026-11-22 21:05"),
            seen_at: stage.of("2026-11-23 08:10"),
            here,
        };
        let here = || place(&stage.of("iPhone · Safari"), &["toyota", "lexus"], true);
        let alone = AccountSessions {
            email: email(),
            places: vec![here()],
        };
        let ended = texts::text(stage.locale, "sessions-others-ended", &[]);
        stage.show(
            "account-sessions-alone",
            stage.shell().notice(ended),
            &alone,
        );
        let several = AccountSessions {
            email: email(),
            places: vec![
                here(),
                place(&stage.of("Android · Samsung Internet"), &["lexus"], false),
                place("", &["toyota"], false),
            ],
        };
        stage.show("account-sessions", stage.shell(), &several);
    }
}
