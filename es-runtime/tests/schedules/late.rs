//! A store in memory that answers when it likes: at once, after others, from another thread, or with a panic.

use std::future::Future;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};

use es_runtime::{
    CommandId, Commit, EventStore, Fingerprint, LogPage, MemoryStore, Page, Position, Query,
    Receipt, Signal, Slice, Snapshot, StoreError, StreamId, Version,
};
use shuttle::future::yield_now;
use shuttle::rand::{Rng, thread_rng};

#[derive(Clone)]
pub(crate) struct Late {
    inner: MemoryStore,
    panics: bool,
}

pub(crate) const PANIC: &str = "the store fell over";

impl Late {
    pub(crate) fn new() -> Self {
        Self {
            inner: MemoryStore::new(),
            panics: false,
        }
    }

    /// Now and then it panics, before it has done what it was asked for or behind.
    pub(crate) fn panicking() -> Self {
        Self {
            panics: true,
            ..Self::new()
        }
    }

    /// What the store holds, with no delays.
    pub(crate) fn inner(&self) -> &MemoryStore {
        &self.inner
    }

    async fn answer<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        self.may_panic();
        let answer = match thread_rng().gen_range(0..4) {
            0 => work.await,
            1 => {
                yield_now().await;
                work.await
            }
            2 => {
                let answer = work.await;
                yield_now().await;
                answer
            }
            _ => elsewhere(work).await,
        };
        self.may_panic();
        answer
    }

    fn may_panic(&self) {
        if self.panics && thread_rng().gen_range(0..6) == 0 {
            // Without the hook, which would print each of thousands.
            resume_unwind(Box::new(PANIC));
        }
    }
}

/// Has another task do it, as stores do that own threads.
async fn elsewhere<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let (done, here) = (Arc::new((Mutex::new(None), Signal::new())), yield_now());
    shuttle::future::spawn({
        let done = done.clone();
        async move {
            let answer = work.await;
            *done.0.lock().unwrap() = Some(answer);
            done.1.notify_all();
        }
    });
    here.await;
    loop {
        let told = done.1.listen();
        if let Some(answer) = done.0.lock().unwrap().take() {
            return answer;
        }
        told.await;
    }
}

impl EventStore for Late {
    async fn append_chain(&self, commits: Vec<Commit>) -> Vec<Result<Receipt, StoreError>> {
        let inner = self.inner.clone();
        self.answer(async move { inner.append_chain(commits).await })
            .await
    }

    async fn receipt(
        &self,
        id: CommandId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Receipt>, StoreError> {
        let inner = self.inner.clone();
        self.answer(async move { inner.receipt(id, fingerprint).await })
            .await
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        slice: Slice<Version>,
    ) -> Result<Page, StoreError> {
        let inner = self.inner.clone();
        self.answer(async move { inner.read_stream(stream, slice).await })
            .await
    }

    async fn read_log(&self, query: Query, slice: Slice<Position>) -> Result<LogPage, StoreError> {
        self.inner.read_log(query, slice).await
    }

    async fn head(&self) -> Result<Option<Position>, StoreError> {
        self.inner.head().await
    }

    async fn changed(&self, after: Option<Position>) -> Result<(), StoreError> {
        self.inner.changed(after).await
    }

    async fn snapshot(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.inner.snapshot(stream, fingerprint).await
    }

    async fn keep_snapshot(&self, snapshot: Snapshot) -> Result<bool, StoreError> {
        self.inner.keep_snapshot(snapshot).await
    }

    async fn drop_snapshot(&self, stream: StreamId, version: Version) -> Result<(), StoreError> {
        self.inner.drop_snapshot(stream, version).await
    }
}
