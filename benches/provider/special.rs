//! The measurements that do not loop over one operation: the start, other endpoints while a
//! storm of logins saturates the hashing, and memory over a million requests.

use std::thread;
use std::time::Duration;

use super::provider::Provider;
use super::workloads::{WORKLOADS, login, userinfo};
use super::{Outcome, measure, process};

/// Name of the measurement of the start.
pub(crate) const START: &str = "start";
/// Name of the measurement in a login storm.
pub(crate) const STORM: &str = "storm";
/// Name of the measurement of memory over a million requests.
pub(crate) const MILLION: &str = "million";

/// Concurrent logins: more than a core hashes in many seconds.
const STORM_WORKERS: usize = 200;

/// Connections of a client that is not in a hurry.
const QUIET_WORKERS: usize = 4;

const STARTS: usize = 5;

/// Measures the time from the demo's start to its first response, and its memory then.
pub(crate) fn start(provider: &Provider) -> Outcome<()> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(provider.time_of_start()?);
    }
    times.sort_unstable();
    let median = times.get(STARTS / 2).copied().unwrap_or_default();
    thread::sleep(Duration::from_secs(2));
    println!(
        "start to first answer {:.0} ms (median of {STARTS}); idle memory {:.1} MiB PSS",
        median.as_secs_f64() * 1_000.0,
        process::memory(provider.pid())?,
    );
    Ok(())
}

/// Measures UserInfo alone, and again while logins saturate the hashing.
pub(crate) fn storm(provider: &Provider, time: Duration) -> Outcome<()> {
    let calm = measure::closed_loop(provider, userinfo, QUIET_WORKERS, time)?;
    calm.print("userinfo, calm");
    let (logins, stormy) = measure::while_looping(provider, login, STORM_WORKERS, || {
        measure::closed_loop(provider, userinfo, QUIET_WORKERS, time)
    })?;
    stormy.print("userinfo, in storm");
    logins.print("the storm of logins");
    Ok(())
}

/// Measures memory during a million requests of every kind except logins.
pub(crate) fn million(provider: &Provider, workers: usize) -> Outcome<()> {
    const GOAL: u64 = 1_000_000;
    let mut done = 0;
    while done < GOAL {
        for (name, prepare) in WORKLOADS.iter().filter(|(name, _)| *name != "login") {
            let time = Duration::from_secs(5);
            done += measure::closed_loop(provider, *prepare, workers, time)?.done;
            println!(
                "{done:>9} requests, last {name:<20} {:>8.1} MiB PSS",
                process::memory(provider.pid())?
            );
        }
    }
    Ok(())
}
