//! Begins and ends browser sessions in the database. When a session ends, the clients that
//! took part in its login are told (`sessions::clients::farewells`).

use super::browser::{LiveSession, NewSession};
use super::clients::farewells;
use crate::app::App;
use crate::fault::Fault;
use crate::store::session_clients::Farewell;
use crate::store::sessions::{Ended, LogOutTimes, Replaced};

/// Stores a session about to begin, in place of the browser's `current` one.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn begin_session(
    app: &App,
    new: &NewSession,
    current: Option<&LiveSession>,
) -> Result<(), Fault> {
    let farewells = farewells(app);
    let replaced = current.map(|live| Replaced {
        secret_hash: &live.secret_hash,
        farewell: Farewell(&farewells),
    });
    let (live, now) = (&new.live, app.clock.now());
    let sessions = app.store.sessions();
    sessions
        .begin(&live.secret_hash, &live.session, replaced, now)
        .await?;
    app.outbox.wake();
    Ok(())
}

/// Ends the browser's `current` session, after another was stored with a new account.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn end_replaced(app: &App, current: Option<&LiveSession>) -> Result<(), Fault> {
    let Some(live) = current else {
        return Ok(());
    };
    let farewells = farewells(app);
    let replaced = Replaced {
        secret_hash: &live.secret_hash,
        farewell: Farewell(&farewells),
    };
    app.store.sessions().end(replaced).await?;
    app.outbox.wake();
    Ok(())
}

/// Logs a person out of the whole login that a session belongs to, under every brand;
/// the clients that took part in it are told.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn log_out(app: &App, live: &LiveSession) -> Result<Ended, Fault> {
    let now = app.clock.now();
    let times = LogOutTimes {
        now,
        seen_after: now.before(app.config.sessions.idle_lifetime),
    };
    let farewells = farewells(app);
    let sessions = app.store.sessions();
    let ended = sessions
        .log_out(&live.session, times, Farewell(&farewells))
        .await?;
    app.outbox.wake();
    Ok(ended)
}
