//! The port of an event store: what every store promises, in as few calls as the framework needs.

use std::future::Future;

use crate::commit::{Commit, Fingerprint, Query, Receipt};
use crate::envelope::{Envelope, Page};
use crate::id::{CommandId, Position, StreamId, Version};
use crate::snapshot::Snapshot;

mod error;
mod limits;

pub use error::{Cause, Conflict, StoreError};
pub use limits::Limits;

/// An append-only log of events, cut into streams.
///
/// What every store promises:
///
/// 1. Versions in a stream are contiguous from 1; positions strictly increase; order in a stream is order of position.
/// 2. A commit is all or nothing, under its expectations and its guard; exactly one of several racers wins; a chain
///    stops at its first refusal.
/// 3. Who has seen position `p` never later finds a new event at or below `p`.
/// 4. What is acknowledged is durable, as far as the store is told to be.
/// 5. An outcome that is not known can be resolved by repeating the command under its id.
/// 6. Stored bytes are never rewritten.
/// 7. A future that is dropped does not take its commit back: it may or may not be stored.
pub trait EventStore: Send + Sync + 'static {
    /// Appends commits that were decided one on top of the other: behind one that is refused, or whose command had been
    /// carried out before, all are refused ([`StoreError::Behind`]). One answer per commit, in order.
    ///
    /// Expected versions alone do not give that: when commit 1 loses to a foreign event, that event can make the
    /// expectation of commit 2 true, although commit 2 was decided on a state that never was.
    fn append_chain(
        &self,
        commits: Vec<Commit>,
    ) -> impl Future<Output = Vec<Result<Receipt, StoreError>>> + Send;

    /// Appends one commit.
    fn append(&self, commit: Commit) -> impl Future<Output = Result<Receipt, StoreError>> + Send {
        async move {
            let answer = self.append_chain(vec![commit]).await.pop();
            answer.unwrap_or_else(|| {
                Err(StoreError::outcome_unknown(
                    "append",
                    "the store gave no answer",
                ))
            })
        }
    }

    /// The receipt of a command that was carried out before under this id, if there is one.
    ///
    /// An error where the id stands for another command ([`StoreError::CommandReused`]).
    fn receipt(
        &self,
        id: CommandId,
        fingerprint: Fingerprint,
    ) -> impl Future<Output = Result<Option<Receipt>, StoreError>> + Send;

    /// Some events of one stream. An empty page means that there are no more in the slice; a page may be shorter than
    /// the limit, since stores also bound its bytes. Where the store knows that a page is the last one, it
    /// [says so](Page::is_last).
    fn read_stream(
        &self,
        stream: StreamId,
        slice: Slice<Version>,
    ) -> impl Future<Output = Result<Page, StoreError>> + Send;

    /// Some events of the whole store, in the order of their positions.
    fn read_log(
        &self,
        query: Query,
        slice: Slice<Position>,
    ) -> impl Future<Output = Result<LogPage, StoreError>> + Send;

    /// The position of the last event; nothing in an empty store.
    fn head(&self) -> impl Future<Output = Result<Option<Position>, StoreError>> + Send;

    /// The newest snapshot of a stream, if it has this fingerprint.
    fn snapshot(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> impl Future<Output = Result<Option<Snapshot>, StoreError>> + Send;

    /// Keeps a snapshot, beside the log and never in the way of a commit: one for each stream, and only where it
    /// [replaces](Snapshot::replaces) the one that is there. Says whether it was kept.
    ///
    /// The work begins when the future is polled for the first time, and goes on where it is dropped then; nobody but the
    /// store is left to tell of a failure. It need not be durable when the future resolves.
    fn keep_snapshot(
        &self,
        snapshot: Snapshot,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Drops the snapshot of a stream, if it is the one of this version.
    fn drop_snapshot(
        &self,
        stream: StreamId,
        version: Version,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Resolves when there is an event behind `after`, written by whichever process. Timers are the store's.
    fn changed(
        &self,
        after: Option<Position>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Which part of a stream or of the log is read: behind `after`, up to and with `until`, at most `limit` events; and how much
/// of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice<T> {
    /// The last one not wanted; nothing for the start.
    pub after: Option<T>,
    /// The last one wanted; nothing for the end.
    pub until: Option<T>,
    /// From the start of the slice on, or from its end back.
    pub direction: Direction,
    /// How many at most.
    pub limit: usize,
    /// How much stands beside each body.
    pub envelope: Envelope,
}

impl<T> Slice<T> {
    /// Forwards from behind `after`, at most `limit`.
    #[must_use]
    pub fn after(after: Option<T>, limit: usize) -> Self {
        Self {
            after,
            until: None,
            direction: Direction::Forwards,
            limit,
            envelope: Envelope::Whole,
        }
    }

    /// Backwards from the end, at most `limit`.
    #[must_use]
    pub fn last(limit: usize) -> Self {
        Self {
            after: None,
            until: None,
            direction: Direction::Backwards,
            limit,
            envelope: Envelope::Whole,
        }
    }

    /// The same, up to and with `until`.
    #[must_use]
    pub fn until(mut self, until: T) -> Self {
        self.until = Some(until);
        self
    }

    /// The same, with so much beside each body.
    #[must_use]
    pub fn envelope(mut self, envelope: Envelope) -> Self {
        self.envelope = envelope;
        self
    }
}

/// In which order a slice is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    Forwards,
    /// Newest first.
    Backwards,
}

/// Some events of the log, and how far the log was looked through for them.
#[derive(Clone, Debug, Default)]
pub struct LogPage {
    /// The events that match.
    pub events: Page,
    /// Where to go on: every event up to here (down to here, backwards) was looked at. Moves though nothing matches;
    /// nothing where the slice holds no event at all.
    pub reached: Option<Position>,
}
