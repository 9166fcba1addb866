//! Waiting for events: woken at once by this process, and within moments by others.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use es_runtime::{Position, Signal, StoreError};
use rusqlite::{Connection, OptionalExtension};

use crate::error::{Failure, Place, Trouble};
use crate::number::position;
use crate::sql;
use crate::sync::thread::JoinHandle;
use crate::sync::{AtomicU64, Condvar, Mutex, MutexGuard, lock};
use crate::worker::{self, Ready};

/// How often the file is asked whether another process has written, while somebody waits.
const INTERVAL: Duration = Duration::from_millis(25);

/// How far the log is known to reach.
#[derive(Default)]
pub(crate) struct Head {
    /// The last position known; zero where none is.
    position: AtomicU64,
    moved: Signal,
    /// Rows of projections may have been written.
    pub(crate) rows_moved: Signal,
    /// Given from time to time while somebody waits.
    pub(crate) ticks: Signal,
}

impl Head {
    /// Tells everybody who waits that there are events up to here.
    pub(crate) fn publish(&self, last: Position) {
        if self.position.fetch_max(last.get(), Ordering::AcqRel) < last.get() {
            self.moved.notify_all();
        }
    }

    /// Whether there are events behind `after`.
    pub(crate) fn has_passed(&self, after: Option<Position>) -> bool {
        Position::new(self.position.load(Ordering::Acquire)) > after
    }
}

/// Watches the file for what other processes write, and only while somebody waits.
pub(crate) struct Watch {
    head: Arc<Head>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Somebody began to wait, or the store is closed.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: usize,
    is_closed: bool,
    /// How often watching failed, and how it did the last time.
    failures: u64,
    failure: Option<Failure>,
}

impl Watch {
    pub(crate) fn start(
        place: Arc<Place>,
        connection: Connection,
        head: Arc<Head>,
    ) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared::default());
        let (known, state) = (head.clone(), shared.clone());
        let thread = worker::start("es-sqlite-watcher", move |ready| {
            watch(&place, &connection, &known, &state, ready);
        })?;
        Ok(Self {
            head,
            shared,
            thread: Some(thread),
        })
    }

    /// Resolves when there is an event behind `after`.
    pub(crate) async fn changed(&self, after: Option<Position>) -> Result<(), StoreError> {
        if self.head.has_passed(after) {
            return Ok(());
        }
        let waiter = Waiter::begin(&self.shared);
        loop {
            // Listen before looking, so that nothing moves unseen in between.
            let moved = self.head.moved.listen();
            if self.head.has_passed(after) {
                return Ok(());
            }
            if let Some(failure) = waiter.failure() {
                return Err(failure.nothing_stored("changed"));
            }
            moved.await;
        }
    }
}

impl Watch {
    /// Has the file watched for as long as it is waited.
    pub(crate) fn wait(&self) -> Waiter<'_> {
        Waiter::begin(&self.shared)
    }

    pub(crate) fn head(&self) -> &Head {
        &self.head
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            worker::join(thread);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Somebody who waits; no more once it is dropped.
pub(crate) struct Waiter<'a> {
    shared: &'a Shared,
    /// How many failures there were before.
    failures: u64,
}

impl<'a> Waiter<'a> {
    fn begin(shared: &'a Shared) -> Self {
        let mut state = shared.lock();
        state.waiting += 1;
        let failures = state.failures;
        drop(state);
        shared.changed.notify_all();
        Self { shared, failures }
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        let state = self.shared.lock();
        if state.failures == self.failures {
            None
        } else {
            state.failure.clone()
        }
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.shared.lock().waiting -= 1;
    }
}

fn watch(place: &Place, connection: &Connection, head: &Head, shared: &Shared, ready: Ready) {
    ready.say(Ok(()));
    let mut seen = None;
    loop {
        {
            let state = shared.lock();
            let idle = |state: &mut State| state.waiting == 0 && !state.is_closed;
            let state = shared
                .changed
                .wait_while(state, idle)
                .unwrap_or_else(PoisonError::into_inner);
            if state.is_closed {
                return;
            }
        }
        if let Err(trouble) = look(connection, &mut seen, head) {
            let failure = place.failure(trouble);
            tracing::warn!(%failure, "watching for events of other processes failed");
            seen = None;
            let mut state = shared.lock();
            state.failures += 1;
            state.failure = Some(failure);
            drop(state);
            head.moved.notify_all();
            head.rows_moved.notify_all();
        }
        head.ticks.notify_all();
        let state = shared.lock();
        let waits = |state: &mut State| !state.is_closed;
        drop(shared.changed.wait_timeout_while(state, INTERVAL, waits));
    }
}

/// Publishes the head if anybody has written since the last look. The version is asked for before the head, so that
/// what is written in between is seen by the next look at the latest.
fn look(connection: &Connection, seen: &mut Option<i64>, head: &Head) -> Result<(), Trouble> {
    let version = connection
        .prepare_cached(sql::DATA_VERSION)?
        .query_row([], |row| row.get(0))?;
    if *seen == Some(version) {
        return Ok(());
    }
    let last = connection
        .prepare_cached(sql::LAST_EVENT)?
        .query_row([], |row| row.get(0))
        .optional()?;
    if let Some(last) = last {
        head.publish(position(last)?);
    }
    head.rows_moved.notify_all();
    *seen = Some(version);
    Ok(())
}
