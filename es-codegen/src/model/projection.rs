//! Projections: rows that follow from events.

use super::{AggregateId, Assignment, Event, EventId, Field, FieldId, Model, json};
use crate::{
    leaf::Leaf,
    names::{Name, RustName},
    source::{Span, Spanned},
};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// A projection: a table of rows, and what the events do to them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Projection {
    /// Its name; the Rust name is that of a row.
    pub name: Name,
    /// What its rows are.
    pub doc: Option<String>,
    /// So many of the columns are the key: the first ones. None is a single row.
    pub key: usize,
    /// The columns of a row.
    pub columns: Vec<Field>,
    /// The columns of each index, in the order in which it sorts by them.
    pub indexes: Vec<Vec<Spanned<FieldId>>>,
    /// What becomes of an event that cannot be projected.
    pub on_error: OnError,
    /// The number that tells its rules by hand from older ones; 1 where none is given.
    pub revision: Option<NonZeroU32>,
    /// What the events do to the rows, in the order of the schema.
    pub events: Vec<ProjectedEvent>,
}

impl Model {
    /// The event that a rule of a projection is about.
    #[must_use]
    pub fn projected(&self, projected: &ProjectedEvent) -> &Event {
        self.aggregates[projected.aggregate.0].event(projected.event.value)
    }
}

impl Projection {
    /// The module that its code has to itself; the file is called so, too.
    #[must_use]
    pub fn module(&self) -> RustName {
        RustName::module(self.name.rust.plain())
    }

    /// The columns that a row is found by.
    #[must_use]
    pub fn key_columns(&self) -> &[Field] {
        &self.columns[..self.key]
    }

    /// The other columns.
    #[must_use]
    pub fn row_columns(&self) -> &[Field] {
        &self.columns[self.key..]
    }

    /// The column with this id.
    #[must_use]
    pub fn column(&self, id: FieldId) -> &Field {
        &self.columns[id.0]
    }
}

/// What becomes of an event that cannot be projected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OnError {
    /// The projection stops before it.
    #[default]
    Stop,
    /// It is put aside, and the projection goes on.
    Park,
    /// It is tried again so many times before the projection stops.
    Retry(NonZeroU32),
}

/// What one event does to the rows of a projection.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectedEvent {
    /// The aggregate whose event it is.
    pub aggregate: AggregateId,
    /// The event.
    pub event: Spanned<EventId>,
    /// What it does.
    pub rule: RowRule,
}

/// What an event does to rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RowRule {
    /// It changes one row.
    One(RowChange),
    /// It changes several rows, one after the other; each change says which.
    Several(Vec<RowChange>),
    /// Whatever the user's code does.
    ByHand,
    /// Stands where a mistake was reported; a model that passed the check holds none.
    #[serde(skip)]
    Mistaken,
}

impl RowRule {
    /// The changes that the schema says.
    #[must_use]
    pub fn changes(&self) -> &[RowChange] {
        match self {
            Self::One(change) => std::slice::from_ref(change),
            Self::Several(changes) => changes,
            Self::ByHand | Self::Mistaken => &[],
        }
    }
}

/// A change of one row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowChange {
    /// The value of each key column, in the order of the columns, where the key is not the id of the event's stream; a
    /// column without one is a mistake.
    pub at: Option<Vec<Assignment>>,
    /// What happens to the row.
    pub change: Change,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

impl RowChange {
    /// Whether a part of it is the user's.
    #[must_use]
    pub fn is_by_hand(&self) -> bool {
        matches!(self.change, Change::InsertByHand)
            || matches!(self.change.update(), Some(Update::ByHand))
    }
}

/// What happens to a row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// It is made: the source of each column that is not of the key, in their order; a column without one is a mistake.
    Insert(Vec<Assignment>),
    /// It is made, by hand.
    InsertByHand,
    /// It is changed.
    Update(Update),
    /// It is changed, and made before where there is none, as [`Change::Insert`] does.
    Upsert(Vec<Assignment>, Update),
    /// It is taken away.
    Delete,
}

impl Change {
    /// Whether it can make a row.
    #[must_use]
    pub fn makes(&self) -> bool {
        matches!(
            self,
            Self::Insert(_) | Self::InsertByHand | Self::Upsert(..)
        )
    }

    /// What it gives the columns of a new row.
    #[must_use]
    pub fn made(&self) -> &[Assignment] {
        match self {
            Self::Insert(made) | Self::Upsert(made, _) => made,
            Self::InsertByHand | Self::Update(_) | Self::Delete => &[],
        }
    }

    /// What it does to a row that is there.
    #[must_use]
    pub fn update(&self) -> Option<&Update> {
        match self {
            Self::Update(update) | Self::Upsert(_, update) => Some(update),
            Self::Insert(_) | Self::InsertByHand | Self::Delete => None,
        }
    }
}

/// How a row changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Update {
    /// By these statements; none is a change of nothing, on purpose.
    #[serde(with = "json::statements")]
    Statements(Vec<Leaf>),
    /// By hand.
    ByHand,
}

impl Update {
    /// What the schema says.
    #[must_use]
    pub fn statements(&self) -> &[Leaf] {
        match self {
            Self::Statements(statements) => statements,
            Self::ByHand => &[],
        }
    }
}
