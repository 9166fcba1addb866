//! Stores in front of a real one: they count what is asked of it, hold answers back, or lose them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use es_runtime::{Commit, EventStore, Page, Receipt, Slice, StoreError, StreamId, Version};
use tokio::sync::Semaphore;

/// What was asked of a store, and what it shall do about it.
#[derive(Clone)]
pub struct Watched<S> {
    inner: S,
    counts: Arc<Counts>,
    /// One permit lets one chain through.
    gate: Arc<Semaphore>,
}

#[derive(Default)]
struct Counts {
    chains: AtomicUsize,
    commits: AtomicUsize,
    reads: AtomicUsize,
    lose: AtomicUsize,
    overtake: AtomicUsize,
}

impl<S> Watched<S> {
    /// Watches a store that works as it should.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            counts: Arc::default(),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        }
    }

    /// Watches a store in which no chain gets through before it is [let through](Self::let_through).
    pub fn closed(inner: S) -> Self {
        Self {
            gate: Arc::new(Semaphore::new(0)),
            ..Self::new(inner)
        }
    }

    /// Lets no chain through until it is opened again; says how many chains have come so far.
    pub fn close(&self) -> usize {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
        self.chains()
    }

    /// Lets everything through.
    pub fn open(&self) {
        self.gate
            .add_permits(Semaphore::MAX_PERMITS - self.gate.available_permits());
    }

    /// Lets so many chains through.
    pub fn let_through(&self, chains: usize) {
        self.gate.add_permits(chains);
    }

    /// Stores the next so many chains, but loses the answers.
    pub fn lose_answers(&self, chains: usize) {
        self.counts.lose.store(chains, Ordering::SeqCst);
    }

    /// Refuses the next so many chains as if others were faster.
    pub fn overtake(&self, chains: usize) {
        self.counts.overtake.store(chains, Ordering::SeqCst);
    }

    /// How many clones of this store there are, this one included.
    pub fn holders(&self) -> usize {
        Arc::strong_count(&self.counts)
    }

    pub fn chains(&self) -> usize {
        self.counts.chains.load(Ordering::SeqCst)
    }

    pub fn commits(&self) -> usize {
        self.counts.commits.load(Ordering::SeqCst)
    }

    pub fn reads(&self) -> usize {
        self.counts.reads.load(Ordering::SeqCst)
    }
}

fn take_one(count: &AtomicUsize) -> bool {
    count
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        })
        .is_ok()
}

impl<S: EventStore> EventStore for Watched<S> {
    async fn append_chain(&self, commits: Vec<Commit>) -> Vec<Result<Receipt, StoreError>> {
        self.counts.chains.fetch_add(1, Ordering::SeqCst);
        self.counts
            .commits
            .fetch_add(commits.len(), Ordering::SeqCst);
        self.gate.acquire().await.expect("an open gate").forget();
        let count = commits.len();
        if take_one(&self.counts.overtake) {
            return (0..count).map(|_| Err(StoreError::Behind)).collect();
        }
        let answers = self.inner.append_chain(commits).await;
        if take_one(&self.counts.lose) {
            let lost = || Err(StoreError::outcome_unknown("append", "the line went dead"));
            return (0..count).map(|_| lost()).collect();
        }
        answers
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        slice: Slice<Version>,
    ) -> Result<Page, StoreError> {
        self.counts.reads.fetch_add(1, Ordering::SeqCst);
        self.inner.read_stream(stream, slice).await
    }

    crate::pass_on!(receipt read_log head changed snapshots);
}
