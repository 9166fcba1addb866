//! Between callers and the threads of a store: for how long looking out pays, before sleep does.
//!
//! Being woken takes longer than a quick piece of work. So a thread that has answered looks out a moment for the next
//! request, and a lone caller for an answer that was quick the last time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::sync::mpsc::{Receiver, TryRecvError};
use crate::sync::{AtomicU64, AtomicUsize, Instant, thread};

/// How long a thread looks out for a request, and a caller for an answer at least: about as long as being woken takes.
const LOOK_OUT: Duration = Duration::from_micros(50);

/// How long a thread looks out at most, where its last request did not let it wait for longer.
const LOOK_OUT_MOST: Duration = Duration::from_micros(200);

/// How long work may have taken at most for a caller to look out for its answer: where it takes longer than that, being woken
/// is a tenth of it or less.
const QUICK: Duration = Duration::from_micros(500);

/// How many requests in a row found nobody else waiting before their callers look out.
const ALONE: u64 = 4;

/// Which of them does not look out all the same. On an executor of one thread nobody else can ask while somebody looks out,
/// so that every request is found to be alone; those who would have asked meanwhile are seen by this one.
const PROBE: u64 = 32;

/// What callers know of each other.
#[derive(Default)]
pub(crate) struct Traffic {
    /// How many wait for an answer.
    callers: AtomicUsize,
    /// How many requests in a row found nobody else waiting.
    alone: AtomicU64,
}

/// How long one kind of work took the last time, by which callers guess how long it will take.
#[derive(Default)]
pub(crate) struct Took {
    /// In nanoseconds; zero before the first time.
    last: AtomicU64,
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
}

impl Took {
    pub(crate) fn publish(&self, took: Duration) {
        let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.last.store(took, Ordering::Relaxed);
    }

    fn last(&self) -> Duration {
        Duration::from_nanos(self.last.load(Ordering::Relaxed))
    }
}

/// Somebody who waits for an answer.
pub(crate) struct Caller<'a>(&'a Traffic);

impl Caller<'_> {
    /// How long to look out for the answer to work of that kind: about as long as it takes, where that is quick and nobody else
    /// needs the thread to ask.
    pub(crate) fn look_out(&self, took: &Took) -> Duration {
        let last = took.last();
        let alone = self.0.alone.load(Ordering::Relaxed);
        if last <= QUICK && alone >= ALONE && !alone.is_multiple_of(PROBE) {
            LOOK_OUT.max(2 * last)
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

/// What a thread remembers while it waits for requests.
#[derive(Default)]
pub(crate) struct Watch {
    /// For how long it waited for the last one.
    waited: Duration,
}

impl Watch {
    /// Waits for a request; nothing once nobody can ask any more.
    pub(crate) fn next<T>(&mut self, waiting: &Receiver<T>) -> Option<T> {
        let (begun, look_out) = (Instant::now(), self.look_out());
        loop {
            match waiting.try_recv() {
                Ok(request) => {
                    self.waited = begun.elapsed();
                    return Some(request);
                }
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) if begun.elapsed() >= look_out => break,
                Err(TryRecvError::Empty) => thread::yield_now(),
            }
        }
        let request = waiting.recv().ok();
        self.waited = begun.elapsed();
        request
    }

    /// How long to look out before sleeping: whoever has asked a moment after the last answer is about to do so again.
    fn look_out(&self) -> Duration {
        match self.waited <= LOOK_OUT_MOST {
            true => (2 * self.waited).clamp(LOOK_OUT, LOOK_OUT_MOST),
            false => LOOK_OUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn took(time: Duration) -> Took {
        let took = Took::default();
        took.publish(time);
        took
    }

    /// Who looks out, of so many requests that come one after the other.
    fn lone(traffic: &Traffic, took: &Took, requests: u64) -> Vec<bool> {
        let looks_out = |_| !traffic.join().look_out(took).is_zero();
        (0..requests).map(looks_out).collect()
    }

    #[test]
    fn a_lone_caller_looks_out_but_for_one_in_many() {
        let (traffic, took) = (Traffic::default(), took(3 * LOOK_OUT));
        let looked_out = lone(&traffic, &took, 2 * PROBE);
        let expected = (1..=2 * PROBE).map(|request| request >= ALONE && request % PROBE != 0);
        assert_eq!(looked_out, expected.collect::<Vec<_>>());
        assert_eq!(traffic.join().look_out(&took), 6 * LOOK_OUT);
    }

    #[test]
    fn work_of_no_time_is_looked_out_for_as_long_as_being_woken_takes() {
        let (traffic, took) = (Traffic::default(), took(Duration::from_micros(1)));
        lone(&traffic, &took, ALONE);
        assert_eq!(traffic.join().look_out(&took), LOOK_OUT);
    }

    #[test]
    fn whoever_finds_another_waiting_does_not_look_out_nor_do_the_next() {
        let (traffic, took) = (Traffic::default(), took(3 * LOOK_OUT));
        assert_eq!(lone(&traffic, &took, ALONE).last(), Some(&true));
        let first = traffic.join();
        assert_eq!(traffic.join().look_out(&took), Duration::ZERO);
        drop(first);
        let after = lone(&traffic, &took, ALONE);
        assert!(after[..after.len() - 1].iter().all(|looks_out| !looks_out));
    }

    #[test]
    fn a_thread_looks_out_for_twice_as_long_as_it_waited_unless_that_was_long() {
        let look_out = |waited| Watch { waited }.look_out();
        assert_eq!(look_out(Duration::ZERO), LOOK_OUT);
        assert_eq!(look_out(LOOK_OUT), 2 * LOOK_OUT);
        assert_eq!(look_out(LOOK_OUT_MOST), LOOK_OUT_MOST);
        assert_eq!(look_out(LOOK_OUT_MOST + LOOK_OUT), LOOK_OUT);
    }

    #[test]
    fn nobody_looks_out_for_work_that_takes_long() {
        let (traffic, took) = (Traffic::default(), took(2 * QUICK));
        let looked_out = lone(&traffic, &took, PROBE);
        assert!(looked_out.iter().all(|looks_out| !looks_out));
    }
}
