//! Telling everybody who waits that something has changed, on whatever executor they wait.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::sync::{Mutex, lock};

/// What stores wake those with who wait for a change, [`EventStore::changed`](crate::EventStore::changed) above all.
///
/// It carries no value: whoever waits looks for himself. Listen before looking, so that nothing changes unseen in between:
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use es_runtime::Signal;
///
/// async fn reached(head: &AtomicU64, moved: &Signal, position: u64) {
///     loop {
///         let moves = moved.listen();
///         if head.load(Ordering::SeqCst) >= position {
///             return;
///         }
///         moves.await;
///     }
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let (head, moved) = (AtomicU64::new(6), Signal::new());
/// let follower = reached(&head, &moved, 7);
/// let writer = async {
///     head.store(7, Ordering::SeqCst);
///     moved.notify_all();
/// };
/// tokio::join!(follower, writer);
/// # });
/// ```
#[derive(Default)]
pub struct Signal {
    listeners: Mutex<Listeners>,
}

#[derive(Default)]
struct Listeners {
    /// How often it was given.
    given: u64,
    /// Those who wait, by a number of their own.
    wakers: BTreeMap<u64, Waker>,
    next: u64,
}

impl Signal {
    /// A signal that nobody has given yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Resolves when the signal is given from now on, even if that is before it is first polled.
    pub fn listen(&self) -> Listener<'_> {
        let mut listeners = lock(&self.listeners);
        listeners.next += 1;
        Listener {
            signal: self,
            number: listeners.next,
            heard: listeners.given,
        }
    }

    /// Gives it to everybody who listens.
    pub fn notify_all(&self) {
        let woken = {
            let mut listeners = lock(&self.listeners);
            listeners.given += 1;
            if listeners.wakers.is_empty() {
                return;
            }
            std::mem::take(&mut listeners.wakers)
        };
        // Behind the lock, since a waker runs code of the executor.
        woken.into_values().for_each(Waker::wake);
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal").finish_non_exhaustive()
    }
}

/// Waits for a [`Signal`]. Dropped, it leaves nothing behind.
#[must_use = "it waits only where it is awaited"]
pub struct Listener<'a> {
    signal: &'a Signal,
    number: u64,
    /// How often the signal had been given before.
    heard: u64,
}

impl fmt::Debug for Listener<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}

impl Future for Listener<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut listeners = lock(&self.signal.listeners);
        if listeners.given != self.heard {
            return Poll::Ready(());
        }
        let replaced = listeners.wakers.insert(self.number, cx.waker().clone());
        drop(listeners);
        // Behind the lock as well: dropping a waker may drop the task it stands for.
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        let waker = lock(&self.signal.listeners).wakers.remove(&self.number);
        drop(waker);
    }
}

#[cfg(all(test, not(es_shuttle)))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn poll(listener: &mut Listener<'_>, woken: &Arc<Woken>) -> Poll<()> {
        Pin::new(listener).poll(&mut Context::from_waker(&woken.clone().into()))
    }

    #[test]
    fn everybody_who_listens_is_woken_once() {
        let (signal, woken) = (Signal::new(), Arc::<Woken>::default());
        let mut listeners = [signal.listen(), signal.listen()];
        for listener in &mut listeners {
            assert!(poll(listener, &woken).is_pending());
            assert!(poll(listener, &woken).is_pending());
        }
        signal.notify_all();
        assert_eq!(woken.0.load(Ordering::SeqCst), 2);
        for listener in &mut listeners {
            assert!(poll(listener, &woken).is_ready());
        }
    }

    #[test]
    fn a_signal_between_listening_and_waiting_is_heard_and_an_earlier_one_is_not() {
        let (signal, woken) = (Signal::new(), Arc::<Woken>::default());
        signal.notify_all();
        let (mut heard, mut listener) = (signal.listen(), signal.listen());
        assert!(poll(&mut listener, &woken).is_pending());
        signal.notify_all();
        assert!(poll(&mut heard, &woken).is_ready());
        assert!(poll(&mut signal.listen(), &woken).is_pending());
    }

    #[test]
    fn a_listener_that_is_dropped_leaves_nothing_behind() {
        let (signal, woken) = (Signal::new(), Arc::<Woken>::default());
        let mut listener = signal.listen();
        assert!(poll(&mut listener, &woken).is_pending());
        assert_eq!(Arc::strong_count(&woken), 2);
        drop(listener);
        assert_eq!(Arc::strong_count(&woken), 1);
        signal.notify_all();
        assert_eq!(woken.0.load(Ordering::SeqCst), 0);
    }
}
