//! What can go wrong when a command is carried out or an aggregate is read, sorted by what the caller can do about it.

use std::error::Error;
use std::fmt;

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
#[derive(Debug)]
#[non_exhaustive]
pub enum ExecuteError<R: Error + 'static> {
    /// The aggregate refuses. Tell whoever asked.
    Rejected(R),
    /// The command, or the id it is for, holds a value that its type does not allow. Nothing was decided. Tell whoever
    /// asked.
    Invalid(Invalid),
    /// The command is for what exists, and this does not.
    Missing {
        /// The stream of the aggregate.
        stream: StreamId,
        /// The name of the command.
        command: &'static str,
    },
    /// The command is for what does not exist yet, and this does.
    Exists {
        /// The stream of the aggregate.
        stream: StreamId,
        /// The name of the command.
        command: &'static str,
    },
    /// Other writers were faster, again and again. Nothing was stored; try later.
    Conflict {
        /// How often it was decided.
        attempts: u32,
        /// The last refusal of the store.
        last: StoreError,
    },
    /// The command or one of its events holds a value that cannot be stored. Nothing was stored.
    Unstorable(EncodeError),
    /// A stored event of the aggregate cannot be read, or a new one could not be. Nothing was stored.
    Read(Box<ReadError>),
    /// A rule panicked. Nothing was stored.
    Panicked(Box<RulePanicked>),
    /// A snapshot of the aggregate is not what its events give. Nothing was stored.
    SnapshotDiffers(SnapshotDiffers),
    /// The store refuses or fails; its error says what can be done.
    Store(StoreError),
}

impl<R: Error + 'static> fmt::Display for ExecuteError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(reason) => fmt::Display::fmt(reason, f),
            Self::Invalid(error) => error.fmt(f),
            Self::Missing { stream, command } => {
                write!(f, "`{command}` needs {stream}, which does not exist")
            }
            Self::Exists { stream, command } => {
                write!(f, "`{command}` makes {stream}, which exists already")
            }
            Self::Conflict { attempts, last } => {
                write!(f, "gave up after {attempts} attempts: {last}")
            }
            Self::Unstorable(error) => error.fmt(f),
            Self::Read(error) => error.fmt(f),
            Self::Panicked(error) => error.fmt(f),
            Self::SnapshotDiffers(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl<R: Error + 'static> Error for ExecuteError<R> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Rejected(reason) => reason.source(),
            Self::Invalid(error) => error.source(),
            Self::Unstorable(error) => error.source(),
            Self::Read(error) => error.source(),
            Self::Panicked(error) => error.source(),
            Self::SnapshotDiffers(error) => error.source(),
            Self::Store(error) => error.source(),
            Self::Missing { .. } | Self::Exists { .. } | Self::Conflict { .. } => None,
        }
    }
}

impl<R: Error + 'static> From<Invalid> for ExecuteError<R> {
    fn from(error: Invalid) -> Self {
        Self::Invalid(error)
    }
}

impl<R: Error + 'static> From<EncodeError> for ExecuteError<R> {
    fn from(error: EncodeError) -> Self {
        Self::Unstorable(error)
    }
}

impl<R: Error + 'static> From<StoreError> for ExecuteError<R> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
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
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// The store fails.
    Store(StoreError),
    /// One of its events cannot be read.
    Read(Box<ReadError>),
    /// Its snapshot is not what its events give.
    SnapshotDiffers(SnapshotDiffers),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Read(error) => error.fmt(f),
            Self::SnapshotDiffers(error) => error.fmt(f),
        }
    }
}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => error.source(),
            Self::Read(error) => error.source(),
            Self::SnapshotDiffers(error) => error.source(),
        }
    }
}

impl From<StoreError> for LoadError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl LoadError {
    /// Whether events are missing before another one.
    pub(super) fn is_gap(&self) -> bool {
        matches!(self, Self::Read(error) if matches!(error.cause, ReadCause::Gap { .. }))
    }
}

/// A snapshot that is not what the events of its stream give.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnapshotDiffers {
    /// The stream.
    pub stream: StreamId,
    /// The version at which the snapshot was taken.
    pub version: Version,
}

impl fmt::Display for SnapshotDiffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stream, version } = self;
        write!(
            f,
            "the snapshot of {stream} at version {version} is not what its events give; where a rule by hand was changed, raise the `revision` of the aggregate, and snapshots of before are passed over"
        )
    }
}

impl Error for SnapshotDiffers {}

/// An event that cannot be read or taken in, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stream,
            version,
            event,
            schema,
            cause,
            ..
        } = self;
        write!(
            f,
            "event `{event}` (schema version {schema}) at version {version} of {stream}: {cause}"
        )
    }
}

impl Error for ReadError {}

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
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadCause {
    /// It is not one of the typed events.
    Decode(DecodeError),
    /// It makes no sense behind the events before it.
    Fold(FoldError),
    /// Events before it are missing in the store.
    Gap {
        /// The version that should have come.
        expected: Version,
    },
    /// The rule that takes it in panicked, by an overflow or an index beyond the end say.
    Panicked(String),
}

impl fmt::Display for ReadCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => error.fmt(f),
            Self::Fold(error) => error.fmt(f),
            Self::Gap { expected } => write!(
                f,
                "the events before it are missing: version {expected} was expected"
            ),
            Self::Panicked(message) => write!(f, "its rule panicked: {message}"),
        }
    }
}

impl Error for ReadCause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Decode(error) => error.source(),
            Self::Fold(error) => error.source(),
            _ => None,
        }
    }
}

impl From<DecodeError> for ReadCause {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<FoldError> for ReadCause {
    fn from(error: FoldError) -> Self {
        Self::Fold(error)
    }
}

/// A rule of a command that panicked, its handler or a check, by an overflow or an index beyond the end say.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl fmt::Display for RulePanicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stream,
            version,
            command,
            message,
        } = self;
        write!(f, "a rule of `{command}` panicked on {stream} at ")?;
        match version {
            Some(version) => write!(f, "version {version}")?,
            None => f.write_str("no version")?,
        }
        write!(f, ": {message}")
    }
}

impl Error for RulePanicked {}

#[cfg(test)]
mod tests {
    use serde::ser::Error as _;

    use super::*;
    use crate::projection::{CellError, ProjectionError};

    #[test]
    fn a_rejection_is_told_as_the_aggregate_tells_it_with_its_source() {
        let reason = ProjectionError::from(CellError::custom("too long"));
        let text = reason.to_string();
        let error = ExecuteError::Rejected(reason);
        assert_eq!(error.to_string(), text);
        let source = error.source().map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("too long"));
    }
}
