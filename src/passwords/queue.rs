//! A bounded queue in front of threads that may wait for work without limit. A full queue
//! refuses a job at once.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    places: usize,
}

struct State<T> {
    waiting: VecDeque<T>,
    closed: bool,
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Queue({} waiting)", self.lock().waiting.len())
    }
}

/// What a thread gets from the queue.
pub(super) enum Taken<T> {
    Job(T),
    /// No job came within the time given.
    Nothing,
    /// The queue is closed and empty.
    Closed,
}

#[derive(Debug)]
pub(super) struct Full;

impl<T> Queue<T> {
    pub(super) fn new(places: usize) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            closed: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            places,
        }
    }

    /// Whether there is a free place. If there is none, abandoned jobs are removed first.
    pub(super) fn has_room(&self, is_abandoned: impl Fn(&T) -> bool) -> bool {
        self.make_room(&mut self.lock(), is_abandoned)
    }

    /// Appends `job` if there is a free place.
    pub(super) fn push(&self, job: T, is_abandoned: impl Fn(&T) -> bool) -> Result<(), Full> {
        let mut state = self.lock();
        if !self.make_room(&mut state, is_abandoned) {
            return Err(Full);
        }
        state.waiting.push_back(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Takes the first job, waiting for one: for `patience`, or without limit.
    pub(super) fn take(&self, patience: Option<Duration>) -> Taken<T> {
        let idle = |state: &mut State<T>| state.waiting.is_empty() && !state.closed;
        let state = self.lock();
        let mut state = match patience {
            Some(patience) => {
                let waited = self.changed.wait_timeout_while(state, patience, idle);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => {
                let waited = self.changed.wait_while(state, idle);
                waited.unwrap_or_else(PoisonError::into_inner)
            }
        };
        match state.waiting.pop_front() {
            Some(job) => Taken::Job(job),
            None if state.closed => Taken::Closed,
            None => Taken::Nothing,
        }
    }

    /// Closes the queue: the threads end once the waiting jobs are done.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn make_room(&self, state: &mut State<T>, is_abandoned: impl Fn(&T) -> bool) -> bool {
        if state.waiting.len() >= self.places {
            state.waiting.retain(|waiting| !is_abandoned(waiting));
        }
        state.waiting.len() < self.places
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(queue: &Queue<u32>) -> Option<u32> {
        match queue.take(Some(Duration::ZERO)) {
            Taken::Job(job) => Some(job),
            Taken::Nothing | Taken::Closed => None,
        }
    }

    #[test]
    fn what_came_first_is_taken_first_and_a_full_queue_takes_no_more() {
        let queue = Queue::new(2);
        let nobody = |_: &u32| false;
        queue.push(1, nobody).unwrap();
        queue.push(2, nobody).unwrap();
        assert!(!queue.has_room(nobody));
        assert!(queue.push(3, nobody).is_err());
        assert_eq!(taken(&queue), Some(1));
        assert!(queue.has_room(nobody));
        queue.push(4, nobody).unwrap();
        assert_eq!(taken(&queue), Some(2));
        assert_eq!(taken(&queue), Some(4));
        assert_eq!(taken(&queue), None);
    }

    #[test]
    fn an_abandoned_job_gives_up_its_place_when_there_is_no_other() {
        let queue = Queue::new(2);
        queue.push(1, |_| false).unwrap();
        queue.push(2, |_| false).unwrap();
        queue.push(3, |job| *job == 1).unwrap();
        assert_eq!(taken(&queue), Some(2));
        assert_eq!(taken(&queue), Some(3));
    }

    #[test]
    fn a_closed_queue_finishes_what_waits_and_lets_the_threads_go() {
        let queue = Queue::new(2);
        queue.push(1, |_| false).unwrap();
        queue.close();
        assert_eq!(taken(&queue), Some(1));
        assert!(matches!(queue.take(None), Taken::Closed));
    }
}
