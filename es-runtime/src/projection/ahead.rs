//! Reading pages ahead: the store looks for the next ones while the one before them is folded.

use std::collections::VecDeque;

use crate::any::BoxFuture;
use crate::begun::Begun;
use crate::commit::Query;
use crate::envelope::Envelope;
use crate::id::Position;
use crate::store::{EventStore, LogPage, Slice, StoreError};

/// How many events are read at a time.
const PAGE: usize = 1_000;

/// How many pages are read ahead where there is much to read: most stores have two threads that read, and neither should wait
/// for the page that is folded.
const AHEAD: usize = 3;

/// How often pages may be read in vain before it is given up to guess where the next but one begins.
const IN_VAIN: u32 = 8;

/// The pages of the log with the events of a query, one after the other.
pub(super) struct Ahead<'s, S> {
    store: &'s S,
    query: Query,
    envelope: Envelope,
    /// What was asked for, each behind what the one before it is to reach.
    reads: VecDeque<Read<'s>>,
    /// How often that was in vain.
    in_vain: u32,
}

/// A page that was asked for.
struct Read<'s> {
    after: Option<Position>,
    /// Up to where, if that was said.
    until: Option<Position>,
    reading: Begun<'s, Answer>,
}

type Answer = Result<LogPage, StoreError>;

impl<'s, S: EventStore> Ahead<'s, S> {
    /// Those of the query, with so much beside each body at first.
    pub(super) fn new(store: &'s S, query: Query, envelope: Envelope) -> Self {
        Self {
            store,
            query,
            envelope,
            reads: VecDeque::new(),
            in_vain: 0,
        }
    }

    /// From now on, events have so much beside their bodies.
    pub(super) fn set_envelope(&mut self, envelope: Envelope) {
        if self.envelope != envelope {
            self.envelope = envelope;
            self.reads.clear();
        }
    }

    /// The page behind `after`; those behind that are asked for already when this one is given.
    pub(super) async fn page(&mut self, after: Option<Position>) -> Answer {
        self.drop_unless_behind(after);
        let (until, page) = match self.reads.pop_front() {
            Some(Read { until, reading, .. }) => (until, reading.end().await?),
            None => (None, self.read(after, None).await?),
        };
        if let Some(reached) = page.reached {
            self.drop_unless_behind(Some(reached));
            match span(after, until, &page) {
                Some(span) if self.in_vain < IN_VAIN => self.ask_ahead(reached, span),
                _ if self.reads.is_empty() => self.ask(Some(reached), None),
                _ => {}
            }
        }
        Ok(page)
    }

    /// Drops what was read behind another place: a page has not reached what it was to reach.
    fn drop_unless_behind(&mut self, after: Option<Position>) {
        if self.reads.front().is_some_and(|read| read.after != after) {
            self.reads.clear();
            self.in_vain += 1;
        }
    }

    /// Asks for so many pages of that many positions that all that may be read ahead is.
    fn ask_ahead(&mut self, reached: Position, span: u64) {
        while self.reads.len() < AHEAD {
            let after = match self.reads.back() {
                None => Some(reached),
                Some(read) => read.until,
            };
            // Behind one that reaches as far as it can there is no place known.
            let Some(after) = after else { return };
            let until = Position::new(after.get().saturating_add(span));
            self.ask(Some(after), until);
        }
    }

    fn ask(&mut self, after: Option<Position>, until: Option<Position>) {
        let reading = Begun::new(self.read(after, until));
        self.reads.push_back(Read {
            after,
            until,
            reading,
        });
    }

    fn read(&self, after: Option<Position>, until: Option<Position>) -> BoxFuture<'s, Answer> {
        let mut slice = Slice::after(after, PAGE).envelope(self.envelope);
        slice.until = until;
        Box::pin(self.store.read_log(self.query.clone(), slice))
    }
}

/// How many positions are likely to hold a page of events, judged by the last one; nothing where that was so small that the
/// end seems to be near.
fn span(after: Option<Position>, until: Option<Position>, page: &LogPage) -> Option<u64> {
    let (events, reached) = (page.events.len() as u64, page.reached?);
    let looked_through = reached.get().saturating_sub(after.map_or(0, Position::get));
    let likely = if until.is_some_and(|until| reached < until) {
        // The events are more, or larger, than those before.
        looked_through
    } else if events < PAGE as u64 / 2 {
        return None;
    } else if events == looked_through {
        return Some(PAGE as u64);
    } else {
        looked_through.saturating_mul(PAGE as u64) / events
    };
    // A little less, since a page that ends early makes those behind it useless.
    Some((likely - likely / 8).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::{Commit, Expected, StreamWrite};
    use crate::envelope::{Codec, NewEvent, SchemaVersion};
    use crate::id::{EventId, StreamId};
    use crate::memory::MemoryStore;
    use crate::name::{Category, EventName};
    use crate::time::Timestamp;
    use uuid::Uuid;

    /// A log whose events are of the type `Asked` where `is_asked` says so.
    async fn log(events: u64, is_asked: impl Fn(u64) -> bool) -> MemoryStore {
        let store = MemoryStore::new();
        let event = |number: u64| NewEvent {
            id: EventId::from(Uuid::from_u128(number.into())),
            name: EventName::from_static(if is_asked(number) { "Asked" } else { "Other" }),
            schema: SchemaVersion::FIRST,
            reads_as: SchemaVersion::FIRST,
            codec: Codec::Json,
            occurred_at: Timestamp::EPOCH,
            tags: Vec::new(),
            body: b"{}".to_vec(),
        };
        let write = StreamWrite {
            stream: StreamId::new(Category::from_static("log"), "1"),
            expected: Expected::Any,
            events: (1..=events).map(event).collect(),
        };
        let writes = vec![write];
        let commit = Commit {
            writes,
            ..Commit::default()
        };
        store.append(commit).await.expect("a commit");
        store
    }

    /// The positions of all that is asked for, page by page.
    async fn read(store: &MemoryStore) -> Vec<u64> {
        let asked = (
            Category::from_static("log"),
            EventName::from_static("Asked"),
        );
        let mut pages = Ahead::new(store, Query::types([asked]), Envelope::Whole);
        let (mut after, mut read) = (None, Vec::new());
        loop {
            let page = pages.page(after).await.expect("a page");
            read.extend(page.events.iter().map(|event| event.position().get()));
            if page.reached.is_none() {
                return read;
            }
            assert!(page.reached > after);
            after = page.reached;
        }
    }

    #[tokio::test]
    async fn each_event_is_read_once_however_many_there_are_among_others() {
        let is_asked: [fn(u64) -> bool; 6] = [
            |_| true,
            |_| false,
            |number| number.is_multiple_of(2),
            |number| number.is_multiple_of(100),
            // Few of them first, then all, and the other way round.
            |number| number > 5_000 || number.is_multiple_of(7),
            |number| number < 5_000 || number.is_multiple_of(7),
        ];
        for events in [1, 999, 1_000, 1_001, 9_876] {
            for is_asked in is_asked {
                let store = log(events, is_asked).await;
                let expected: Vec<_> = (1..=events).filter(|it| is_asked(*it)).collect();
                assert_eq!(read(&store).await, expected);
            }
        }
    }
}
