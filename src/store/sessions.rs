//! Browser sessions. A session is found by the hash of the cookie's secret; every
//! authentication begins a new one. One login may have a session under each brand: they
//! share its `sid`, extend their idle lifetime together, and end together.

use super::accounts::{account, account_columns};
use super::columns::Columns;
use super::expiry::{Taking, taking};
use super::grants::revocation;
use super::security_events::record;
use super::session_clients::{Farewell, Participant, part, part_if_over};
use super::{Store, Transaction, storable, trusted_devices};
use crate::accounts::account::Account;
use crate::accounts::browser_session::BrowserSession;
use crate::accounts::factors::Strength;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};

/// The times that a logout depends on.
#[derive(Clone, Copy, Debug)]
pub struct LogOutTimes {
    /// Now.
    pub now: Timestamp,
    /// Sessions that were last seen before this time have expired by idleness.
    pub seen_after: Timestamp,
}

/// The browser sessions.
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'s>(&'s Store);

impl Store {
    /// The browser sessions.
    #[must_use]
    pub const fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }
}

const SWEEP: Taking = taking!(
    "SELECT secret_hash FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT 64",
    "DELETE FROM sessions WHERE secret_hash IN (SELECT secret_hash FROM taken)"
);

const END: &str = "DELETE FROM sessions WHERE secret_hash = $1 RETURNING account_id, sid";

const END_ALL_OF: &str = "DELETE FROM sessions WHERE account_id = $1";

/// The session columns that `session` reads; `s` is the table's alias. A session from
/// before `begun_at` was stored is taken to have begun with its last authentication.
macro_rules! session_columns {
    () => {
        "s.sid, s.account_id, s.brand AS session_brand, COALESCE(s.begun_at, s.auth_time) AS begun_at, \
        COALESCE(s.device, '') AS device, s.auth_time, s.amr, s.second_factor_at, s.strength, s.trusted_device, \
        s.seen_at, s.expires_at"
    };
}

/// A browser has one session per brand: under a brand where this login has one, there is no
/// other.
const OTHER_LOGINS: &str = "SELECT DISTINCT brand FROM sessions
    WHERE account_id = $1 AND expires_at > $3 AND seen_at > $4
        AND brand NOT IN (SELECT brand FROM sessions WHERE sid = $2)";

/// Locks the session: a transaction that ends it waits, and a session that has ended is not
/// found.
const HOLD: &str = "UPDATE sessions SET seen_at = seen_at WHERE secret_hash = $1";

/// How many times sessions that end together are deleted. A sign-on under another brand
/// locks the session it comes from, so the first deletion waits for it; only the second one
/// sees the session that was begun meanwhile.
const TIMES: usize = 2;

const FIND: &str = concat!(
    "SELECT ",
    session_columns!(),
    ", ",
    account_columns!(),
    " FROM sessions s JOIN accounts a ON a.id = s.account_id
    WHERE s.secret_hash = $1 AND s.brand = $2 AND s.expires_at > $3 AND s.seen_at > $4
        AND a.status = 'active'"
);

const OF_ACCOUNT: &str = concat!(
    "SELECT ",
    session_columns!(),
    " FROM sessions s WHERE s.account_id = $1 AND s.expires_at > $2 AND s.seen_at > $3
    ORDER BY s.seen_at DESC, s.auth_time DESC, s.secret_hash"
);

const END_NAMED: &str = "DELETE FROM sessions WHERE account_id = $1 AND sid = $2";

const END_OTHERS: &str = "DELETE FROM sessions WHERE account_id = $1 AND sid <> $2";

const USE_LINK: &str = "UPDATE accounts SET sessions_ended_at = $3
    WHERE id = $1 AND COALESCE(sessions_ended_at, $2 - 1) < $2";

const TOUCH: &str = "UPDATE sessions SET seen_at = $2 WHERE sid = $1 AND seen_at < $2";

/// A session, identified by the secret in the browser's cookie and the brand.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// The secret's hash.
    pub secret_hash: &'a str,
    /// The brand.
    pub brand: &'a str,
}

/// A session that a new one replaces in the same browser.
#[derive(Clone, Copy, Debug)]
pub struct Replaced<'a> {
    /// Its secret's hash.
    pub secret_hash: &'a str,
    /// Messages to the clients of its login, if the login ends with it.
    pub farewell: Farewell<'a>,
}

/// A login that ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ended {
    /// The brands under which the same browser may have another login of the same account.
    pub elsewhere: Vec<String>,
    /// The clients that received tokens in it.
    pub participants: Vec<Participant>,
}

impl Sessions<'_> {
    /// Begins a session after an authentication, and ends the one it replaces. The caller
    /// keeps the `sid` if the account is the same.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn begin(
        &self,
        secret_hash: &str,
        session: &BrowserSession,
        replaced: Option<Replaced<'_>>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.0.sweep(&self.0.turns.sessions, &SWEEP, now).await?;
        let mut transaction = self.0.begin().await?;
        let ended = match replaced {
            Some(replaced) => end_one(&mut transaction, replaced.secret_hash).await?,
            None => None,
        };
        insert(&mut transaction, secret_hash, session, &session.account_id).await?;
        let goes_on = ended.as_ref().is_some_and(|ended| ended.sid == session.sid);
        record(&mut transaction, begun(session, goes_on)).await?;
        if let Some((replaced, ended)) = replaced.zip(ended) {
            if !goes_on {
                record(&mut transaction, ended.event("replaced")).await?;
            }
            part_if_over(&mut transaction, &ended, replaced.farewell).await?;
        }
        transaction.commit().await
    }

    /// Begins a session under another brand for a user who has the session `from`. Both
    /// belong to the same login: they share the `sid`, the authentication and the end.
    /// Returns the new session with its account.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn sign_on(
        &self,
        from: Held<'_>,
        to: Held<'_>,
        now: Timestamp,
        seen_after: Timestamp,
    ) -> Result<Option<(BrowserSession, Account)>, Fault> {
        self.0.sweep(&self.0.turns.sessions, &SWEEP, now).await?;
        let mut transaction = self.0.begin().await?;
        on!(&mut transaction, db => {
            sqlx::query(HOLD).bind(from.secret_hash).execute(&mut **db).await?;
        });
        let found = on!(&mut transaction, db => sqlx::query(FIND)
            .bind(from.secret_hash)
            .bind(from.brand)
            .bind(now.0)
            .bind(seen_after.0)
            .fetch_optional(&mut **db)
            .await?
            .as_ref()
            .map(session_and_account)
            .transpose()?);
        let Some((session, account)) = found else {
            return Ok(None);
        };
        let session = BrowserSession {
            brand: to.brand.to_owned(),
            seen_at: now,
            ..session
        };
        insert(&mut transaction, to.secret_hash, &session, &account.id).await?;
        let event = Event::new(EventKind::SignOn).of(&account.id);
        record(&mut transaction, event.with("session", &session.sid)).await?;
        transaction.commit().await?;
        Ok(Some((session, account)))
    }

    /// Returns the session under that brand and its account, unless the session has ended
    /// or was last seen before `seen_after`, or the account is not active.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn find(
        &self,
        secret_hash: &str,
        brand: &str,
        now: Timestamp,
        seen_after: Timestamp,
    ) -> Result<Option<(BrowserSession, Account)>, Fault> {
        if !storable(secret_hash) || !storable(brand) {
            return Ok(None);
        }
        on!(&mut self.0.reader().await?, db => sqlx::query(FIND)
            .bind(secret_hash)
            .bind(brand)
            .bind(now.0)
            .bind(seen_after.0)
            .fetch_optional(&mut **db)
            .await?
            .as_ref()
            .map(session_and_account)
            .transpose())
    }

    /// Notes that the login with this `sid` was seen, under any brand.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn touch(&self, sid: &str, now: Timestamp) -> Result<(), Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(TOUCH).bind(sid).bind(now.0).execute(db).await?;
        });
        Ok(())
    }

    /// Ends the whole login of a session, under every brand. Grants with `offline_access`
    /// outlive it (Back-Channel Logout §2.7).
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn log_out(
        &self,
        session: &BrowserSession,
        times: LogOutTimes,
        farewell: Farewell<'_>,
    ) -> Result<Ended, Fault> {
        let mut transaction = self.0.begin().await?;
        let elsewhere = on!(&mut transaction, db => sqlx::query_scalar(OTHER_LOGINS)
            .bind(&session.account_id)
            .bind(&session.sid)
            .bind(times.now.0)
            .bind(times.seen_after.0)
            .fetch_all(&mut **db)
            .await?);
        let (account_id, sid) = (&session.account_id, &session.sid);
        let which = Sids::Only(sid);
        let participants =
            end_sids(&mut transaction, account_id, (which, "logout"), farewell).await?;
        transaction.commit().await?;
        Ok(Ended {
            elsewhere,
            participants,
        })
    }

    /// Ends one session that another has replaced in its browser.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn end(&self, replaced: Replaced<'_>) -> Result<(), Fault> {
        let mut transaction = self.0.begin().await?;
        let ended = end_one(&mut transaction, replaced.secret_hash).await?;
        if let Some(ended) = ended {
            record(&mut transaction, ended.event("replaced")).await?;
            part_if_over(&mut transaction, &ended, replaced.farewell).await?;
        }
        transaction.commit().await
    }

    /// Returns the sessions of an account under any brand, most recently seen first,
    /// without those that have ended or were last seen before `seen_after`.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn of(
        &self,
        account_id: &str,
        now: Timestamp,
        seen_after: Timestamp,
    ) -> Result<Vec<BrowserSession>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(OF_ACCOUNT)
            .bind(account_id)
            .bind(now.0)
            .bind(seen_after.0)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(session)
            .collect())
    }

    /// Ends every session and every grant of an account, and the trust in its devices.
    /// Returns `false` and does nothing if a link that was made later was used, or this one.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn end_by_link(&self, link: &EndedByLink<'_>, now: Timestamp) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let used = on!(&mut transaction, db => sqlx::query(USE_LINK)
            .bind(link.account_id)
            .bind(link.made_at.0)
            .bind(now.0)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if used == 0 {
            return Ok(false);
        }
        let id = link.account_id;
        end_of_account(&mut transaction, id, (None, "link"), link.farewell).await?;
        revocation::end_of_account(&mut transaction, id, link.revoked_until, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Ends the selected logins of an account, under every brand. If they are all others,
    /// no device is trusted any more.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn end_logins(
        &self,
        account_id: &str,
        which: Sids<'_>,
        farewell: Farewell<'_>,
    ) -> Result<(), Fault> {
        let mut transaction = self.0.begin().await?;
        end_sids(&mut transaction, account_id, (which, "owner"), farewell).await?;
        if matches!(which, Sids::AllBut(_)) {
            trusted_devices::end_of_account(&mut transaction, account_id).await?;
        }
        transaction.commit().await
    }
}

/// What a link of a mail ends.
#[derive(Clone, Copy, Debug)]
pub struct EndedByLink<'a> {
    /// The account.
    pub account_id: &'a str,
    /// When the link was made.
    pub made_at: Timestamp,
    /// Until when access tokens issued before are refused.
    pub revoked_until: Timestamp,
    /// Messages to the clients of the sessions that end.
    pub farewell: Farewell<'a>,
}

/// Selects logins of an account by `sid`.
#[derive(Clone, Copy, Debug)]
pub enum Sids<'a> {
    /// Only this one.
    Only(&'a str),
    /// All but this one.
    AllBut(&'a str),
}

/// A session that has just ended.
pub(super) struct EndedSession {
    /// The account that was logged in.
    pub(super) account_id: String,
    /// The login that the session belonged to.
    pub(super) sid: String,
}

impl EndedSession {
    fn event(&self, how: &'static str) -> Event {
        let event = Event::new(EventKind::SessionEnded).of(&self.account_id);
        event.with("how", how).with("session", &self.sid)
    }
}

/// The event of a session that began; `goes_on` if it continues the one that it replaces.
fn begun(session: &BrowserSession, goes_on: bool) -> Event {
    let kind = if goes_on {
        EventKind::Reauthentication
    } else {
        EventKind::Login
    };
    let event = Event::new(kind).of(&session.account_id);
    let event = event
        .with("amr", &session.amr)
        .with("session", &session.sid);
    match &session.trusted_device {
        Some(_) => event.with("trusted_device", true),
        None => event,
    }
}

/// Ends one session; returns its account and login, if it existed.
async fn end_one(
    transaction: &mut Transaction,
    secret_hash: &str,
) -> Result<Option<EndedSession>, Fault> {
    on!(transaction, db => sqlx::query(END)
        .bind(secret_hash)
        .fetch_optional(&mut **db)
        .await?
        .map(|row| {
            Ok(EndedSession {
                account_id: row.text("account_id")?,
                sid: row.text("sid")?,
            })
        })
        .transpose())
}

/// Ends the selected logins of an account, and notifies the clients that received tokens in
/// them.
async fn end_sids(
    transaction: &mut Transaction,
    account_id: &str,
    (which, how): (Sids<'_>, &'static str),
    farewell: Farewell<'_>,
) -> Result<Vec<Participant>, Fault> {
    let (sql, sid) = match which {
        Sids::Only(sid) => (END_NAMED, sid),
        Sids::AllBut(sid) => (END_OTHERS, sid),
    };
    let mut ended = 0;
    for _ in 0..TIMES {
        ended += on!(&mut *transaction, db => sqlx::query(sql)
            .bind(account_id)
            .bind(sid)
            .execute(&mut **db)
            .await?
            .rows_affected());
    }
    if ended > 0 {
        let event = Event::new(EventKind::SessionEnded).of(account_id);
        let event = match which {
            Sids::Only(sid) => event.with("how", how).with("session", sid),
            Sids::AllBut(_) => event.with("how", "others").with("sessions", ended),
        };
        record(transaction, event).await?;
    }
    part(transaction, account_id, which, farewell).await
}

/// Ends every session of an account and the trust in every device, in the caller's
/// transaction, and notifies the clients of every login except the one that continues, if
/// there is one. `how` is the word for the audit trail.
pub(super) async fn end_of_account(
    transaction: &mut Transaction,
    account_id: &str,
    (goes_on, how): (Option<&BrowserSession>, &'static str),
    farewell: Farewell<'_>,
) -> Result<(), Fault> {
    let mut ended = 0;
    for _ in 0..TIMES {
        ended += on!(&mut *transaction, db => sqlx::query(END_ALL_OF)
            .bind(account_id)
            .execute(&mut **db)
            .await?
            .rows_affected());
    }
    // The one that goes on is added again.
    if ended > u64::from(goes_on.is_some()) {
        let event = Event::new(EventKind::SessionEnded).of(account_id);
        record(transaction, event.with("how", how)).await?;
    }
    // No login has an empty `sid`.
    let which = Sids::AllBut(goes_on.map_or("", |session| &session.sid));
    trusted_devices::end_of_account(transaction, account_id).await?;
    part(transaction, account_id, which, farewell).await?;
    Ok(())
}

const INSERT: &str = "INSERT INTO sessions
    (secret_hash, sid, account_id, brand, begun_at, device, auth_time, amr, second_factor_at, seen_at, expires_at,
        trusted_device, strength)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

/// Adds a session of `account_id`, in the caller's transaction.
pub(super) async fn insert(
    transaction: &mut Transaction,
    secret_hash: &str,
    session: &BrowserSession,
    account_id: &str,
) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(INSERT)
            .bind(secret_hash)
            .bind(&session.sid)
            .bind(account_id)
            .bind(&session.brand)
            .bind(session.begun_at.0)
            .bind(&session.device)
            .bind(session.auth_time.0)
            .bind(&session.amr)
            .bind(session.second_factor_at.map(|at| at.0))
            .bind(session.seen_at.0)
            .bind(session.expires_at.0)
            .bind(&session.trusted_device)
            .bind(session.strength.map(Strength::as_str))
            .execute(&mut **db)
            .await?;
    });
    Ok(())
}

fn session_and_account(row: &impl Columns) -> Result<(BrowserSession, Account), Fault> {
    Ok((session(row)?, account(row)?))
}

fn session(row: &impl Columns) -> Result<BrowserSession, Fault> {
    Ok(BrowserSession {
        sid: row.text("sid")?,
        account_id: row.text("account_id")?,
        begun_at: row.time("begun_at")?,
        device: row.text("device")?,
        brand: row.text("session_brand")?,
        auth_time: row.time("auth_time")?,
        amr: row.text("amr")?,
        second_factor_at: row.maybe_time("second_factor_at")?,
        // A word that only a newer version knows counts as little as can be.
        strength: row
            .maybe_text("strength")?
            .and_then(|word| word.parse().ok()),
        trusted_device: row.maybe_text("trusted_device")?,
        seen_at: row.time("seen_at")?,
        expires_at: row.time("expires_at")?,
    })
}
