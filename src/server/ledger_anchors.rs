//! Anchors the ledger outside of the database by itself, and sends each anchor by mail and to
//! an HTTP endpoint, as configured. What an anchor is, and its file, is in `ledger::anchor`.

use std::time::Duration;

use crate::accounts::email_address::EmailAddress;
use crate::app::SharedApp;
use crate::brand::Brand;
use crate::config::LedgerSettings;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::ledger::anchor::{newest, take};
use crate::mail::message::Message;
use crate::outbox::Outbox;
use crate::outgoing::{Outgoing, Posting};

/// How often a node looks whether an anchor is due.
const LOOK: Duration = Duration::from_secs(10 * 60);

/// The name under which one node sends the anchor for all.
const TURN: &str = "ledger-anchor";

/// The ways by which an anchor leaves this server.
#[derive(Clone, Copy, Debug)]
pub struct Ways<'a> {
    /// Where it goes.
    pub settings: &'a LedgerSettings,
    /// Sends the mail.
    pub outbox: &'a Outbox,
    /// Posts it.
    pub outgoing: &'a Outgoing,
    /// The brand in whose name the mail is written.
    pub brand: &'a Brand,
}

/// Sends an anchor by mail and to the HTTP endpoint, where they are configured.
///
/// # Errors
/// `Fault` if the mail cannot be queued, or the endpoint does not accept the anchor.
pub async fn send(ways: &Ways<'_>, anchor: &str) -> Result<(), Fault> {
    if let Some(to) = &ways.settings.anchor_mail_to {
        let to = EmailAddress::read(to).map_err(Fault::because)?;
        let message = Message::LedgerAnchor { to: &to, anchor };
        let locale = ways.brand.default_locale;
        ways.outbox.post(ways.brand, locale, &message).await?;
    }
    if let Some(url) = &ways.settings.anchor_url {
        let posting = Posting {
            content_type: "application/jwt",
            body: anchor.to_owned(),
            accept: "*/*",
            authorization: None,
            timeout: None,
        };
        let answer = ways.outgoing.post(url, posting, 0).await;
        let status = answer.map_err(Fault::because)?.status;
        if !status.is_success() {
            let why = format!("the endpoint for the ledger's anchors answered {status}");
            return Err(Fault::because(why));
        }
    }
    Ok(())
}

/// Anchors the ledger whenever an anchor is due, until the task is dropped.
pub async fn anchor_forever(app: SharedApp) {
    if app.config.ledger.is_off() {
        return;
    }
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        if let Err(fault) = anchor_if_due(&app).await {
            tracing::error!(
                fault = &fault as &dyn std::error::Error,
                "the ledger was not anchored"
            );
        }
    }
}

/// Anchors the ledger if the last anchor is old enough. Each node keeps its own file; one
/// node sends for all. Returns whether this node did either.
///
/// # Errors
/// `Fault` if the ledger is wrong, or an anchor cannot be taken, kept or sent.
pub async fn anchor_if_due(app: &SharedApp) -> Result<bool, Fault> {
    let (settings, now) = (&app.config.ledger, app.clock.now());
    let key = app.store.own_ledger_key()?;
    let file = settings.anchor_file.as_deref();
    let kept = match file {
        Some(file) => newest(file, &key.anchor_key()?)?,
        None => None,
    };
    let every = settings.anchor_every;
    let is_fresh = kept.is_some_and(|anchor| now < anchor.at.after(every));
    let sends = !is_fresh && app.ephemeral.put_once(Key::Turn(TURN), every).await?;
    if is_fresh || (file.is_none() && !sends) {
        return Ok(false);
    }
    let taken = take(&app.store, key, file, now).await?;
    let anchor = taken.map_err(|wrong| Fault::because(format!("the ledger is wrong: {wrong}")))?;
    if sends {
        let brand = app.brands.iter().next();
        let brand = brand.ok_or_else(|| Fault::because("there is no brand"))?;
        let ways = Ways {
            settings,
            outbox: &app.outbox,
            outgoing: &app.outgoing,
            brand,
        };
        send(&ways, &anchor).await?;
    }
    Ok(true)
}
