//! Reading a page ahead: the store looks for the next page while the one before it is folded.

use std::future::poll_fn;
use std::task::Poll;

use crate::any::BoxFuture;
use crate::commit::Query;
use crate::id::Position;
use crate::store::{EventStore, LogPage, Slice, StoreError};

/// How many events are read at a time.
const PAGE: usize = 1_000;

/// The pages of the log with the events of a query, one after the other.
pub(super) struct Ahead<'s, S> {
    store: &'s S,
    query: Query,
    /// The page behind that position, as far as it was asked for.
    next: Option<(Option<Position>, Reading<'s>)>,
}

enum Reading<'s> {
    Asked(BoxFuture<'s, Answer>),
    Answered(Answer),
}

type Answer = Result<LogPage, StoreError>;

impl<'s, S: EventStore> Ahead<'s, S> {
    pub(super) fn new(store: &'s S, query: Query) -> Self {
        let next = None;
        Self { store, query, next }
    }

    /// The page behind `after`; the one behind that is asked for already when this one is given.
    pub(super) async fn page(&mut self, after: Option<Position>) -> Answer {
        let asked = self.next.take().filter(|(from, _)| *from == after);
        let page = match asked {
            Some((_, Reading::Answered(answer))) => answer?,
            Some((_, Reading::Asked(answer))) => answer.await?,
            None => self.read(after).await?,
        };
        if let Some(reached) = page.reached {
            let mut asked = self.read(Some(reached));
            // Polled once: from then on the store is at it.
            let reading = poll_fn(|cx| Poll::Ready(asked.as_mut().poll(cx))).await;
            let reading = match reading {
                Poll::Ready(answer) => Reading::Answered(answer),
                Poll::Pending => Reading::Asked(asked),
            };
            self.next = Some((Some(reached), reading));
        }
        Ok(page)
    }

    fn read(&self, after: Option<Position>) -> BoxFuture<'s, Answer> {
        let slice = Slice::after(after, PAGE);
        Box::pin(self.store.read_log(self.query.clone(), slice))
    }
}
