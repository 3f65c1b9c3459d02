//! Writes the security events that wait in this process, and deletes those whose retention
//! is over.

use std::time::Duration;

use crate::app::{App, SharedApp};
use crate::fault::Fault;

/// How often the events that wait are written.
const WRITING: Duration = Duration::from_secs(5);

/// How many turns of writing pass until records are deleted, and how many are deleted then:
/// more than a node writes in a minute under attack.
const FORGETTING: (u64, u32) = (12, 2_000);

/// Writes and deletes, repeatedly, until the task is dropped.
pub(super) async fn keep_forever(app: SharedApp) {
    let mut ticks = tokio::time::interval(WRITING);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (turns, most) = FORGETTING;
    for turn in 0_u64.. {
        ticks.tick().await;
        tell(write(&app, false).await);
        if turn.is_multiple_of(turns) {
            tell(forget(&app, most).await);
        }
    }
}

/// Writes everything that waits: the process stops.
pub(super) async fn write_all(app: &App) {
    tell(write(app, true).await);
}

async fn write(app: &App, all: bool) -> Result<(), Fault> {
    let events = app.store.security_events();
    app.as_provider(events.write_waiting(app.clock.now(), all))
        .await
}

async fn forget(app: &App, most: u32) -> Result<(), Fault> {
    let (now, settings) = (app.clock.now(), &app.config.security_events);
    let events = app.store.security_events();
    let failures = now.before(settings.failures_kept_for);
    events.forget_failures(failures, most).await?;
    events.forget(now.before(settings.kept_for), most).await?;
    Ok(())
}

fn tell(done: Result<(), Fault>) {
    if let Err(fault) = done {
        tracing::warn!(
            fault = &fault as &dyn std::error::Error,
            "security events could not be written or deleted"
        );
    }
}
