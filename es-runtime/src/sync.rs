//! Locks and atomics in one place: the standard library's, or those of shuttle, which decides at each of them who goes on.
//!
//! Locks outlive a panic of another thread: what they guard is always left consistent.

#[cfg(es_shuttle)]
use shuttle::sync as primitives;
#[cfg(not(es_shuttle))]
use std::sync as primitives;

pub(crate) use primitives::atomic::{AtomicBool, AtomicU64};
pub(crate) use primitives::{Mutex, MutexGuard};
use std::sync::{PoisonError, TryLockError};
#[cfg(not(es_shuttle))]
pub(crate) use std::time::Instant;

#[cfg(es_shuttle)]
pub(crate) use crate::schedules::Instant;

/// Takes the lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the lock unless somebody has it.
pub(crate) fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
