//! What a reader asks of the rows of a projection, with the types of its columns.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::encode::{self, CellError};
use super::{Projection, decode};
use crate::id::Position;
use crate::row_store::{Cell, ColumnKind, Condition, Found, RowOrder, RowQuery, RowTable, Test};
use crate::store::Direction;

/// A column of the projection `P` whose values are `T`, as [`Find::filter`] and [`Find::order_by`] give it.
pub struct Column<P, T> {
    place: usize,
    of: PhantomData<fn(P, T)>,
}

impl<P, T> fmt::Debug for Column<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Column({})", self.place)
    }
}

/// What holds of the rows that are found, by one column.
#[must_use = "it is for `Find::filter`"]
pub struct Filter<P> {
    /// What could not be written is told when rows are asked for.
    condition: Result<Condition, CellError>,
    of: PhantomData<fn(P)>,
}

impl<P> fmt::Debug for Filter<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)
    }
}

/// By which column rows are put in order.
#[must_use = "it is for `Find::order_by`"]
pub struct Order<P> {
    order: RowOrder,
    of: PhantomData<fn(P)>,
}

impl<P> fmt::Debug for Order<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.order.fmt(f)
    }
}

impl<P, T> Column<P, T> {
    /// The column at a place; what the derive writes.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(place: usize) -> Self {
        let of = PhantomData;
        Self { place, of }
    }
}

impl<P: Projection, T: Serialize> Column<P, T> {
    /// The value is this one.
    pub fn is(&self, value: impl std::borrow::Borrow<T>) -> Filter<P> {
        self.test(value.borrow(), Test::Is)
    }

    /// The value is another one.
    pub fn is_not(&self, value: impl std::borrow::Borrow<T>) -> Filter<P> {
        self.test(value.borrow(), Test::IsNot)
    }

    /// The value is one of these.
    pub fn is_one_of<'v>(&self, values: impl IntoIterator<Item = &'v T>) -> Filter<P>
    where
        T: 'v,
    {
        let table = RowTable::of(&P::description());
        let cells: Result<Vec<Cell>, _> = values
            .into_iter()
            .map(|value| self.cell(&table, value))
            .collect();
        self.filter(cells.map(Test::IsOneOf))
    }

    /// The value stands before this one. None that is nothing does.
    pub fn less_than(&self, value: impl std::borrow::Borrow<T>) -> Filter<P> {
        self.test(value.borrow(), Test::Less)
    }

    /// The value stands before this one, or is it.
    pub fn at_most(&self, value: impl std::borrow::Borrow<T>) -> Filter<P> {
        self.test(value.borrow(), Test::AtMost)
    }

    /// The value stands behind this one. None that is nothing does.
    pub fn more_than(&self, value: impl std::borrow::Borrow<T>) -> Filter<P> {
        self.test(value.borrow(), Test::More)
    }

    /// The value stands behind this one, or is it.
    pub fn at_least(&self, value: impl std::borrow::Borrow<T>) -> Filter<P> {
        self.test(value.borrow(), Test::AtLeast)
    }

    /// Smallest first; nothing before all values. Text is in the order of its bytes, and so are the values of an enum, which
    /// are stored by their names.
    pub fn ascending(&self) -> Order<P> {
        self.order(Direction::Forwards)
    }

    /// Largest first.
    pub fn descending(&self) -> Order<P> {
        self.order(Direction::Backwards)
    }

    fn order(&self, direction: Direction) -> Order<P> {
        let column = self.place;
        Order {
            order: RowOrder { column, direction },
            of: PhantomData,
        }
    }

    fn test(&self, value: &T, test: impl FnOnce(Cell) -> Test) -> Filter<P> {
        let table = RowTable::of(&P::description());
        self.filter(self.cell(&table, value).map(test))
    }

    fn cell(&self, table: &RowTable, value: &T) -> Result<Cell, CellError> {
        match table.columns.get(self.place) {
            Some(column) => encode::cell(column, value),
            None => Ok(Cell::Null),
        }
    }

    fn filter(&self, test: Result<Test, CellError>) -> Filter<P> {
        let column = self.place;
        Filter {
            condition: test.map(|test| Condition { column, test }),
            of: PhantomData,
        }
    }
}

/// Which rows of the projection `P` are asked for, in which order.
///
/// Without an order they come in that of their keys.
#[must_use = "it is for `ReadModel::find` and `MemoryRows::find`"]
pub struct Find<P> {
    filter: Vec<Filter<P>>,
    order: Vec<RowOrder>,
    after: Option<Cursor>,
    limit: Option<usize>,
}

impl<P> fmt::Debug for Find<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Find")
            .field("filter", &self.filter)
            .field("order", &self.order)
            .field("after", &self.after)
            .field("limit", &self.limit)
            .finish()
    }
}

/// Where a page of rows has ended, to go on behind it: as a value, or as text for whoever asks from afar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(Vec<Cell>);

/// Rows of a projection, all as of one moment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RowsPage<P> {
    /// The rows, in order.
    pub rows: Vec<P>,
    /// Behind them, where there may be more: give it to [`Find::after`].
    pub next: Option<Cursor>,
    /// Up to where they are folded.
    pub checkpoint: Option<Position>,
}

/// What is asked for cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindError {
    /// A value in a filter is one that the column cannot hold.
    Value(CellError),
    /// Values of that column are lists or have parts; they have no order.
    NoOrder {
        /// The column.
        column: String,
    },
    /// The cursor is one of another order.
    Cursor,
}

impl fmt::Display for FindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(error) => error.fmt(f),
            Self::NoOrder { column } => write!(
                f,
                "rows cannot be put in order by column `{column}`, nor compared by more than equality: it has no order"
            ),
            Self::Cursor => f.write_str("the cursor is one of another order; begin without one"),
        }
    }
}

impl Error for FindError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Value(error) => error.source(),
            _ => None,
        }
    }
}

impl From<CellError> for FindError {
    fn from(error: CellError) -> Self {
        Self::Value(error)
    }
}

impl<P: Projection> Find<P> {
    /// All rows.
    pub fn all() -> Self {
        Self {
            filter: Vec::new(),
            order: Vec::new(),
            after: None,
            limit: None,
        }
    }

    /// Those of them of which this holds as well: `.filter(|row| row.status.is(Status::Open))`.
    pub fn filter(mut self, filter: impl FnOnce(&P::Columns) -> Filter<P>) -> Self {
        self.filter.push(filter(&P::COLUMNS));
        self
    }

    /// In this order, or where rows are alike by what was said before: `.order_by(|row| row.total.descending())`.
    pub fn order_by(mut self, order: impl FnOnce(&P::Columns) -> Order<P>) -> Self {
        self.order.push(order(&P::COLUMNS).order);
        self
    }

    /// Behind the page that gave the cursor, in the same order. Rows that came or went in between neither double nor hide others.
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.after = Some(cursor);
        self
    }

    /// At most so many.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// As a store is asked.
    pub(super) fn query(self, table: &RowTable) -> Result<RowQuery, FindError> {
        let conditions = self.filter.into_iter().map(|filter| filter.condition);
        let mut order = self.order;
        for column in &table.key {
            if !order.iter().any(|order| order.column == *column) {
                let (column, direction) = (*column, Direction::Forwards);
                order.push(RowOrder { column, direction });
            }
        }
        let after = self.after.map(|Cursor(cells)| cells);
        if after
            .as_ref()
            .is_some_and(|cells| cells.len() != order.len())
        {
            return Err(FindError::Cursor);
        }
        let query = RowQuery {
            filter: conditions.collect::<Result<_, _>>()?,
            order,
            after,
            limit: self.limit,
        };
        check_order(table, &query)?;
        Ok(query)
    }
}

/// No column without an order is compared.
fn check_order(table: &RowTable, query: &RowQuery) -> Result<(), FindError> {
    let is_compared = |condition: &&Condition| {
        !matches!(
            condition.test,
            Test::Is(_) | Test::IsNot(_) | Test::IsOneOf(_)
        )
    };
    let compared = query.filter.iter().filter(is_compared);
    let ordered = query.order.iter().map(|order| order.column);
    // The key may be such a column: any order will do for it then.
    let ordered = ordered.filter(|column| !table.key.contains(column));
    for place in compared.map(|condition| condition.column).chain(ordered) {
        if let Some(column) = table.columns.get(place)
            && column.kind == ColumnKind::Json
        {
            let column = column.field.clone();
            return Err(FindError::NoOrder { column });
        }
    }
    Ok(())
}

/// The rows that a store has found.
pub(super) fn page<P: Projection>(
    table: &RowTable,
    query: &RowQuery,
    found: Found,
) -> Result<RowsPage<P>, CellError> {
    let is_full = query
        .limit
        .is_some_and(|limit| limit > 0 && found.rows.len() >= limit);
    let next = found.rows.last().filter(|_| is_full).map(|row| {
        let cell = |order: &RowOrder| row.get(order.column).cloned().unwrap_or(Cell::Null);
        Cursor(query.order.iter().map(cell).collect())
    });
    let rows = found.rows.iter().map(|cells| decode::row(table, cells));
    Ok(RowsPage {
        rows: rows.collect::<Result<_, _>>()?,
        next,
        checkpoint: found.checkpoint,
    })
}
