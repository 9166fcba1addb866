//! By what the rows of two generations differ.

use serde::Serialize;

use super::{Cell, RowColumn, RowTable, Standing};
use crate::id::Position;

/// By what the rows of a new generation differ from those of an old one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RowsDiff {
    /// Up to where the old one was folded.
    pub old_checkpoint: Option<Position>,
    /// Up to where the new one was folded.
    pub new_checkpoint: Option<Position>,
    /// The columns that only the new one has, or that hold values of another kind there.
    pub columns_added: Vec<String>,
    /// The columns that only the old one has, or that hold values of another kind there.
    pub columns_removed: Vec<String>,
    /// How many rows have a key that only the new one has.
    pub added: u64,
    /// How many rows have a key that only the old one has.
    pub removed: u64,
    /// How many rows differ in a column that both have.
    pub changed: u64,
    /// Some of the keys that were added.
    pub added_samples: Vec<Vec<Cell>>,
    /// Some of the keys that were removed.
    pub removed_samples: Vec<Vec<Cell>>,
    /// Some of the rows that were changed.
    pub changed_samples: Vec<ChangedRow>,
}

/// A row that differs between two generations.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChangedRow {
    /// Its key.
    pub key: Vec<Cell>,
    /// The columns in which it differs, with the old value and the new one.
    pub columns: Vec<(String, Cell, Cell)>,
}

impl RowsDiff {
    /// The columns by which two generations differ; their rows are still to be compared.
    #[must_use]
    pub fn between(old: &Standing, new: &Standing) -> Self {
        let only = |these: &RowTable, those: &RowTable| -> Vec<String> {
            let has =
                |column: &&RowColumn| !those.columns.iter().any(|other| is_same(column, other));
            let only = these.columns.iter().filter(has);
            only.map(|column| column.field.clone()).collect()
        };
        Self {
            old_checkpoint: old.mark.checkpoint,
            new_checkpoint: new.mark.checkpoint,
            columns_added: only(&new.table, &old.table),
            columns_removed: only(&old.table, &new.table),
            ..Self::default()
        }
    }

    /// The columns that both have, by their field, and their places in the old table and the new one.
    #[must_use]
    pub fn common_columns(old: &RowTable, new: &RowTable) -> Vec<(String, usize, usize)> {
        let places = new
            .columns
            .iter()
            .enumerate()
            .filter_map(|(place, column)| {
                let of_old = old
                    .columns
                    .iter()
                    .position(|other| is_same(column, other))?;
                Some((column.field.clone(), of_old, place))
            });
        places.collect()
    }

    /// Whether a row of one can be found in the other: else all rows of the old one went, and all of the new one came.
    #[must_use]
    pub fn has_comparable_keys(old: &RowTable, new: &RowTable) -> bool {
        let key = |table: &RowTable| -> Vec<RowColumn> {
            let columns = table
                .key
                .iter()
                .filter_map(|place| table.columns.get(*place));
            columns.cloned().collect()
        };
        let (old, new) = (key(old), key(new));
        old.len() == new.len() && old.iter().zip(&new).all(|(old, new)| is_same(old, new))
    }

    /// Whether a row of one is that of the other, and no column came or went.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added == 0
            && self.removed == 0
            && self.changed == 0
            && self.columns_added.is_empty()
            && self.columns_removed.is_empty()
    }
}

fn is_same(left: &RowColumn, right: &RowColumn) -> bool {
    left.field == right.field && left.kind == right.kind
}

impl ChangedRow {
    /// A row of that key, with the columns in which it differs.
    #[must_use]
    pub fn new(key: Vec<Cell>, columns: Vec<(String, Cell, Cell)>) -> Self {
        Self { key, columns }
    }
}
