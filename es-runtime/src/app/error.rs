//! What can go wrong when a command is carried out or an aggregate is read, sorted by what the caller can do about it.

use std::error::Error;

use crate::aggregate::FoldError;
use crate::check::Invalid;
use crate::envelope::{RawEvent, SchemaVersion};
use crate::event::DecodeError;
use crate::id::{Position, StreamId, Version};
use crate::json::EncodeError;
use crate::name::EventName;
use crate::store::StoreError;

/// Why a command was not carried out. `R` is the aggregate's own reason. The text tells everything there is to tell, causes
/// included.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError<R: Error + 'static> {
    /// The aggregate refuses. Tell whoever asked.
    #[error(transparent)]
    Rejected(R),
    /// The command, or the id it is for, holds a value that its type does not allow. Nothing was decided. Tell whoever
    /// asked.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The command is for what exists, and this does not.
    #[error("`{command}` needs {stream}, which does not exist")]
    Missing {
        /// The stream of the aggregate.
        stream: StreamId,
        /// The name of the command.
        command: &'static str,
    },
    /// The command is for what does not exist yet, and this does.
    #[error("`{command}` makes {stream}, which exists already")]
    Exists {
        /// The stream of the aggregate.
        stream: StreamId,
        /// The name of the command.
        command: &'static str,
    },
    /// Other writers were faster, again and again. Nothing was stored; try later.
    #[error("gave up after {attempts} attempts: {last}")]
    Conflict {
        /// How often it was decided.
        attempts: u32,
        /// The last refusal of the store.
        last: StoreError,
    },
    /// The command or one of its events holds a value that cannot be stored. Nothing was stored.
    #[error(transparent)]
    Unstorable(#[from] EncodeError),
    /// A stored event of the aggregate cannot be read, or a new one could not be. Nothing was stored.
    #[error(transparent)]
    Read(Box<ReadError>),
    /// A rule panicked. Nothing was stored.
    #[error(transparent)]
    Panicked(Box<RulePanicked>),
    /// A snapshot of the aggregate is not what its events give. Nothing was stored.
    #[error(transparent)]
    SnapshotDiffers(SnapshotDiffers),
    /// The store refuses or fails; its error says what can be done.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<R: Error + 'static> ExecuteError<R> {
    /// The same error with the aggregate's reason as another one's.
    #[must_use]
    pub fn map_rejection<Q: Error + 'static>(self, reason: impl FnOnce(R) -> Q) -> ExecuteError<Q> {
        match self {
            Self::Rejected(rejected) => ExecuteError::Rejected(reason(rejected)),
            Self::Invalid(invalid) => ExecuteError::Invalid(invalid),
            Self::Missing { stream, command } => ExecuteError::Missing { stream, command },
            Self::Exists { stream, command } => ExecuteError::Exists { stream, command },
            Self::Conflict { attempts, last } => ExecuteError::Conflict { attempts, last },
            Self::Unstorable(error) => ExecuteError::Unstorable(error),
            Self::Read(error) => ExecuteError::Read(error),
            Self::Panicked(error) => ExecuteError::Panicked(error),
            Self::SnapshotDiffers(error) => ExecuteError::SnapshotDiffers(error),
            Self::Store(error) => ExecuteError::Store(error),
        }
    }
}

impl<R: Error + 'static> From<LoadError> for ExecuteError<R> {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => Self::Store(error),
            LoadError::Read(error) => Self::Read(error),
            LoadError::SnapshotDiffers(error) => Self::SnapshotDiffers(error),
        }
    }
}

/// Why an aggregate could not be read.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One of its events cannot be read.
    #[error(transparent)]
    Read(Box<ReadError>),
    /// Its snapshot is not what its events give.
    #[error(transparent)]
    SnapshotDiffers(SnapshotDiffers),
}

impl LoadError {
    /// Whether events are missing before another one.
    pub(super) fn is_gap(&self) -> bool {
        matches!(self, Self::Read(error) if matches!(error.cause, ReadCause::Gap { .. }))
    }
}

/// A snapshot that is not what the events of its stream give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the snapshot of {stream} at version {version} is not what its events give; where a rule by hand was changed, raise the `revision` of the aggregate, and snapshots of before are passed over"
)]
#[non_exhaustive]
pub struct SnapshotDiffers {
    /// The stream.
    pub stream: StreamId,
    /// The version at which the snapshot was taken.
    pub version: Version,
}

/// An event that cannot be read or taken in, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event `{event}` (schema version {schema}) at version {version} of {stream}: {cause}")]
#[non_exhaustive]
pub struct ReadError {
    /// The stream.
    pub stream: StreamId,
    /// Its number in the stream.
    pub version: Version,
    /// Its place in the store; nothing where it was about to be stored.
    pub position: Option<Position>,
    /// Its stored name.
    pub event: EventName,
    /// The shape of its body.
    pub schema: SchemaVersion,
    /// What is wrong with it.
    pub cause: ReadCause,
}

impl ReadError {
    pub(super) fn of(event: &RawEvent<'_>, cause: ReadCause) -> Box<Self> {
        Box::new(Self {
            stream: event.stream().clone(),
            version: event.version(),
            position: Some(event.position()),
            event: event.name().clone(),
            schema: event.schema(),
            cause,
        })
    }
}

/// Why an event cannot be read or taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadCause {
    /// It is not one of the typed events.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It makes no sense behind the events before it.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// Events before it are missing in the store.
    #[error("the events before it are missing: version {expected} was expected")]
    Gap {
        /// The version that should have come.
        expected: Version,
    },
    /// The rule that takes it in panicked, by an overflow or an index beyond the end say.
    #[error("its rule panicked: {0}")]
    Panicked(String),
}

/// A rule of a command that panicked, its handler or a check, by an overflow or an index beyond the end say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rule of `{command}` panicked on {stream} at {}: {message}", .version.map_or_else(|| "no version".to_owned(), |version| format!("version {version}")))]
#[non_exhaustive]
pub struct RulePanicked {
    /// The stream of the aggregate.
    pub stream: StreamId,
    /// Where the aggregate stood; nothing where it did not exist or was not looked at yet.
    pub version: Option<Version>,
    /// The name of the command.
    pub command: &'static str,
    /// What the panic said.
    pub message: String,
}
