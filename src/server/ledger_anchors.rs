//! Anchors the ledger outside of the database by itself: in a file, by mail and at an HTTP
//! endpoint, as configured. Each of these ways is due by itself, fails by itself, and is
//! tried again by itself. What an anchor is, and its file, is in `ledger::anchor`.

use std::time::Duration;

use crate::accounts::email_address::EmailAddress;
use crate::app::SharedApp;
use crate::brand::Brand;
use crate::config::LedgerSettings;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::ledger::anchor::{Anchor, append, newest, take};
use crate::mail::message::Message;
use crate::outbox::Outbox;
use crate::outgoing::{Outgoing, Posting};

/// How often a node looks whether an anchor is due, and so how soon it tries again.
const LOOK: Duration = Duration::from_secs(10 * 60);

/// For how long a node that tries has the turn. It is over when the nodes look again.
const TURN: Duration = Duration::from_secs(9 * 60);

/// A way by which an anchor leaves this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Each node appends to a file of its own.
    File,
    /// One node mails it for all.
    Mail,
    /// One node posts it for all.
    Http,
}

impl Way {
    const ALL: [Self; 3] = [Self::File, Self::Mail, Self::Http];

    /// Returns the ways that are configured.
    pub fn configured(settings: &LedgerSettings) -> impl Iterator<Item = Self> {
        let is_configured = |way: &Self| match way {
            Self::File => settings.anchor_file.is_some(),
            Self::Mail => settings.anchor_mail_to.is_some(),
            Self::Http => settings.anchor_url.is_some(),
        };
        Self::ALL.into_iter().filter(is_configured)
    }

    /// The setting that names where it leads.
    #[must_use]
    pub const fn setting(self) -> &'static str {
        match self {
            Self::File => "ledger.anchor_file",
            Self::Mail => "ledger.anchor_mail_to",
            Self::Http => "ledger.anchor_url",
        }
    }
}

/// What takes an anchor along the ways.
#[derive(Clone, Copy, Debug)]
pub struct Carriers<'a> {
    /// Where it goes.
    pub settings: &'a LedgerSettings,
    /// Sends the mail.
    pub outbox: &'a Outbox,
    /// Posts it.
    pub outgoing: &'a Outgoing,
    /// The brand in whose name the mail is written.
    pub brand: &'a Brand,
}

impl Carriers<'_> {
    /// Takes an anchor along one way.
    ///
    /// # Errors
    /// `Fault` if the file cannot be written, the mail cannot be queued, or the endpoint
    /// does not accept the anchor.
    pub async fn carry(&self, way: Way, anchor: &str) -> Result<(), Fault> {
        match way {
            Way::File => match &self.settings.anchor_file {
                Some(file) => append(file, anchor),
                None => Ok(()),
            },
            Way::Mail => self.mail(anchor).await,
            Way::Http => self.post(anchor).await,
        }
    }

    async fn mail(&self, anchor: &str) -> Result<(), Fault> {
        let Some(to) = &self.settings.anchor_mail_to else {
            return Ok(());
        };
        let to = EmailAddress::read(to).map_err(Fault::because)?;
        let message = Message::LedgerAnchor { to: &to, anchor };
        let locale = self.brand.default_locale;
        self.outbox.post(self.brand, locale, &message).await
    }

    async fn post(&self, anchor: &str) -> Result<(), Fault> {
        let Some(url) = &self.settings.anchor_url else {
            return Ok(());
        };
        let posting = Posting {
            content_type: "application/jwt",
            body: anchor.to_owned(),
            accept: "*/*",
            authorization: None,
            timeout: None,
        };
        let answer = self.outgoing.post(url, posting, 0).await;
        let status = answer.map_err(Fault::because)?.status;
        if status.is_success() {
            return Ok(());
        }
        let why = format!("the endpoint for the ledger's anchors answered {status}");
        Err(Fault::because(why))
    }
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

/// Anchors the ledger by each way whose last anchor is old enough. A way that fails is
/// logged, and does not hinder the others. Returns the ways that this node took.
///
/// # Errors
/// `Fault` if the ledger is wrong, or an anchor cannot be taken.
pub async fn anchor_if_due(app: &SharedApp) -> Result<Vec<Way>, Fault> {
    let (settings, now) = (&app.config.ledger, app.clock.now());
    let key = app.store.own_ledger_key()?;
    let kept = match settings.anchor_file.as_deref() {
        Some(file) => newest(file, &key.anchor_key()?),
        None => Ok(None),
    };
    let mut due = Vec::new();
    for way in Way::configured(settings) {
        match is_due(app, way, &kept).await {
            Ok(true) => due.push(way),
            Ok(false) => {}
            Err(why) => failed(way, &why),
        }
    }
    if due.is_empty() {
        return Ok(due);
    }
    let before = kept.ok().flatten();
    let taken = take(&app.store, key, before.as_ref(), now).await?;
    let anchor = taken.map_err(|wrong| Fault::because(format!("the ledger is wrong: {wrong}")))?;
    let brand = app.brands.iter().next();
    let carriers = Carriers {
        settings,
        outbox: &app.outbox,
        outgoing: &app.outgoing,
        brand: brand.ok_or_else(|| Fault::because("there is no brand"))?,
    };
    let mut done = Vec::new();
    for way in due {
        match carriers.carry(way, &anchor).await {
            Ok(()) => {
                done.push(way);
                keep_turn(app, way).await;
            }
            Err(fault) => failed(way, &fault.to_string()),
        }
    }
    Ok(done)
}

/// Whether this node anchors by this way now: for its own file, if the newest anchor in it
/// is old enough; for all nodes, if it gets the turn.
async fn is_due(
    app: &SharedApp,
    way: Way,
    kept: &Result<Option<Anchor>, Fault>,
) -> Result<bool, String> {
    if way != Way::File {
        let turn = app.ephemeral.put_once(Key::Turn(way.setting()), TURN).await;
        return turn.map_err(|fault| fault.to_string());
    }
    let kept = kept.as_ref().map_err(ToString::to_string)?;
    let (now, every) = (app.clock.now(), app.config.ledger.anchor_every);
    let is_fresh = |anchor: &Anchor| now < anchor.at.after(every);
    Ok(!kept.as_ref().is_some_and(is_fresh))
}

/// Keeps the turn until the next anchor is due. If that fails, this anchor is only sent once
/// more.
async fn keep_turn(app: &SharedApp, way: Way) {
    if way == Way::File {
        return;
    }
    let every = app.config.ledger.anchor_every;
    let kept = app.ephemeral.put(Key::Turn(way.setting()), b"", every);
    if let Err(fault) = kept.await {
        tracing::warn!(
            fault = &fault as &dyn std::error::Error,
            way = way.setting(),
            "the ledger's anchor will be sent again"
        );
    }
}

fn failed(way: Way, why: &str) {
    tracing::error!(
        way = way.setting(),
        why,
        "the ledger was not anchored by one way; it is tried again in ten minutes"
    );
}
