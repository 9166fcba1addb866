//! Threads that a store owns.

use es_runtime::StoreError;

use crate::sync::mpsc::{Sender, channel};
use crate::sync::thread::{self, JoinHandle};

/// By which a thread says that it is ready for work, or why it never will be.
pub(crate) struct Ready(Sender<Result<(), StoreError>>);

impl Ready {
    pub(crate) fn say(self, outcome: Result<(), StoreError>) {
        // Who started the thread waits for it.
        drop(self.0.send(outcome));
    }
}

/// Starts a thread, and waits until it is ready.
pub(crate) fn start(
    name: &str,
    work: impl FnOnce(Ready) + Send + 'static,
) -> Result<JoinHandle<()>, StoreError> {
    let (ready, is_ready) = channel();
    let thread = thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || work(Ready(ready)))
        .map_err(|error| StoreError::transient("opening the store", error))?;
    match is_ready.recv() {
        Ok(outcome) => outcome.map(|()| thread),
        Err(gone) => Err(StoreError::permanent("opening the store", gone)),
    }
}

/// Waits for the end of a thread, unless it is this one: a task that is woken on a thread of the store may drop the
/// last handle of it there.
pub(crate) fn join(thread: JoinHandle<()>) {
    if thread.thread().id() != thread::current().id() && thread.join().is_err() {
        tracing::error!("a thread of the store ended by a panic");
    }
}
