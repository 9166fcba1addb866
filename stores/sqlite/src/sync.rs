//! Locks, threads and channels in one place: the standard library's, or those of shuttle, which decides at each of them
//! who goes on.

use std::sync::PoisonError;

#[cfg(es_shuttle)]
use shuttle::sync as primitives;
#[cfg(not(es_shuttle))]
use std::sync as primitives;
#[cfg(not(es_shuttle))]
pub(crate) use std::{thread, time::Instant};
#[cfg(es_shuttle)]
pub(crate) use {es_runtime::schedules::Instant, shuttle::thread};

pub(crate) use primitives::atomic::{AtomicU64, AtomicUsize};
pub(crate) use primitives::{Condvar, Mutex, MutexGuard, mpsc};

/// Takes the lock. It outlives a panic of another thread: what it guards is always left consistent.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
