//! What can go wrong while rows are folded.

use super::encode::CellError;
use crate::app::NoEarlier;
use crate::envelope::{RawEvent, SchemaVersion};
use crate::event::DecodeError;
use crate::id::{Position, StreamId, Version};
use crate::json::EncodeError;
use crate::name::EventName;
use crate::store::StoreError;

/// An event that does not fit the rows of a projection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// It makes a row that is there already.
    #[error("there is a row of key {key} already")]
    Exists {
        /// The key of the row.
        key: String,
    },
    /// It changes or deletes a row that is not there.
    #[error("there is no row of key {key}")]
    Missing {
        /// The key of the row.
        key: String,
    },
    /// Its rule gave a row another key than the row is found by.
    #[error("the row of key {key} has become one of key {now}; delete it and insert the other")]
    KeyChanged {
        /// The key of the row.
        key: String,
        /// What the rule has made of it.
        now: String,
    },
    /// The row has to be fetched first. A rule by hand passes it on; the event is taken in anew when the row is there.
    #[error("the row of key {key} is not at hand")]
    NotAtHand {
        /// The key of the row.
        key: String,
    },
    /// A rule by hand says so.
    #[error("{reason}")]
    Refused {
        /// Why.
        reason: String,
    },
}

impl RowError {
    /// The reason for which a rule by hand does not take an event in.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused {
            reason: reason.into(),
        }
    }
}

/// Why a stored event was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// It is none of the typed events.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It cannot be read without the events before it in its stream, which are missing in the store.
    #[error("the events before it are missing, from version {expected} on")]
    Gap {
        /// The first that is missing.
        expected: Version,
    },
    /// It is read as several, of which one cannot be.
    #[error("a part of it: {0}")]
    Part(EncodeError),
    /// The id of its aggregate is not a key of the rows.
    #[error("`{key}` is not an id of its aggregate")]
    Id {
        /// The key of its stream.
        key: String,
    },
    /// It does not fit the rows.
    #[error(transparent)]
    Row(#[from] RowError),
    /// It makes of a row what no table holds.
    #[error(transparent)]
    Cell(#[from] CellError),
    /// A rule panicked.
    #[error("a rule panicked: {0}")]
    Panicked(String),
    /// An earlier event of its stream is parked.
    #[error("an earlier event of its stream is parked, at version {version}")]
    Behind {
        /// The earlier event.
        version: Version,
    },
}

impl ProjectError {
    /// That of an event whose earlier ones are not there; or the store fails.
    pub(super) fn without(none: NoEarlier) -> Result<Self, StoreError> {
        match none {
            NoEarlier::Store(error) => Err(error),
            NoEarlier::Missing { expected } => Ok(Self::Gap { expected }),
        }
    }
}

/// An event before which a projection stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "projection `{projection}` stands before `{event}` (schema version {schema}), event {version} of {stream} at position {position}: {cause}"
)]
#[non_exhaustive]
pub struct Stopped {
    /// The stored name of the projection.
    pub projection: &'static str,
    /// The stored name of the event.
    pub event: EventName,
    /// The shape of its body.
    pub schema: SchemaVersion,
    /// Its stream.
    pub stream: StreamId,
    /// Its number in the stream.
    pub version: Version,
    /// Its place in the store.
    pub position: Position,
    /// Why it was not taken in.
    pub cause: ProjectError,
}

impl Stopped {
    pub(super) fn before(
        projection: &'static str,
        event: &RawEvent<'_>,
        cause: ProjectError,
    ) -> Self {
        Self {
            projection,
            event: event.name().clone(),
            schema: event.schema(),
            stream: event.stream().clone(),
            version: event.version(),
            position: event.position(),
            cause,
        }
    }
}

/// Why a projection does not go on.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// It stands before an event that it cannot take in. Mend the rule, or the projection's policy; what stands before the
    /// event is folded.
    #[error(transparent)]
    Stopped(Box<Stopped>),
    /// The log could not be read, or the rows not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row in the store is none of the projection's, or a key is one that no table holds.
    #[error("a row of the projection cannot be read or written: {0}")]
    Cell(#[from] CellError),
    /// There is no projection of that name.
    #[error("no projection is called `{name}`; there are {known}")]
    Unknown {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
}

impl From<Stopped> for ProjectionError {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(Box::new(stopped))
    }
}
