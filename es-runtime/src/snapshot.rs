//! Snapshots: states that are kept so that loading need not replay everything. They are disposable: what they say, the
//! events say as well.

use std::num::NonZeroU32;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::commit::Fingerprint;
use crate::id::{EventId, StreamId, Version};
use crate::json::{self, BodyError, EncodeError};
use crate::name::Category;

/// The state of a stream as a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The stream.
    pub stream: StreamId,
    /// The version of the last event in it.
    pub version: Version,
    /// The identity of that event, by which a stream is found out that was written anew.
    pub event: EventId,
    /// Of what the state is made: its shape, the versions of its events, its rules. A snapshot is read only by code of the
    /// same fingerprint.
    pub fingerprint: Fingerprint,
    /// The state.
    pub body: Vec<u8>,
}

impl Snapshot {
    /// Whether a store keeps it in place of `other`, of the same stream: it is newer, or as new and of another fingerprint,
    /// which the code that has taken it cannot read.
    #[must_use]
    pub fn replaces(&self, other: &Self) -> bool {
        self.version > other.version
            || (self.version == other.version && self.fingerprint != other.fingerprint)
    }
}

/// How states of the aggregate `A` are kept as snapshots; `#[aggregate(snapshot(every = 100))]` writes it.
#[derive(Clone, Copy, Debug)]
pub struct Snapshots<A> {
    every: NonZeroU32,
    fingerprint: fn() -> Fingerprint,
    encode: fn(&A) -> Result<Vec<u8>, EncodeError>,
    decode: fn(&[u8]) -> Result<A, BodyError>,
    is_equal: Option<fn(&A, &A) -> bool>,
}

impl<A> Snapshots<A> {
    /// As JSON, after each `every` events. The fingerprint stands for everything that makes a state what it is;
    /// `is_equal` compares two states where the type can.
    #[must_use]
    pub const fn new(
        every: NonZeroU32,
        fingerprint: fn() -> Fingerprint,
        is_equal: Option<fn(&A, &A) -> bool>,
    ) -> Self
    where
        A: Serialize + DeserializeOwned,
    {
        Self {
            every,
            fingerprint,
            encode: json::encode,
            decode: json::decode,
            is_equal,
        }
    }

    /// After how many events one is due, as declared.
    #[must_use]
    pub const fn every(&self) -> NonZeroU32 {
        self.every
    }

    /// Of what the states of this code are made.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        (self.fingerprint)()
    }

    /// Writes a state down.
    ///
    /// # Errors
    /// Where a value cannot be written so that it reads back the same.
    pub fn encode(&self, state: &A) -> Result<Vec<u8>, EncodeError> {
        (self.encode)(state)
    }

    /// Reads a state.
    ///
    /// # Errors
    /// Where the bytes are no such state.
    pub fn decode(&self, body: &[u8]) -> Result<A, BodyError> {
        (self.decode)(body)
    }

    /// Whether two states are the same: equal, or written as the same bytes.
    #[must_use]
    pub fn is_same(&self, left: &A, right: &A) -> bool {
        self.is_equal.is_some_and(|is_equal| is_equal(left, right))
            || matches!((self.encode(left), self.encode(right)), (Ok(left), Ok(right)) if left == right)
    }
}

/// When a snapshot is taken. It is asked after each commit to an aggregate that declares snapshots.
///
/// ```
/// use es_runtime::{AppOptions, SnapshotPoint};
///
/// // Whatever an aggregate declares, not more often than every thousand events.
/// let seldom = |at: &SnapshotPoint<'_>| at.events_since() >= 1_000;
/// let options = AppOptions::default().snapshots(seldom);
/// # let _ = options;
/// ```
pub trait SnapshotPolicy: Send + Sync + 'static {
    /// Whether one is due.
    fn is_due(&self, at: &SnapshotPoint<'_>) -> bool;
}

impl<F: Fn(&SnapshotPoint<'_>) -> bool + Send + Sync + 'static> SnapshotPolicy for F {
    fn is_due(&self, at: &SnapshotPoint<'_>) -> bool {
        self(at)
    }
}

/// Where an aggregate stands, for a [`SnapshotPolicy`] to look at.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SnapshotPoint<'a> {
    /// The kind of aggregate.
    pub category: &'a Category,
    /// The version of its last event.
    pub version: Version,
    /// The version of its newest snapshot that is known of.
    pub last: Option<Version>,
    /// After how many events one is due, as the aggregate declares.
    pub every: NonZeroU32,
}

impl SnapshotPoint<'_> {
    /// How many events came in since the newest snapshot.
    #[must_use]
    pub fn events_since(&self) -> u64 {
        let last = self.last.map_or(0, Version::get);
        self.version.get().saturating_sub(last)
    }
}

/// After as many events as the aggregate declares.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsDeclared;

impl SnapshotPolicy for AsDeclared {
    fn is_due(&self, at: &SnapshotPoint<'_>) -> bool {
        at.events_since() >= u64::from(at.every.get())
    }
}

/// How often a snapshot that is used is compared with what all events give, and what is done where they differ.
///
/// They differ where a rule by hand was changed without a new `revision`: rules by hand cannot be told from one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnapshotCheck {
    /// The first one that is used is compared, and from then on each so many.
    pub every: NonZeroU32,
    /// What is done where they differ.
    pub on_difference: OnDifference,
}

/// What is done with a snapshot that differs from what the events give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnDifference {
    /// Loading fails, so that it is noticed.
    Fail,
    /// The snapshot is dropped with a warning, and what the events give is used.
    Drop,
}

impl SnapshotCheck {
    /// Compares the first one that is used, and from then on each `every`; fails where they differ.
    #[must_use]
    pub const fn failing(every: NonZeroU32) -> Self {
        Self {
            every,
            on_difference: OnDifference::Fail,
        }
    }

    /// Compares as often; drops a snapshot that differs.
    #[must_use]
    pub const fn dropping(every: NonZeroU32) -> Self {
        Self {
            every,
            on_difference: OnDifference::Drop,
        }
    }

    /// What a build with debug assertions does: every eighth, failing. Others compare only where they are told to.
    #[must_use]
    pub const fn of_build() -> Option<Self> {
        match (cfg!(debug_assertions), NonZeroU32::new(8)) {
            (true, Some(every)) => Some(Self::failing(every)),
            _ => None,
        }
    }
}
