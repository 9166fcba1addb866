//! What can go wrong in a store, sorted by what the caller can do about it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::commit::Expected;
use crate::id::{CommandId, EventId, Position, StreamId, Version};

/// The cause behind an error of a store; shared, since one failed write is the answer to many callers.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// An error of a store. Its text tells the cause as well, so that printing it is enough; the cause itself is there to be looked
/// into.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// A stream does not stand where the commit expects it. Load, decide and append again.
    Conflict(Conflict),
    /// An event that the guard forbids stands behind the position it was read at. Read, decide and append again.
    Guarded {
        /// The first event that matches.
        position: Position,
        /// Up to where the decision had read.
        after: Option<Position>,
    },
    /// The commit stands in a chain behind one that was refused. Load, decide and append again.
    Behind,
    /// The command id stands for another command already. Use a fresh id for another wish.
    CommandReused {
        /// The id.
        id: CommandId,
    },
    /// An event of this id is stored already, or stands twice in the commit. Nothing was stored.
    DuplicateEvent {
        /// The id.
        id: EventId,
    },
    /// The commit cannot be stored as it is: too large, a name too long, a stream twice. Repeating does not help.
    Refused {
        /// What is wrong with it.
        reason: String,
    },
    /// The rows of a projection do not stand where a commit to them says, or are no more those that are folded: somebody
    /// else was faster. Nothing was written; look where they stand.
    RowsMoved {
        /// The stored name of the projection.
        projection: String,
    },
    /// There are no rows of a projection yet. Run it.
    NoRows {
        /// The stored name of the projection.
        projection: String,
    },
    /// The rows of a projection were folded by another definition of it. Rebuild it.
    RowsOutdated {
        /// The stored name of the projection.
        projection: String,
    },
    /// It did not work now and nothing was stored; it may work later.
    Transient {
        /// What was being done.
        operation: &'static str,
        /// Why it failed.
        cause: Cause,
    },
    /// It will not work until somebody mends the cause; nothing was stored.
    Permanent {
        /// What was being done.
        operation: &'static str,
        /// Why it failed.
        cause: Cause,
    },
    /// The commit may or may not be stored. Repeat the command under its id to find out.
    OutcomeUnknown {
        /// What was being done.
        operation: &'static str,
        /// Why there is no answer.
        cause: Cause,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict(conflict) => conflict.fmt(f),
            Self::Guarded { position, after } => write!(
                f,
                "an event at position {position} matches the guard, which had read up to {}",
                Shown(after)
            ),
            Self::Behind => f.write_str("the commit was decided on one that was refused"),
            Self::CommandReused { id } => {
                write!(f, "command id {id} was used before, for another command")
            }
            Self::DuplicateEvent { id } => write!(f, "an event of id {id} exists already"),
            Self::Refused { reason } => write!(f, "the commit is refused: {reason}"),
            Self::RowsMoved { projection } => write!(
                f,
                "the rows of projection `{projection}` have moved on, and nothing was written to them"
            ),
            Self::NoRows { projection } => write!(
                f,
                "there are no rows of projection `{projection}` yet; run it first"
            ),
            Self::RowsOutdated { projection } => write!(
                f,
                "the rows of projection `{projection}` were folded by another definition of it than this code has; rebuild it"
            ),
            Self::Transient { operation, cause } => write!(
                f,
                "{operation} failed for now, and nothing was stored: {cause}"
            ),
            Self::Permanent { operation, cause } => {
                write!(f, "{operation} failed, and nothing was stored: {cause}")
            }
            Self::OutcomeUnknown { operation, cause } => write!(
                f,
                "{operation} ended without an answer; the commit may or may not be stored: {cause}"
            ),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Conflict(conflict) => conflict.source(),
            _ => None,
        }
    }
}

/// Where a stream was expected, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The stream.
    pub stream: StreamId,
    /// What the commit expected.
    pub expected: Expected,
    /// What the store found; nothing where the stream does not exist.
    pub actual: Option<Version>,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stream,
            expected,
            actual,
        } = self;
        write!(
            f,
            "stream {stream} stands at {}, but {expected} was expected",
            found(actual)
        )
    }
}

impl Error for Conflict {}

fn found(actual: &Option<Version>) -> String {
    actual.map_or_else(
        || "no version (it does not exist)".to_owned(),
        |version| format!("version {version}"),
    )
}

/// Shows a cursor: a position, or the start.
struct Shown<'a>(&'a Option<Position>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(position) => position.fmt(f),
            None => f.write_str("the start"),
        }
    }
}

impl StoreError {
    /// It did not work now; nothing was stored.
    pub fn transient(
        operation: &'static str,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Transient {
            operation,
            cause: Arc::from(cause.into()),
        }
    }

    /// It will not work until the cause is mended; nothing was stored.
    pub fn permanent(
        operation: &'static str,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Permanent {
            operation,
            cause: Arc::from(cause.into()),
        }
    }

    /// Nobody knows whether it was stored.
    pub fn outcome_unknown(
        operation: &'static str,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::OutcomeUnknown {
            operation,
            cause: Arc::from(cause.into()),
        }
    }

    /// Whether the decision was overtaken by another one: then deciding again can help.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::Conflict(_) | Self::Guarded { .. } | Self::Behind
        )
    }
}
