//! What is asked of a table of rows, and the answer to it worked out on rows in memory.

use std::cmp::Ordering;

use super::number::number_key;
use super::{Cell, ColumnKind, RowTable};
use crate::id::Position;
use crate::store::Direction;

/// What is asked of a table of rows. Columns are places in [`RowTable::columns`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowQuery {
    /// What holds of every row that is found.
    pub filter: Vec<Condition>,
    /// In which order: by the first of them, then by the next one. Whoever asks puts the key columns last, so that no two
    /// rows are alike.
    pub order: Vec<RowOrder>,
    /// Behind the row that has these values in the columns of `order`.
    pub after: Option<Vec<Cell>>,
    /// How many at most; all, where nothing is said.
    pub limit: Option<usize>,
}

/// What holds of a row.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a column and what is asked of it"
)]
pub struct Condition {
    /// The column.
    pub column: usize,
    /// What holds of its cell.
    pub test: Test,
}

/// What holds of a cell. No cell is less or more than one that is [nothing](Cell::Null).
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every store has to answer each of them"
)]
pub enum Test {
    /// It is this value, or nothing where this is nothing.
    Is(Cell),
    /// It is another one.
    IsNot(Cell),
    /// It is one of these.
    IsOneOf(Vec<Cell>),
    /// It stands before this one.
    Less(Cell),
    /// It stands before this one, or is it.
    AtMost(Cell),
    /// It stands behind this one.
    More(Cell),
    /// It stands behind this one, or is it.
    AtLeast(Cell),
}

/// By which column rows are put in order; cells that are nothing stand before all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a column and a direction")]
pub struct RowOrder {
    /// The column.
    pub column: usize,
    /// Smallest first, or largest first.
    pub direction: Direction,
}

/// Rows, and the moment they are of.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "stores put it together")]
pub struct Found {
    /// One list of cells for each row.
    pub rows: Vec<Vec<Cell>>,
    /// Up to where they are folded.
    pub checkpoint: Option<Position>,
}

impl RowQuery {
    /// Whether every condition holds of the row.
    #[must_use]
    pub fn matches(&self, table: &RowTable, row: &[Cell]) -> bool {
        self.filter.iter().all(|condition| {
            let kind = table
                .columns
                .get(condition.column)
                .map(|column| column.kind);
            let cell = row.get(condition.column).unwrap_or(&Cell::Null);
            holds(&condition.test, kind.unwrap_or(ColumnKind::Text), cell)
        })
    }

    /// The rows among these that the query asks for, in its order.
    #[must_use]
    pub fn answer<'a>(
        &self,
        table: &RowTable,
        rows: impl Iterator<Item = &'a Vec<Cell>>,
    ) -> Vec<&'a Vec<Cell>> {
        let mut found: Vec<_> = rows.filter(|row| self.matches(table, row)).collect();
        found.sort_by(|left, right| self.compare(table, left, |column| right.get(column)));
        if let Some(after) = &self.after {
            let place = |column| self.order.iter().position(|order| order.column == column);
            found.retain(|row| {
                let cursor = |column| place(column).and_then(|place| after.get(place));
                self.compare(table, row, cursor) == Ordering::Greater
            });
        }
        found.truncate(self.limit.unwrap_or(usize::MAX));
        found
    }

    fn compare<'a>(
        &self,
        table: &RowTable,
        left: &[Cell],
        right: impl Fn(usize) -> Option<&'a Cell>,
    ) -> Ordering {
        for order in &self.order {
            let kind = table.columns.get(order.column).map(|column| column.kind);
            let ordering = compare(
                kind.unwrap_or(ColumnKind::Text),
                left.get(order.column).unwrap_or(&Cell::Null),
                right(order.column).unwrap_or(&Cell::Null),
            );
            let ordering = match order.direction {
                Direction::Forwards => ordering,
                Direction::Backwards => ordering.reverse(),
            };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        Ordering::Equal
    }
}

fn holds(test: &Test, kind: ColumnKind, cell: &Cell) -> bool {
    let is = |wanted: &Cell| compare(kind, cell, wanted) == Ordering::Equal;
    let stands = |wanted: &Cell, orderings: &[Ordering]| {
        *cell != Cell::Null
            && *wanted != Cell::Null
            && orderings.contains(&compare(kind, cell, wanted))
    };
    match test {
        Test::Is(wanted) => is(wanted),
        Test::IsNot(wanted) => !is(wanted),
        Test::IsOneOf(wanted) => wanted.iter().any(is),
        Test::Less(wanted) => stands(wanted, &[Ordering::Less]),
        Test::AtMost(wanted) => stands(wanted, &[Ordering::Less, Ordering::Equal]),
        Test::More(wanted) => stands(wanted, &[Ordering::Greater]),
        Test::AtLeast(wanted) => stands(wanted, &[Ordering::Greater, Ordering::Equal]),
    }
}

/// The order of two cells of a column: nothing first, then numbers, text and bytes.
fn compare(kind: ColumnKind, left: &Cell, right: &Cell) -> Ordering {
    match (left, right) {
        (Cell::Text(left), Cell::Text(right)) => match kind {
            ColumnKind::Number | ColumnKind::Duration => number_key(left).cmp(&number_key(right)),
            _ => left.cmp(right),
        },
        (Cell::Integer(left), Cell::Integer(right)) => left.cmp(right),
        // By value, so that zero is zero with either sign; all of them are numbers.
        (Cell::Real(left), Cell::Real(right)) => left.partial_cmp(right).unwrap_or(Ordering::Equal),
        (Cell::Bytes(left), Cell::Bytes(right)) => left.cmp(right),
        _ => class(left).cmp(&class(right)),
    }
}

fn class(cell: &Cell) -> u8 {
    match cell {
        Cell::Null => 0,
        Cell::Integer(_) | Cell::Real(_) => 1,
        Cell::Text(_) => 2,
        Cell::Bytes(_) => 3,
    }
}
