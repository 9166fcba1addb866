//! What is written to a table of rows in one go, and where the table stands.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Cell, RowTable};
use crate::id::{Position, StreamId, Version};
use crate::name::EventName;

/// Exactly where a generation stands: up to which event it is folded, and how often it was committed to.
///
/// The number tells apart two states at one position: parked events are taken in without moving it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mark {
    /// Everything up to here is folded; nothing before the first event.
    pub checkpoint: Option<Position>,
    /// How many commits there were.
    pub commits: u64,
}

/// What a generation is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "stores and those who fold tell them all apart"
)]
pub enum Role {
    /// It is the one that is read.
    Live,
    /// It is built beside the live one.
    Building,
    /// It was live before, and is kept until it is dropped.
    Retired,
}

/// Where a generation of rows stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The number of the generation, which no other one of the store has, nor ever had.
    pub generation: u64,
    /// What its rows are made of.
    pub table: Arc<RowTable>,
    /// What it is there for.
    pub role: Role,
    /// Where it stands.
    pub mark: Mark,
    /// How many events are parked.
    pub parked: u64,
    /// Why it stands before an event that it could not take in, where it does.
    pub stopped: Option<String>,
}

/// What is written to a generation of rows in one go.
#[derive(Clone, Debug)]
pub struct RowsCommit {
    /// The generation.
    pub generation: u64,
    /// What its rows are made of.
    pub table: Arc<RowTable>,
    /// Where it has to stand.
    pub from: Mark,
    /// Up to where it is folded then; not before that of `from`.
    pub to: Option<Position>,
    /// What becomes of the rows; each row stands in at most one of them.
    pub changes: Vec<RowChange>,
    /// What is put aside.
    pub park: Vec<Parked>,
    /// The streams of which everything up to and with a version is no more put aside.
    pub take_up: Vec<(StreamId, Version)>,
    /// Why it stands before an event that it cannot take in, where it does; replaces what was said before.
    pub stopped: Option<String>,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a row is there afterwards, or it is not"
)]
pub enum RowChange {
    /// It is these cells, one for each column, whatever it was before.
    Put(Vec<Cell>),
    /// There is none of that key, which is one cell for each key column.
    Delete(Vec<Cell>),
}

/// An event that a projection has put aside, to be taken in later.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parked {
    /// Its stream; later events of it are parked as well.
    pub stream: StreamId,
    /// Its number in the stream.
    pub version: Version,
    /// Its place in the log.
    pub position: Position,
    /// Its stored name.
    pub event: EventName,
    /// Why it was put aside.
    pub cause: String,
}

impl Parked {
    /// An event that is put aside for that cause.
    #[must_use]
    pub fn new(
        stream: StreamId,
        version: Version,
        position: Position,
        event: EventName,
        cause: String,
    ) -> Self {
        Self {
            stream,
            version,
            position,
            event,
            cause,
        }
    }
}
