//! The pages of a stream in order: while one is worked on, the store reads the next ones.

use std::collections::VecDeque;

use crate::begun::Begun;
use crate::envelope::{Envelope, Page};
use crate::id::{StreamId, Version};
use crate::store::{EventStore, Slice, StoreError};

/// How a stream is read.
struct Pace {
    /// How many versions a page spans.
    span: u16,
    /// How many pages are read ahead.
    ahead: usize,
}

/// At first: one read for a short stream, and pages that are there so soon that a caller may look out for them. One page
/// ahead, so that no third thread takes a core from those two.
const FIRST: Pace = Pace {
    span: 128,
    ahead: 1,
};

/// Behind so many versions, where the turns between threads are what costs.
const MANY: u64 = 2_048;
const THEN: Pace = Pace {
    span: 512,
    ahead: 3,
};

/// The pages of a stream, up to where it stood when it was read.
pub(super) struct Pages<'a, S> {
    store: &'a S,
    stream: &'a StreamId,
    envelope: Envelope,
    after: u64,
    /// Up to where reads have begun.
    begun: u64,
    until: u64,
    reads: VecDeque<Read<'a>>,
}

/// A page that is being read.
struct Read<'a> {
    /// The last version of its span.
    end: u64,
    page: Begun<'a, Result<Page, StoreError>>,
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
            after: number(after),
            begun: number(after),
            until: until.map_or(u64::MAX, Version::get),
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
            self.read_on();
        }
        let Some(read) = self.reads.pop_front() else {
            return Ok(None);
        };
        let page = read.page.end().await?;
        let last = number(page.last().map(|event| event.version()));
        if last == read.end {
            while self.reads.len() < self.pace().ahead && self.begun < self.until {
                self.read_on();
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

    fn pace(&self) -> Pace {
        match self.begun - self.after {
            ..MANY => FIRST,
            MANY.. => THEN,
        }
    }

    /// Begins to read the next span, if there is one.
    fn read_on(&mut self) {
        if self.begun >= self.until {
            return;
        }
        let span = self.pace().span;
        let end = self.begun.saturating_add(span.into()).min(self.until);
        let slice = Slice::after(Version::new(self.begun), span.into());
        let mut slice = slice.envelope(self.envelope);
        slice.until = Version::new(end);
        let page = Box::pin(self.store.read_stream(self.stream.clone(), slice));
        self.begun = end;
        self.reads.push_back(Read {
            end,
            page: Begun::new(page),
        });
    }
}

fn number(version: Option<Version>) -> u64 {
    version.map_or(0, Version::get)
}
