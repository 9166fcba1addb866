//! The pages of a stream in order: while one is worked on, the store reads the next ones.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use crate::any::BoxFuture;
use crate::envelope::{Envelope, Page};
use crate::id::{StreamId, Version};
use crate::store::{EventStore, Slice, StoreError};

/// How many versions the first page spans. What is read ahead pays only behind it, so that short streams cost one read; long
/// ones are worked on the sooner, the shorter it is.
const FIRST_SPAN: u16 = 128;

/// How many versions the others span.
const SPAN: u16 = 256;

/// How many pages are read ahead.
const AHEAD: usize = 3;

/// The pages of a stream, up to where it stood when it was read.
pub(super) struct Pages<'a, S> {
    store: &'a S,
    stream: &'a StreamId,
    envelope: Envelope,
    /// Up to where reads have begun.
    begun: u64,
    until: u64,
    /// How many versions the next read spans.
    span: u16,
    reads: VecDeque<Read<'a>>,
}

/// A page that is being read.
struct Read<'a> {
    /// The last version of its span.
    end: u64,
    page: Answer<'a>,
}

enum Answer<'a> {
    Awaited(BoxFuture<'a, Result<Page, StoreError>>),
    There(Result<Page, StoreError>),
}

impl<'a, S: EventStore> Pages<'a, S> {
    /// Those behind `after`, up to and with `until`.
    pub(super) fn new(
        store: &'a S,
        stream: &'a StreamId,
        after: Option<Version>,
        until: Option<Version>,
    ) -> Self {
        Self {
            store,
            stream,
            envelope: Envelope::Whole,
            begun: number(after),
            until: until.map_or(u64::MAX, Version::get),
            span: FIRST_SPAN,
            reads: VecDeque::new(),
        }
    }

    /// The same, with so much beside each body.
    pub(super) fn envelope(mut self, envelope: Envelope) -> Self {
        self.envelope = envelope;
        self
    }

    /// The next page, which is not empty; nothing behind the last one.
    pub(super) async fn next(&mut self) -> Result<Option<Page>, StoreError> {
        if self.reads.is_empty() {
            self.read_on().await;
        }
        let Some(read) = self.reads.pop_front() else {
            return Ok(None);
        };
        let page = match read.page {
            Answer::There(page) => page?,
            Answer::Awaited(page) => page.await?,
        };
        let last = number(page.last().map(|event| event.version()));
        if last == read.end {
            while self.reads.len() < AHEAD && self.begun < self.until {
                self.read_on().await;
            }
        } else {
            // Versions have no gaps: either the page was cut short, or the stream ends in it.
            self.reads.clear();
            match page.is_empty() || page.is_last() {
                true => self.until = self.begun,
                false => self.begun = last,
            }
        }
        Ok(Some(page).filter(|page| !page.is_empty()))
    }

    /// Begins to read the next span, if there is one.
    async fn read_on(&mut self) {
        if self.begun >= self.until {
            return;
        }
        let end = self.begun.saturating_add(self.span.into()).min(self.until);
        let mut slice =
            Slice::after(Version::new(self.begun), self.span.into()).envelope(self.envelope);
        self.span = SPAN;
        slice.until = Version::new(end);
        let mut page: BoxFuture<'a, _> =
            Box::pin(self.store.read_stream(self.stream.clone(), slice));
        self.begun = end;
        let page = match poll_fn(|cx| Poll::Ready(Pin::as_mut(&mut page).poll(cx))).await {
            Poll::Ready(page) => Answer::There(page),
            Poll::Pending => Answer::Awaited(page),
        };
        self.reads.push_back(Read { end, page });
    }
}

fn number(version: Option<Version>) -> u64 {
    version.map_or(0, Version::get)
}
