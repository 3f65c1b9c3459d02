//! The events of this process that wait to be written. Equal events of a moment become one
//! record with a number, and failures are bounded by the hour: whoever attacks from many
//! places must not fill the database.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::event::{Event, EventKind};
use super::origin;
use super::record::Record;
use crate::clock::Timestamp;

/// How long a success waits for equal ones; a failure is written at the next turn.
const GATHERED_FOR: Duration = Duration::from_secs(60);

/// The window of the limit of failures.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// How many events may wait, and be written.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The number of different records that may wait.
    pub waiting: usize,
    /// The number of records of failures an hour.
    pub failures_an_hour: u64,
}

/// The events that wait.
#[derive(Debug)]
pub struct Unwritten {
    bounds: Bounds,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    waiting: HashMap<Record, Record>,
    hour: Timestamp,
    failures: u64,
    left_out: i64,
}

impl Unwritten {
    /// Nothing waits yet.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            state: Mutex::new(State {
                waiting: HashMap::new(),
                hour: Timestamp(0),
                failures: 0,
                left_out: 0,
            }),
        }
    }

    /// Adds records to those that wait. What is above a bound is only counted.
    pub fn add(&self, records: Vec<Record>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            state.add(record, self.bounds);
        }
    }

    /// Takes the records to write now, or all that wait. The oldest come first.
    #[must_use]
    pub fn take(&self, now: Timestamp, all: bool) -> Vec<Record> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_ready = |record: &Record| {
            all || record.reason.is_some() || record.at.after(GATHERED_FOR) <= now
        };
        let taken = state.waiting.extract_if(|_, record| is_ready(record));
        let mut taken: Vec<Record> = taken.map(|(_, record)| record).collect();
        taken.sort_by_key(|record| record.at);
        let left_out = std::mem::take(&mut state.left_out);
        if left_out > 0 {
            let mut record = origin::current(Event::new(EventKind::EventsLeftOut));
            record.times = left_out;
            taken.push(record);
        }
        taken
    }

    /// Puts records back that could not be written. They keep their place within the
    /// bounds.
    pub fn put_back(&self, records: Vec<Record>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            if state.waiting.len() < self.bounds.waiting {
                state.merge(record);
            } else {
                state.left_out = state.left_out.saturating_add(record.times);
            }
        }
    }
}

impl State {
    fn add(&mut self, record: Record, bounds: Bounds) {
        if record.at >= self.hour.after(HOUR) {
            (self.hour, self.failures) = (record.at, 0);
        }
        let is_new = !self.waiting.contains_key(&record.key());
        let is_failure = record.reason.is_some();
        let is_above = self.waiting.len() >= bounds.waiting
            || (is_failure && self.failures >= bounds.failures_an_hour);
        if is_new && is_above {
            self.left_out = self.left_out.saturating_add(record.times);
            return;
        }
        if is_new && is_failure {
            self.failures = self.failures.saturating_add(1);
        }
        self.merge(record);
    }

    fn merge(&mut self, record: Record) {
        match self.waiting.entry(record.key()) {
            std::collections::hash_map::Entry::Occupied(mut waiting) => {
                let waiting = waiting.get_mut();
                waiting.times = waiting.times.saturating_add(record.times);
                waiting.at = waiting.at.min(record.at);
            }
            std::collections::hash_map::Entry::Vacant(place) => _ = place.insert(record),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::Reason;
    use super::*;

    const BOUNDS: Bounds = Bounds {
        waiting: 3,
        failures_an_hour: 2,
    };

    fn at(seconds: i64, event: Event) -> Record {
        let mut record = origin::current(event);
        record.at = Timestamp(seconds);
        record
    }

    fn wrong_password(account: &str) -> Event {
        Event::failed(EventKind::Login, Reason::WrongPassword).of(account)
    }

    fn shown(records: &[Record]) -> Vec<(&str, &str, i64)> {
        let shown = records.iter().map(|record| {
            let account = record.account_id.as_deref().unwrap_or_default();
            (record.kind.as_str(), account, record.times)
        });
        shown.collect()
    }

    #[test]
    fn equal_failures_become_one_record_and_are_written_at_once() {
        let unwritten = Unwritten::new(BOUNDS);
        for second in 0..5 {
            unwritten.add(vec![at(second, wrong_password("hanako"))]);
        }
        let taken = unwritten.take(Timestamp(5), false);
        assert_eq!(shown(&taken), [("login", "hanako", 5)]);
        assert_eq!(taken.first().unwrap().at, Timestamp(0));
        assert_eq!(unwritten.take(Timestamp(5), true), []);
    }

    #[test]
    fn a_success_waits_a_minute_for_its_equals() {
        let unwritten = Unwritten::new(BOUNDS);
        let authenticated = || Event::new(EventKind::ClientAuthenticated).client("tos");
        unwritten.add(vec![at(0, authenticated()), at(59, authenticated())]);
        assert_eq!(unwritten.take(Timestamp(59), false), []);
        let taken = unwritten.take(Timestamp(60), false);
        assert_eq!(shown(&taken), [("client_authenticated", "", 2)]);
    }

    #[test]
    fn failures_above_the_limit_of_the_hour_are_counted_only() {
        let unwritten = Unwritten::new(BOUNDS);
        for account in ["a", "b", "c", "d", "a"] {
            unwritten.add(vec![at(0, wrong_password(account))]);
        }
        let taken = unwritten.take(Timestamp(0), false);
        let expected = [
            ("login", "a", 2),
            ("login", "b", 1),
            ("events_left_out", "", 2),
        ];
        let mut taken = shown(&taken);
        taken.sort_by_key(|(kind, account, _)| (std::cmp::Reverse(*kind), *account));
        assert_eq!(taken, expected);
        unwritten.add(vec![at(3599, wrong_password("e"))]);
        unwritten.add(vec![at(3600, wrong_password("f"))]);
        let taken = unwritten.take(Timestamp(3600), false);
        assert_eq!(
            shown(&taken),
            [("login", "f", 1), ("events_left_out", "", 1)]
        );
    }

    #[test]
    fn what_could_not_be_written_is_put_back() {
        let unwritten = Unwritten::new(BOUNDS);
        unwritten.add(vec![at(0, wrong_password("a")), at(0, wrong_password("b"))]);
        let taken = unwritten.take(Timestamp(0), false);
        unwritten.add(vec![at(1, wrong_password("c"))]);
        unwritten.put_back(taken);
        let again = unwritten.take(Timestamp(1), false);
        assert_eq!(again.iter().map(|record| record.times).sum::<i64>(), 3);
    }
}
