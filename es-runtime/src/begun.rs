//! Futures that are begun before anybody waits for them.

use std::task::{Context, Poll, Waker};

use crate::any::BoxFuture;

/// A future that was begun, or what it has given already.
pub(crate) enum Begun<'a, T> {
    Going(BoxFuture<'a, T>),
    Done(T),
}

impl<'a, T> Begun<'a, T> {
    /// Polls it once. That there is no waker tells a store that nobody waits yet.
    pub(crate) fn new(mut future: BoxFuture<'a, T>) -> Self {
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        match polled {
            Poll::Ready(done) => Self::Done(done),
            Poll::Pending => Self::Going(future),
        }
    }

    /// Waits for what it gives.
    pub(crate) async fn end(self) -> T {
        match self {
            Self::Going(future) => future.await,
            Self::Done(done) => done,
        }
    }
}
