//! One answer, sent by a thread and awaited by a task of whatever executor.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::sync::{Instant, Mutex, lock, thread};

/// A pair of ends for one answer.
pub(crate) fn reply<T>() -> (Replier<T>, Reply<T>) {
    let slot = Arc::new(Mutex::new(Slot::Empty(None)));
    (Replier { slot: slot.clone() }, Reply { slot })
}

/// The end that answers. Dropped without an answer, it tells the other end so.
pub(crate) struct Replier<T> {
    slot: Arc<Mutex<Slot<T>>>,
}

/// The end that waits; gives nothing where the other end is gone.
#[must_use]
pub(crate) struct Reply<T> {
    slot: Arc<Mutex<Slot<T>>>,
}

enum Slot<T> {
    Empty(Option<Waker>),
    Full(T),
    Gone,
}

impl<T> Replier<T> {
    /// Whether anybody is left to answer.
    pub(crate) fn is_heard(&self) -> bool {
        Arc::strong_count(&self.slot) > 1
    }

    pub(crate) fn send(self, answer: T) {
        self.fill(Slot::Full(answer));
    }

    fn fill(&self, filled: Slot<T>) {
        let mut slot = lock(&self.slot);
        if let Slot::Empty(waker) = &mut *slot {
            let waker = waker.take();
            *slot = filled;
            drop(slot);
            // Behind the lock, since a waker runs code of the executor.
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

impl<T> Reply<T> {
    /// Looks out for the answer, for so long at most.
    pub(crate) fn look_out(&self, at_most: Duration) {
        if at_most.is_zero() {
            return;
        }
        let begun = Instant::now();
        while begun.elapsed() < at_most && matches!(*lock(&self.slot), Slot::Empty(_)) {
            thread::yield_now();
        }
    }
}

impl<T> Drop for Replier<T> {
    fn drop(&mut self) {
        self.fill(Slot::Gone);
    }
}

impl<T> Future for Reply<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let mut slot = lock(&self.slot);
        if let Slot::Empty(waker) = &mut *slot {
            match waker {
                Some(waker) => waker.clone_from(cx.waker()),
                None => *waker = Some(cx.waker().clone()),
            }
            return Poll::Pending;
        }
        match std::mem::replace(&mut *slot, Slot::Gone) {
            Slot::Full(answer) => Poll::Ready(Some(answer)),
            Slot::Empty(_) | Slot::Gone => Poll::Ready(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn an_answer_reaches_a_task_that_waits_and_one_that_comes_later() {
        let (replier, answer) = reply();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(10));
            replier.send(7);
        });
        assert_eq!(answer.await, Some(7));

        let (replier, answer) = reply();
        replier.send(8);
        assert_eq!(answer.await, Some(8));
    }

    #[tokio::test]
    async fn an_end_that_is_gone_is_told() {
        let (replier, answer) = reply::<u8>();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(10));
            drop(replier);
        });
        assert_eq!(answer.await, None);

        let (replier, answer) = reply();
        assert!(replier.is_heard());
        drop(answer);
        assert!(!replier.is_heard());
        replier.send(9);
    }
}
