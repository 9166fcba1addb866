//! The store as the cases call it: opened, closed, called from several threads, and read to the end.

use std::future::Future;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use super::failure::{Failure, Verdict, holds, same};
use super::make::{one, stream};
use super::{Abilities, Subject};
use crate::any::AnyStore;
use crate::commit::{Commit, Expected, Fingerprint, Query, Receipt};
use crate::envelope::{Metadata, Page, RawEvent, SchemaVersion};
use crate::id::{CommandId, CommitNumber, EventId, Position, StreamId, Version};
use crate::name::EventName;
use crate::store::{Direction, EventStore, Limits, LogPage, Slice, StoreError};
use crate::time::{Clock, SystemClock, Timestamp};

/// How long a case waits for what must happen, before it says that it does not.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// A place for one store, in which nothing stands at first.
pub(super) struct Stage {
    subject: Arc<dyn Subject>,
}

impl Stage {
    pub(super) fn new(subject: Arc<dyn Subject>) -> Self {
        Self { subject }
    }

    pub(super) fn abilities(&self) -> Abilities {
        self.subject.abilities()
    }

    pub(super) fn limits(&self) -> Limits {
        self.subject.limits()
    }

    pub(super) fn open(&self) -> Result<Opened, StoreError> {
        self.open_with(Arc::new(SystemClock))
    }

    pub(super) fn open_with(&self, clock: Arc<dyn Clock>) -> Result<Opened, StoreError> {
        Ok(Opened {
            store: self.subject.open(clock)?,
            subject: self.subject.clone(),
        })
    }

    /// Closes the store and opens it again. Nothing where it does not outlive that, which is made sure of.
    pub(super) fn reopened(&self, store: Opened) -> Result<Option<Opened>, Failure> {
        self.reopened_with(store, Arc::new(SystemClock))
    }

    pub(super) fn reopened_with(
        &self,
        store: Opened,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Opened>, Failure> {
        let head = store.head()?;
        holds("something is stored before a restart", head.is_some())?;
        drop(store);
        let store = self.open_with(clock)?;
        if self.abilities().survives_closing {
            return Ok(Some(store));
        }
        same("the head after a restart", store.head()?, None)?;
        Ok(None)
    }

    /// Opens the store once more, beside the first. Nothing where that cannot be done, which is made sure of.
    pub(super) fn beside(&self, first: &Opened) -> Result<Option<Opened>, Failure> {
        if self.abilities().opens_twice {
            return Ok(Some(self.open()?));
        }
        first.append(one("beside", Expected::Missing))?;
        if let Ok(other) = self.open() {
            same("the head beside an open store", other.head()?, None)?;
        }
        Ok(None)
    }
}

/// An open store. Each call waits for its answer; clones share the store.
#[derive(Clone)]
pub(super) struct Opened {
    store: AnyStore,
    subject: Arc<dyn Subject>,
}

impl Opened {
    /// The store itself, for an application over it.
    pub(super) fn store(&self) -> AnyStore {
        self.store.clone()
    }

    /// Runs a future to its end.
    pub(super) fn wait<T: Send>(
        &self,
        future: impl Future<Output = T> + Send,
    ) -> Result<T, StoreError> {
        let mut answer = None;
        self.subject
            .block_on(Box::pin(async { answer = Some(future.await) }));
        answer.ok_or_else(|| {
            StoreError::outcome_unknown("block_on", "it came back before the future was done")
        })
    }

    pub(super) fn append(&self, commit: Commit) -> Result<Receipt, StoreError> {
        self.wait(self.store.append(commit))?
    }

    /// The answers to a chain; as many as it has commits, which is made sure of.
    pub(super) fn append_chain(
        &self,
        chain: Vec<Commit>,
    ) -> Result<Vec<Result<Receipt, StoreError>>, Failure> {
        let commits = chain.len();
        let answers = self.wait(self.store.append_chain(chain))?;
        same("answers to a chain", answers.len(), commits)?;
        Ok(answers)
    }

    pub(super) fn receipt(
        &self,
        name: &str,
        fingerprint: Fingerprint,
    ) -> Result<Option<Receipt>, StoreError> {
        let id = CommandId::from_name(name);
        self.wait(self.store.receipt(id, fingerprint))?
    }

    pub(super) fn head(&self) -> Result<Option<Position>, StoreError> {
        self.wait(self.store.head())?
    }

    pub(super) fn read_log(
        &self,
        query: &Query,
        slice: Slice<Position>,
    ) -> Result<LogPage, StoreError> {
        self.wait(self.store.read_log(query.clone(), slice))?
    }

    /// Every event of a stream, in order.
    pub(super) fn stream(&self, key: &str) -> Result<Vec<Seen>, Failure> {
        self.stream_slice(&stream(key), Slice::after(None, 1_000))
    }

    /// Every event that matches, in order.
    pub(super) fn log(&self, query: &Query) -> Result<Vec<Seen>, Failure> {
        Ok(self.log_slice(query, Slice::after(None, 1_000_000))?.0)
    }

    /// A slice of a stream, in as many pages as the store makes of it.
    pub(super) fn stream_slice(
        &self,
        stream: &StreamId,
        slice: Slice<Version>,
    ) -> Result<Vec<Seen>, Failure> {
        self.stream_slice_as(stream, slice, Seen::of)
    }

    /// The same, each event seen in this way.
    pub(super) fn stream_slice_as<T>(
        &self,
        stream: &StreamId,
        slice: Slice<Version>,
        see: fn(RawEvent<'_>) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        let (mut seen, mut rest) = (Vec::new(), slice);
        loop {
            let read = self.store.read_stream(stream.clone(), rest);
            let page: Page = self.wait(read)??;
            holds("a page is within its limit", page.len() <= rest.limit)?;
            rest.limit -= page.len();
            for event in page.iter() {
                same("the stream of an event", event.stream(), stream)?;
                is_next("version", rest, event.version())?;
                let Some(behind) = behind(rest, event.version(), Version::get, Version::new) else {
                    rest.limit = 0;
                    seen.push(see(event)?);
                    break;
                };
                rest = behind;
                seen.push(see(event)?);
            }
            if page.is_empty() || rest.limit == 0 {
                return Ok(seen);
            }
        }
    }

    /// A slice of the log, in as many pages as the store makes of it, and how far that was looked through.
    pub(super) fn log_slice(
        &self,
        query: &Query,
        slice: Slice<Position>,
    ) -> Result<(Vec<Seen>, Option<Position>), Failure> {
        self.log_slice_as(query, slice, Seen::of)
    }

    /// The same, each event seen in this way.
    pub(super) fn log_slice_as<T>(
        &self,
        query: &Query,
        slice: Slice<Position>,
        see: fn(RawEvent<'_>) -> Result<T, Failure>,
    ) -> Result<(Vec<T>, Option<Position>), Failure> {
        let (mut seen, mut rest, mut reached) = (Vec::new(), slice, None);
        loop {
            let page = self.read_log(query, rest)?;
            holds(
                "a page is within its limit",
                page.events.len() <= rest.limit,
            )?;
            let Some(until) = page.reached else {
                same("events of a slice that holds none", page.events.len(), 0)?;
                return Ok((seen, reached));
            };
            reached = Some(until);
            is_next("reached", rest, until)?;
            let mut within = rest;
            match rest.direction {
                Direction::Forwards => within.until = Some(until),
                Direction::Backwards => within.after = Position::new(until.get() - 1),
            }
            for event in page.events.iter() {
                is_next("position", within, event.position())?;
                seen.push(see(event)?);
                if let Some(next) = behind(within, event.position(), Position::get, Position::new) {
                    within = next;
                }
            }
            rest.limit -= page.events.len();
            match behind(rest, until, Position::get, Position::new) {
                Some(next) if next.limit > 0 => rest = next,
                _ => return Ok((seen, reached)),
            }
        }
    }

    /// Begins to wait for an event behind `after`.
    pub(super) fn waiting(&self, after: Option<Position>) -> Waiting {
        let (woken, answer) = channel();
        let this = self.clone();
        // Not joined: behind a store that wakes nobody it would never end.
        thread::spawn(move || {
            let answer = this.wait(this.store.changed(after));
            let answer = answer.and_then(|changed| changed);
            drop(this);
            let _ = woken.send(answer.map(|()| Instant::now()));
        });
        Waiting(answer)
    }

    /// Waits until there is an event behind `after`.
    pub(super) fn changed(&self, after: Option<Position>) -> Verdict {
        self.waiting(after).woken().map(drop)
    }
}

/// Somebody who waits for an event.
pub(super) struct Waiting(Receiver<Result<Instant, StoreError>>);

impl Waiting {
    /// Makes sure that nothing wakes it for a moment.
    pub(super) fn still(&self) -> Verdict {
        match self.0.recv_timeout(Duration::from_millis(50)) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            woken => Err(Failure::new("waiting with nothing new", "no answer", woken)),
        }
    }

    /// When it was woken.
    pub(super) fn woken(self) -> Result<Instant, Failure> {
        match self.0.recv_timeout(PATIENCE) {
            Ok(woken) => Ok(woken?),
            Err(error) => Err(Failure::new("waiting for an event", "to be woken", error)),
        }
    }
}

/// Runs them at the same time, each on a thread of its own; gives their answers in order.
pub(super) fn race<T, R>(racers: impl IntoIterator<Item = R>) -> Vec<T>
where
    T: Send,
    R: FnOnce() -> T + Send,
{
    let racers: Vec<R> = racers.into_iter().collect();
    let start = Barrier::new(racers.len());
    thread::scope(|scope| {
        let threads: Vec<_> = racers
            .into_iter()
            .map(|racer| {
                scope.spawn(|| {
                    start.wait();
                    racer()
                })
            })
            .collect();
        let answers = threads.into_iter().map(|thread| thread.join());
        answers
            .map(|answer| answer.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

/// The answers of the racers that won. The others must have lost, and not failed.
pub(super) fn winners<T>(
    answers: Vec<Result<T, StoreError>>,
    has_lost: impl Fn(&StoreError) -> bool,
) -> Result<Vec<T>, Failure> {
    let mut won = vec![];
    for answer in answers {
        match answer {
            Ok(answer) => won.push(answer),
            Err(error) if has_lost(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(won)
}

/// Makes sure that a number is one that the slice asks for.
fn is_next<T: Copy + Ord + std::fmt::Debug>(what: &str, slice: Slice<T>, found: T) -> Verdict {
    let is_in = slice.after.is_none_or(|after| found > after)
        && slice.until.is_none_or(|until| found <= until);
    if is_in {
        return Ok(());
    }
    let Slice { after, until, .. } = slice;
    let expected = format!("one behind {after:?} and up to {until:?}, in order and once");
    Err(Failure::new(
        format!("the {what} of what was read"),
        expected,
        found,
    ))
}

/// What is left of a slice that was read up to and with `reached`; nothing where nothing can be left.
fn behind<T>(
    slice: Slice<T>,
    reached: T,
    get: fn(T) -> u64,
    new: fn(u64) -> Option<T>,
) -> Option<Slice<T>> {
    match slice.direction {
        Direction::Forwards => Some(Slice {
            after: Some(reached),
            ..slice
        }),
        Direction::Backwards => Some(Slice {
            until: Some(new(get(reached) - 1)?),
            ..slice
        }),
    }
}

/// A stored event, as it was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) id: EventId,
    pub(super) stream: StreamId,
    pub(super) version: Version,
    pub(super) position: Position,
    pub(super) commit: CommitNumber,
    pub(super) name: EventName,
    pub(super) schema: SchemaVersion,
    pub(super) reads_as: SchemaVersion,
    pub(super) codec: u8,
    pub(super) occurred_at: Timestamp,
    pub(super) recorded_at: Timestamp,
    pub(super) metadata: Metadata,
    pub(super) body: Vec<u8>,
}

impl Seen {
    pub(super) fn of(event: RawEvent<'_>) -> Result<Self, Failure> {
        holds("an event is read whole", event.origin().is_some())?;
        let metadata = event
            .metadata()
            .map_err(|error| Failure::new("the metadata of an event", "JSON", error))?;
        Ok(Self {
            id: event.id(),
            stream: event.stream().clone(),
            version: event.version(),
            position: event.position(),
            commit: event.commit(),
            name: event.name().clone(),
            schema: event.schema(),
            reads_as: event.reads_as(),
            codec: event.codec(),
            occurred_at: event.occurred_at(),
            recorded_at: event.recorded_at(),
            metadata,
            body: event.body().to_vec(),
        })
    }
}

pub(super) fn ids(seen: &[Seen]) -> Vec<EventId> {
    seen.iter().map(|event| event.id).collect()
}

pub(super) fn versions(seen: &[Seen]) -> Vec<u64> {
    seen.iter().map(|event| event.version.get()).collect()
}

pub(super) fn positions(seen: &[Seen]) -> Vec<Position> {
    seen.iter().map(|event| event.position).collect()
}

/// The one of that number, counted from 1.
pub(super) fn nth<T: Copy>(all: &[T], number: usize) -> Option<T> {
    all.get(number.checked_sub(1)?).copied()
}
