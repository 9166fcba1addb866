//! Between callers and the threads of a store: for how long looking out pays, before sleep does.
//!
//! Being woken takes longer than a quick piece of work. So a thread that has answered looks out a moment for the next
//! request, and a lone caller for an answer that was quick the last time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::sync::mpsc::{Receiver, TryRecvError};
use crate::sync::{AtomicU64, AtomicUsize, Instant, thread};

/// How long a thread looks out for a request: about as long as being woken takes.
const LOOK_OUT: Duration = Duration::from_micros(50);

/// How long work may have taken at most for a caller to look out for its answer: where it takes longer than that, being woken
/// is a tenth of it or less.
const QUICK: Duration = Duration::from_micros(500);

/// How many requests in a row found nobody else waiting before their callers look out.
const ALONE: u64 = 4;

/// Which of them does not look out all the same. On an executor of one thread nobody else can ask while somebody looks out,
/// so that every request is found to be alone; those who would have asked meanwhile are seen by this one.
const PROBE: u64 = 32;

/// What callers know of a thread, to guess how long it will take.
#[derive(Default)]
pub(crate) struct Traffic {
    /// How many wait for an answer.
    callers: AtomicUsize,
    /// How many requests in a row found nobody else waiting.
    alone: AtomicU64,
    /// How many nanoseconds the last piece of work took; zero before the first one.
    took: AtomicU64,
}

impl Traffic {
    /// One caller more, until what is returned is dropped.
    pub(crate) fn join(&self) -> Caller<'_> {
        match self.callers.fetch_add(1, Ordering::Relaxed) {
            0 => self.alone.fetch_add(1, Ordering::Relaxed),
            _ => self.alone.swap(0, Ordering::Relaxed),
        };
        Caller(self)
    }

    /// How long the last piece of work took.
    pub(crate) fn publish(&self, took: Duration) {
        let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.took.store(took, Ordering::Relaxed);
    }
}

/// Somebody who waits for an answer.
pub(crate) struct Caller<'a>(&'a Traffic);

impl Caller<'_> {
    /// How long to look out for the answer: about as long as it takes, where that is quick and nobody else needs the thread
    /// to ask.
    pub(crate) fn look_out(&self) -> Duration {
        let last = Duration::from_nanos(self.0.took.load(Ordering::Relaxed));
        let alone = self.0.alone.load(Ordering::Relaxed);
        if last <= QUICK && alone >= ALONE && !alone.is_multiple_of(PROBE) {
            2 * last
        } else {
            Duration::ZERO
        }
    }
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        self.0.callers.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Waits for a request; nothing once nobody can ask any more.
pub(crate) fn next<T>(waiting: &Receiver<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        match waiting.try_recv() {
            Ok(request) => return Some(request),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) if begun.elapsed() >= LOOK_OUT => return waiting.recv().ok(),
            Err(TryRecvError::Empty) => thread::yield_now(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOK: Duration = Duration::from_micros(150);

    /// Who looks out, of so many requests that come one after the other.
    fn lone(traffic: &Traffic, requests: u64) -> Vec<bool> {
        let looks_out = |_| !traffic.join().look_out().is_zero();
        (0..requests).map(looks_out).collect()
    }

    #[test]
    fn a_lone_caller_looks_out_but_for_one_in_many() {
        let traffic = Traffic::default();
        traffic.publish(TOOK);
        let looked_out = lone(&traffic, 2 * PROBE);
        let expected = (1..=2 * PROBE).map(|request| request >= ALONE && request % PROBE != 0);
        assert_eq!(looked_out, expected.collect::<Vec<_>>());
        assert_eq!(traffic.join().look_out(), 2 * TOOK);
    }

    #[test]
    fn whoever_finds_another_waiting_does_not_look_out_nor_do_the_next() {
        let traffic = Traffic::default();
        traffic.publish(TOOK);
        assert_eq!(lone(&traffic, ALONE).last(), Some(&true));
        let first = traffic.join();
        assert_eq!(traffic.join().look_out(), Duration::ZERO);
        drop(first);
        let after = lone(&traffic, ALONE);
        assert!(after[..after.len() - 1].iter().all(|looks_out| !looks_out));
    }

    #[test]
    fn nobody_looks_out_for_work_that_takes_long() {
        let traffic = Traffic::default();
        traffic.publish(2 * QUICK);
        assert!(lone(&traffic, PROBE).iter().all(|looks_out| !looks_out));
    }
}
