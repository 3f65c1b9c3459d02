//! The login history: what happened to the account, newest first, from the audit trail. A
//! person who sees something unfamiliar is led to the password and to the list of sessions.

use std::collections::BTreeMap;

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde::Serialize;

use super::member::Member;
use crate::http::refusal::PageRefusal;
use crate::interaction::arrival::query_of;
use crate::interaction::own_client::OwnPage;
use crate::locale::Locale;
use crate::oidc::client::RESERVED;
use crate::pages::Page;
use crate::screens::page;
use crate::security_events::{EventKind, Reason, Record};
use crate::texts;

/// The path of the page.
const PLACE: &str = OwnPage::History.as_str();

/// How many events one page shows.
const ON_A_PAGE: usize = 20;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct History {
    /// The login ID.
    pub email: String,
    /// The events of this page, newest first.
    pub events: Vec<EventLine>,
    /// Whether the page begins with the newest event.
    pub is_newest: bool,
    /// The place where the page with older events begins, if there is one.
    pub older: Option<i64>,
}

/// An event in words.
#[derive(Clone, Debug, Serialize)]
pub struct EventLine {
    /// What happened.
    pub what: String,
    /// Whether it is a failure.
    pub failed: bool,
    /// More about it, such as the methods of a login or the reason of a failure.
    pub more: Option<String>,
    /// How often it happened, if more than once.
    pub times: Option<String>,
    /// The time, to the minute.
    pub at: String,
    /// The kind of device; empty if it is not known.
    pub device: String,
    /// The network, truncated; empty if it was no request.
    pub network: String,
    /// The name of the service that sent the person; empty if there was none.
    pub service: String,
}

impl Page for History {
    const TEMPLATE: &'static str = "account/history.html";
    const SCREEN: &'static str = "account-history";
}

/// `GET /account/history`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered. (`Member` sends a
/// person who is not logged in to ⑪.)
pub async fn get(member: Member, uri: Uri) -> Result<Response, PageRefusal> {
    let (app, account) = (&member.app, &member.live.account);
    let events = app.store.security_events();
    // What this node still keeps in memory belongs to the newest events.
    events.write_waiting(member.now(), false).await?;
    let before = query_of(&uri, "before").and_then(|number| number.parse().ok());
    let mut written = events
        .for_person(&account.id, before, ON_A_PAGE as u32 + 1)
        .await?;
    let has_older = written.len() > ON_A_PAGE;
    written.truncate(ON_A_PAGE);
    let ids = written.iter();
    let ids = ids.filter_map(|one| one.record.client_id.as_ref());
    let services = member.names_of(ids.filter(|id| *id != RESERVED)).await?;
    let lines = written.iter();
    let lines = lines.filter_map(|one| line(member.locale, &one.record, &services));
    let page = History {
        email: account.email.clone(),
        events: lines.collect(),
        is_newest: before.is_none(),
        older: written
            .last()
            .filter(|_| has_older)
            .map(|last| last.sequence),
    };
    member.show(StatusCode::OK, &member.shell(PLACE), &page)
}

/// Returns the event in words; `None` for one that only a newer version knows.
fn line(locale: Locale, record: &Record, services: &BTreeMap<String, String>) -> Option<EventLine> {
    let kind: EventKind = record.kind.parse().ok()?;
    let text = |key: &str| texts::text(locale, key, &[]);
    let failed = record.reason.is_some();
    let suffix = if failed { "-failed" } else { "" };
    let times = [("times", record.times.to_string())];
    Some(EventLine {
        what: text(&format!("history-{}{suffix}", hyphened(kind.as_str()))),
        failed,
        more: more(record, kind).map(|key| text(&key)),
        times: (record.times > 1).then(|| texts::text(locale, "history-times", &times)),
        at: page::minute(record.at),
        device: record.device.clone().unwrap_or_default(),
        network: record.network.clone().unwrap_or_default(),
        service: record
            .client_id
            .as_ref()
            .and_then(|id| services.get(id).cloned())
            .unwrap_or_default(),
    })
}

/// Returns the key of the text that says more: the reason, the methods of a login, the way
/// in which a session ended, or the change that waits.
fn more(record: &Record, kind: EventKind) -> Option<String> {
    if let Some(reason) = &record.reason {
        let reason: Reason = reason.parse().ok()?;
        return Some(format!("history-reason-{}", hyphened(reason.as_str())));
    }
    let detail = |name: &str| record.detail.get(name).map(String::as_str);
    match kind {
        EventKind::Login | EventKind::Reauthentication => {
            let amr = detail("amr")?;
            Some(format!("history-by-{}", methods(amr)))
        }
        EventKind::SessionEnded => {
            let how = detail("how").filter(|how| HOW.contains(how))?;
            Some(format!("history-how-{how}"))
        }
        EventKind::ChangeWaits | EventKind::ChangeCancelled => {
            let change = detail("change")?;
            Some(format!("pending-change-{change}"))
        }
        _ => None,
    }
}

/// The ways in which a session ends that have words of their own.
const HOW: [&str; 5] = ["logout", "owner", "others", "link", "all"];

/// Returns the word of the catalogue for the authentication methods of a login (RFC 8176).
fn methods(amr: &str) -> &'static str {
    let has = |method| amr.split(' ').any(|word| word == method);
    if has("pop") && !has("pwd") {
        "passkey"
    } else if has("mfa") {
        "two-steps"
    } else {
        "password"
    }
}

fn hyphened(word: &str) -> String {
    word.replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_that_a_person_sees_has_words_in_both_languages() {
        for locale in Locale::ALL {
            for kind in EventKind::ALL.iter().filter(|kind| kind.is_for_person()) {
                let key = format!("history-{}", hyphened(kind.as_str()));
                assert!(texts::has(locale, &key), "{key}");
            }
            for kind in [
                EventKind::Login,
                EventKind::CodeChecked,
                EventKind::RefreshTokenReplayed,
            ] {
                let key = format!("history-{}-failed", hyphened(kind.as_str()));
                assert!(texts::has(locale, &key), "{key}");
            }
            for reason in Reason::ALL {
                let key = format!("history-reason-{}", hyphened(reason.as_str()));
                assert!(texts::has(locale, &key), "{key}");
            }
            for how in HOW {
                assert!(texts::has(locale, &format!("history-how-{how}")), "{how}");
            }
        }
    }
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;
    use crate::security_events::{Event, current};

    fn record(event: Event) -> Record {
        let mut record = current(event);
        record.at = crate::clock::Timestamp(1_795_435_500);
        record.device = Some("iPhone · Safari".to_owned());
        record.network = Some("203.0.113.0/24".to_owned());
        record
    }

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let kinds = EventKind::ALL.iter().filter(|kind| kind.is_for_person());
        let mut records: Vec<Record> = kinds.map(|kind| record(Event::new(*kind))).collect();
        let login = || Event::new(EventKind::Login).client("tos");
        for amr in ["pwd", "pwd otp mfa", "pop user mfa"] {
            records.push(record(login().with("amr", amr)));
        }
        for how in HOW {
            records.push(record(Event::new(EventKind::SessionEnded).with("how", how)));
        }
        let mut wrong = record(Event::failed(EventKind::Login, Reason::WrongPassword));
        wrong.times = 12;
        wrong.device = None;
        records.push(wrong);
        let services = BTreeMap::from([("tos".to_owned(), stage.of("整備手帳"))]);
        let lines = records.iter();
        let lines = lines.filter_map(|record| line(stage.locale, record, &services));
        let page = |events, is_newest, older| History {
            email: stage.of("f.enrirtest2019@gmail.com"),
            events,
            is_newest,
            older,
        };
        stage.show(
            "account-history",
            stage.shell(),
            &page(lines.collect(), false, Some(3)),
        );
        stage.show(
            "account-history-none",
            stage.shell(),
            &page(Vec::new(), true, None),
        );
    }
}
