//! Locks, threads and channels in one place: the standard library's, or those of shuttle, which decides at each of them
//! who goes on.

use std::sync::PoisonError;

#[cfg(es_shuttle)]
use shuttle::sync as primitives;
#[cfg(es_shuttle)]
pub(crate) use shuttle::thread;
#[cfg(not(es_shuttle))]
use std::sync as primitives;
#[cfg(not(es_shuttle))]
pub(crate) use std::{thread, time::Instant};

pub(crate) use primitives::atomic::{AtomicU64, AtomicUsize};
pub(crate) use primitives::{Condvar, Mutex, MutexGuard, mpsc};

/// Takes the lock. It outlives a panic of another thread: what it guards is always left consistent.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A moment where there is no time: whether much has passed since is decided like everything else.
#[cfg(es_shuttle)]
#[derive(Clone, Copy)]
pub(crate) struct Instant;

#[cfg(es_shuttle)]
impl Instant {
    pub(crate) fn now() -> Self {
        Self
    }

    pub(crate) fn elapsed(self) -> std::time::Duration {
        use shuttle::rand::Rng;
        let micros = [0, 60, 2_000][shuttle::rand::thread_rng().gen_range(0..3)];
        std::time::Duration::from_micros(micros)
    }
}
