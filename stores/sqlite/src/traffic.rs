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

/// How long work may have taken at most for a caller to look out for its answer: longer than that, giving the thread back
/// to the executor is cheaper.
const QUICK: Duration = Duration::from_micros(100);

/// What callers know of a thread, to guess how long it will take.
#[derive(Default)]
pub(crate) struct Traffic {
    /// How many wait for an answer.
    callers: AtomicUsize,
    /// How many nanoseconds the last piece of work took; zero before the first one.
    took: AtomicU64,
}

impl Traffic {
    /// One caller more, until what is returned is dropped.
    pub(crate) fn join(&self) -> Caller<'_> {
        self.callers.fetch_add(1, Ordering::Relaxed);
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
        match self.0.callers.load(Ordering::Relaxed) {
            1 if last <= QUICK => 2 * last,
            _ => Duration::ZERO,
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
