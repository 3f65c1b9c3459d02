//! What the kernel reports about a process: processor time and memory. It also binds
//! threads to a core.

use std::fs;
use std::time::Duration;

use rustix::thread::{CpuSet, sched_setaffinity};

use super::Outcome;

/// The unit of `/proc/PID/stat`, whatever tick the kernel uses (proc(5)).
const TICKS_A_SECOND: f64 = 100.0;

/// Returns the user and system time of all threads so far.
pub(crate) fn computed(pid: u32) -> Outcome<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field, in brackets, may contain spaces.
    let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc/PID/stat")?;
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>())
        .sum::<Result<_, _>>()?;
    #[expect(clippy::cast_precision_loss, reason = "years of ticks fit")]
    Ok(Duration::from_secs_f64(ticks as f64 / TICKS_A_SECOND))
}

/// Returns the proportional set size (PSS), in MiB.
pub(crate) fn memory(pid: u32) -> Outcome<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let kib = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Pss:"))
        .and_then(|rest| rest.split_whitespace().next())
        .ok_or("no Pss in smaps_rollup")?;
    Ok(kib.parse::<f64>()? / 1024.0)
}

/// Binds this thread, and the threads it starts, to one core; if there is only one core, to
/// that one.
pub(crate) fn bind_to_core(core: usize) -> Outcome<()> {
    let cores = std::thread::available_parallelism()?.get();
    let mut set = CpuSet::new();
    set.set(core.min(cores.saturating_sub(1)));
    Ok(sched_setaffinity(None, &set)?)
}
