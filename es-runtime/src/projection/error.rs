//! What can go wrong while rows are folded.

use std::error::Error;
use std::fmt;

use super::encode::CellError;
use crate::app::NoEarlier;
use crate::envelope::{RawEvent, SchemaVersion};
use crate::event::DecodeError;
use crate::id::{Position, StreamId, Version};
use crate::json::EncodeError;
use crate::name::EventName;
use crate::store::StoreError;

/// An event that does not fit the rows of a projection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowError {
    /// It makes a row that is there already.
    Exists {
        /// The key of the row.
        key: String,
    },
    /// It changes or deletes a row that is not there.
    Missing {
        /// The key of the row.
        key: String,
    },
    /// Its rule gave a row another key than the row is found by.
    KeyChanged {
        /// The key of the row.
        key: String,
        /// What the rule has made of it.
        now: String,
    },
    /// The row has to be fetched first. A rule by hand passes it on; the event is taken in anew when the row is there.
    NotAtHand {
        /// The key of the row.
        key: String,
    },
    /// A rule by hand says so.
    Refused {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists { key } => write!(f, "there is a row of key {key} already"),
            Self::Missing { key } => write!(f, "there is no row of key {key}"),
            Self::KeyChanged { key, now } => write!(
                f,
                "the row of key {key} has become one of key {now}; delete it and insert the other"
            ),
            Self::NotAtHand { key } => write!(f, "the row of key {key} is not at hand"),
            Self::Refused { reason } => f.write_str(reason),
        }
    }
}

impl Error for RowError {}

impl RowError {
    /// The reason for which a rule by hand does not take an event in.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused {
            reason: reason.into(),
        }
    }
}

/// Why a stored event was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProjectError {
    /// It is none of the typed events.
    Decode(DecodeError),
    /// It cannot be read without the events before it in its stream, which are missing in the store.
    Gap {
        /// The first that is missing.
        expected: Version,
    },
    /// It is read as several, of which one cannot be.
    Part(EncodeError),
    /// The id of its aggregate is not a key of the rows.
    Id {
        /// The key of its stream.
        key: String,
    },
    /// It does not fit the rows.
    Row(RowError),
    /// It makes of a row what no table holds.
    Cell(CellError),
    /// A rule panicked.
    Panicked(String),
    /// An earlier event of its stream is parked.
    Behind {
        /// The earlier event.
        version: Version,
    },
}

impl fmt::Display for ProjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => error.fmt(f),
            Self::Gap { expected } => write!(
                f,
                "the events before it are missing, from version {expected} on"
            ),
            Self::Part(error) => write!(f, "a part of it: {error}"),
            Self::Id { key } => write!(f, "`{key}` is not an id of its aggregate"),
            Self::Row(error) => error.fmt(f),
            Self::Cell(error) => error.fmt(f),
            Self::Panicked(message) => write!(f, "a rule panicked: {message}"),
            Self::Behind { version } => write!(
                f,
                "an earlier event of its stream is parked, at version {version}"
            ),
        }
    }
}

impl Error for ProjectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Decode(error) => error.source(),
            Self::Row(error) => error.source(),
            Self::Cell(error) => error.source(),
            _ => None,
        }
    }
}

impl From<DecodeError> for ProjectError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<RowError> for ProjectError {
    fn from(error: RowError) -> Self {
        Self::Row(error)
    }
}

impl From<CellError> for ProjectError {
    fn from(error: CellError) -> Self {
        Self::Cell(error)
    }
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
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            projection,
            event,
            schema,
            stream,
            version,
            position,
            cause,
        } = self;
        write!(
            f,
            "projection `{projection}` stands before `{event}` (schema version {schema}), event {version} of {stream} at position {position}: {cause}"
        )
    }
}

impl Error for Stopped {}

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
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ProjectionError {
    /// It stands before an event that it cannot take in. Mend the rule, or the projection's policy; what stands before the
    /// event is folded.
    Stopped(Box<Stopped>),
    /// The log could not be read, or the rows not be read or written.
    Store(StoreError),
    /// A row in the store is none of the projection's, or a key is one that no table holds.
    Cell(CellError),
    /// There is no projection of that name.
    Unknown {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
}

impl fmt::Display for ProjectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Cell(error) => write!(
                f,
                "a row of the projection cannot be read or written: {error}"
            ),
            Self::Unknown { name, known } => {
                write!(f, "no projection is called `{name}`; there are {known}")
            }
        }
    }
}

impl Error for ProjectionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Stopped(error) => error.source(),
            Self::Store(error) => error.source(),
            Self::Cell(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StoreError> for ProjectionError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<CellError> for ProjectionError {
    fn from(error: CellError) -> Self {
        Self::Cell(error)
    }
}

impl From<Stopped> for ProjectionError {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(Box::new(stopped))
    }
}
