//! What goes into a store in one piece, and what comes back: commits, expectations, guards, receipts.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::envelope::{Metadata, NewEvent};
use crate::hash::{FNV_START, fnv};
use crate::id::{CommandId, CommitNumber, Position, StreamId, Version};
use crate::name::{Category, EventName, Name, Tag};
use crate::time::Timestamp;

/// One piece of work: all of it is stored, or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commit {
    /// What is appended, stream by stream; each stream stands here once.
    pub writes: Vec<StreamWrite>,
    /// What must not have happened elsewhere.
    pub guard: Option<Guard>,
    /// The command that led to it, where it shall be carried out once only.
    pub command: Option<CommandRecord>,
    /// Who asked; kept beside each event.
    pub metadata: Metadata,
}

/// The events for one stream. Without events it is a read that must still hold.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamWrite {
    /// The stream.
    pub stream: StreamId,
    /// Where the stream must stand.
    pub expected: Expected,
    /// What is appended to it, in order.
    pub events: Vec<NewEvent>,
}

/// Where a stream must stand for a commit to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expected {
    /// Anywhere.
    Any,
    /// Nowhere: it must not exist.
    Missing,
    /// It must exist, at whatever version.
    Exists,
    /// Exactly here.
    At(Version),
}

impl Expected {
    /// What a decision expects that was made on a stream as it was loaded.
    #[must_use]
    pub fn as_loaded(version: Option<Version>) -> Self {
        version.map_or(Self::Missing, Self::At)
    }

    /// Whether a stream that stands at `actual` meets it.
    #[must_use]
    pub fn holds(self, actual: Option<Version>) -> bool {
        match self {
            Self::Any => true,
            Self::Missing => actual.is_none(),
            Self::Exists => actual.is_some(),
            Self::At(version) => actual == Some(version),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any version"),
            Self::Missing => f.write_str("no stream"),
            Self::Exists => f.write_str("an existing stream"),
            Self::At(version) => write!(f, "version {version}"),
        }
    }
}

/// Refuses a commit where an event that matches `query` stands behind `after`.
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    /// Which events would make the decision void.
    pub query: Query,
    /// Up to where the decision has read; nothing where it has read nothing.
    pub after: Option<Position>,
}

/// Which events of the whole store are meant: those that match any of its items.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// One is enough. No item matches no event.
    pub items: Vec<QueryItem>,
}

/// Events of any of these types that carry all of these tags; an empty list asks for nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryItem {
    /// One is enough.
    pub types: Vec<EventType>,
    /// All are needed.
    pub tags: Vec<Tag>,
}

/// An event name within its category.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventType {
    /// The kind of aggregate.
    pub category: Category,
    /// The stored name.
    pub name: EventName,
}

impl Query {
    /// Every event.
    #[must_use]
    pub fn all() -> Self {
        Self {
            items: vec![QueryItem::default()],
        }
    }

    /// Events of any of these types.
    pub fn types(types: impl IntoIterator<Item = (Category, EventName)>) -> Self {
        let types = types
            .into_iter()
            .map(|(category, name)| EventType { category, name })
            .collect();
        Self {
            items: vec![QueryItem {
                types,
                tags: Vec::new(),
            }],
        }
    }

    /// Events that carry all of these tags.
    pub fn tags(tags: impl IntoIterator<Item = Tag>) -> Self {
        Self {
            items: vec![QueryItem {
                types: Vec::new(),
                tags: tags.into_iter().collect(),
            }],
        }
    }

    /// Events that match this query or the other.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.items.extend(other.items);
        self
    }

    /// Whether an event of that type with these tags is meant.
    #[must_use]
    pub fn matches(&self, category: &Category, name: &EventName, tags: &[Tag]) -> bool {
        self.items.iter().any(|item| {
            let of_type = item.types.is_empty()
                || item
                    .types
                    .iter()
                    .any(|ty| ty.category == *category && ty.name == *name);
            of_type && item.tags.iter().all(|tag| tags.contains(tag))
        })
    }
}

/// A command as the store remembers it.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandRecord {
    /// The caller's id for it.
    pub id: CommandId,
    /// Its name.
    pub name: Name,
    /// What tells "the same again" from "another under the same id".
    pub fingerprint: Fingerprint,
    /// Its body, for the audit trail.
    pub body: Vec<u8>,
}

/// A stable hash of a command's name, stream and bytes: the same on every machine and in every release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of these parts; their borders count.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        // It only has to tell mistakes apart, not to withstand an attacker.
        let mut hash = FNV_START;
        for part in parts {
            hash = fnv(hash, &(part.len() as u64).to_le_bytes());
            hash = fnv(hash, part);
        }
        Self(hash)
    }

    /// The number, as stores keep it.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The fingerprint of a stored number.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// What a store answers to a commit: what was stored, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The number of the commit; nothing where it stored nothing.
    pub commit: Option<CommitNumber>,
    /// Where each stream stood before and stands after, in the order of the writes.
    pub streams: Vec<StreamReceipt>,
    /// The positions of its events, first and last; nothing where it had none.
    pub positions: Option<Positions>,
    /// When it was stored.
    pub recorded_at: Timestamp,
    /// Whether the command had been carried out before: then this is the receipt of that time.
    #[serde(skip)]
    pub repeated: bool,
}

impl Receipt {
    /// The position of the last event: what a read model must have reached to show the commit.
    #[must_use]
    pub fn last_position(&self) -> Option<Position> {
        self.positions.map(|positions| positions.last)
    }

    /// Where `stream` stands after the commit, if the commit wrote to it.
    #[must_use]
    pub fn version_of(&self, stream: &StreamId) -> Option<Version> {
        self.streams
            .iter()
            .find(|receipt| receipt.stream == *stream)?
            .after
    }

    /// The same receipt, given a second time.
    #[must_use]
    pub fn again(self) -> Self {
        Self {
            repeated: true,
            ..self
        }
    }
}

/// What a commit did to one stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamReceipt {
    /// The stream.
    pub stream: StreamId,
    /// Where it stood; nothing where it did not exist.
    pub before: Option<Version>,
    /// Where it stands.
    pub after: Option<Version>,
}

/// The first and the last position of a commit's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Positions {
    /// Of the first event.
    pub first: Position,
    /// Of the last event.
    pub last: Position,
}
