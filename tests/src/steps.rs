//! A store in front of a real one in which each call goes on only step by step, so that a caller can leave at any of them.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use es_runtime::{
    CommandId, Commit, EventStore, Fingerprint, LogPage, Page, Position, Query, Receipt, Slice,
    Snapshot, StoreError, StreamId, Version,
};
use tokio::sync::Semaphore;

/// Each call stops before it asks, while it is asked, and when it is answered, whatever the real store does. So the number
/// of steps is the same on every run. It blocks while the real store works.
#[derive(Clone)]
pub struct Steps<S> {
    inner: S,
    /// One permit lets one call go one step.
    gate: Arc<Semaphore>,
}

impl<S> Steps<S> {
    /// Lets everything through until it is [closed](Self::close).
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        }
    }

    /// Holds every call at its next stop.
    pub fn close(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// Lets the call that has waited longest go one step.
    pub fn step(&self) {
        self.gate.add_permits(1);
    }

    /// Lets everything through.
    pub fn open(&self) {
        self.gate
            .add_permits(Semaphore::MAX_PERMITS - self.gate.available_permits());
    }

    async fn in_steps<T>(&self, work: impl Future<Output = T>) -> T {
        self.stop().await;
        let mut work = pin!(work);
        let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.stop().await;
        let answer = match polled {
            Poll::Ready(answer) => answer,
            Poll::Pending => block_on(work),
        };
        self.stop().await;
        answer
    }

    async fn stop(&self) {
        self.gate.acquire().await.expect("an open gate").forget();
    }
}

/// Waits for a future on this thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

impl<S: EventStore> EventStore for Steps<S> {
    async fn append_chain(&self, commits: Vec<Commit>) -> Vec<Result<Receipt, StoreError>> {
        self.in_steps(self.inner.append_chain(commits)).await
    }

    async fn receipt(
        &self,
        id: CommandId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Receipt>, StoreError> {
        self.in_steps(self.inner.receipt(id, fingerprint)).await
    }

    async fn read_stream(
        &self,
        stream: StreamId,
        slice: Slice<Version>,
    ) -> Result<Page, StoreError> {
        self.in_steps(self.inner.read_stream(stream, slice)).await
    }

    async fn read_log(&self, query: Query, slice: Slice<Position>) -> Result<LogPage, StoreError> {
        self.in_steps(self.inner.read_log(query, slice)).await
    }

    async fn head(&self) -> Result<Option<Position>, StoreError> {
        self.in_steps(self.inner.head()).await
    }

    async fn changed(&self, after: Option<Position>) -> Result<(), StoreError> {
        self.in_steps(self.inner.changed(after)).await
    }

    async fn snapshot(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.in_steps(self.inner.snapshot(stream, fingerprint))
            .await
    }

    async fn keep_snapshot(&self, snapshot: Snapshot) -> Result<bool, StoreError> {
        self.in_steps(self.inner.keep_snapshot(snapshot)).await
    }

    async fn drop_snapshot(&self, stream: StreamId, version: Version) -> Result<(), StoreError> {
        self.in_steps(self.inner.drop_snapshot(stream, version))
            .await
    }
}
