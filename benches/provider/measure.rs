//! A closed loop: each of the workers repeats its operation without a pause, for a time.
//! Besides wall-clock time it counts the provider's processor time, which other load on the
//! machine hardly changes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Outcome;
use super::process;
use super::provider::Provider;
use super::workloads::{Done, Prepare};

/// The beginning of a measurement, which is not counted.
const WARM_UP: Duration = Duration::from_secs(1);

/// The result of a measurement.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Operations that succeeded.
    pub(crate) done: u64,
    /// Operations that were answered with 503 and `Retry-After`.
    pub(crate) put_off: u64,
    took: Duration,
    computed: Duration,
    /// Durations of the operations, the shortest first.
    latencies: Vec<Duration>,
    /// Memory at the end, in MiB.
    memory: f64,
}

/// The state shared by the workers.
#[derive(Debug, Default)]
struct Round {
    counting: AtomicBool,
    over: AtomicBool,
    done: AtomicU64,
    put_off: AtomicU64,
}

/// Measures one workload.
pub(crate) fn closed_loop(
    provider: &Provider,
    prepare: Prepare,
    workers: usize,
    time: Duration,
) -> Outcome<Measured> {
    while_looping(provider, prepare, workers, || {
        thread::sleep(time);
        Ok(())
    })
    .map(|(measured, ())| measured)
}

/// Measures one workload for as long as `meanwhile` takes.
pub(crate) fn while_looping<T>(
    provider: &Provider,
    prepare: Prepare,
    workers: usize,
    meanwhile: impl FnOnce() -> Outcome<T>,
) -> Outcome<(Measured, T)> {
    let operations: Vec<_> = (0..workers)
        .map(|worker| prepare(provider, worker))
        .collect::<Outcome<_>>()?;
    let round = Round::default();
    thread::scope(|scope| {
        let workers: Vec<_> = operations
            .into_iter()
            .map(|mut operation| {
                let round = &round;
                scope.spawn(move || work(round, &mut operation))
            })
            .collect();
        thread::sleep(WARM_UP);
        round.counting.store(true, Ordering::Relaxed);
        let (began, before) = (Instant::now(), process::computed(provider.pid())?);
        let result = meanwhile();
        round.over.store(true, Ordering::Relaxed);
        let (took, after) = (began.elapsed(), process::computed(provider.pid())?);
        let mut latencies = Vec::new();
        for worker in workers {
            latencies.extend(worker.join().map_err(|_| "a worker panicked")??);
        }
        latencies.sort_unstable();
        let measured = Measured {
            done: round.done.load(Ordering::Relaxed),
            put_off: round.put_off.load(Ordering::Relaxed),
            took,
            computed: after.saturating_sub(before),
            latencies,
            memory: process::memory(provider.pid())?,
        };
        Ok((measured, result?))
    })
}

fn work(round: &Round, mut operation: impl FnMut() -> Outcome<Done>) -> Outcome<Vec<Duration>> {
    let mut latencies = Vec::new();
    while !round.over.load(Ordering::Relaxed) {
        let began = Instant::now();
        let done = operation()?;
        if !round.counting.load(Ordering::Relaxed) || round.over.load(Ordering::Relaxed) {
            continue;
        }
        if done == Done::Well {
            latencies.push(began.elapsed());
            round.done.fetch_add(1, Ordering::Relaxed);
        } else {
            round.put_off.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(latencies)
}

/// Prints the heading of the table.
pub(crate) fn print_heading() {
    println!(
        "{:<20} {:>9} {:>11} {:>8} {:>8} {:>8} {:>8}",
        "workload", "ops/s", "ops/core-s", "p50 ms", "p99 ms", "put off", "PSS MiB"
    );
}

impl Measured {
    /// Returns the operations per second of processor time.
    #[expect(clippy::cast_precision_loss, reason = "counts of seconds")]
    pub(crate) fn per_core_second(&self) -> f64 {
        self.done as f64 / self.computed.as_secs_f64()
    }

    /// Returns that percentile of the durations, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = self.latencies.get(last * percent / 100);
        at.copied().unwrap_or_default().as_secs_f64() * 1_000.0
    }

    /// Prints a row of the table.
    #[expect(clippy::cast_precision_loss, reason = "counts of seconds")]
    pub(crate) fn print(&self, name: &str) {
        println!(
            "{name:<20} {:>9.0} {:>11.0} {:>8.2} {:>8.2} {:>8} {:>8.1}",
            self.done as f64 / self.took.as_secs_f64(),
            self.per_core_second(),
            self.percentile(50),
            self.percentile(99),
            self.put_off,
            self.memory,
        );
    }
}
