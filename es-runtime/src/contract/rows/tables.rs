//! The tables that the cases keep rows in, and what is written to them.

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::contract::make::stream;
use crate::describe::{Content, FieldDescription, RowsDescription, shape_of};
use crate::id::{Position, Version};
use crate::row_store::{
    Cell, Parked, RowChange, RowOrder, RowQuery, RowTable, RowsCommit, Standing,
};
use crate::store::Direction;
use crate::time::{Duration, Timestamp};

/// A name, and how often it was counted.
pub(super) fn counts() -> Arc<RowTable> {
    counts_of(1)
}

/// The same columns by another definition of the projection, and so with another fingerprint.
pub(super) fn counts_of(revision: u32) -> Arc<RowTable> {
    table(COUNTS, &["name"], revision)
}

/// The same projection with one more column.
pub(super) fn noted_counts() -> Arc<RowTable> {
    table(NOTED_COUNTS, &["name"], 2)
}

/// The same projection with a single row.
pub(super) fn single_count() -> Arc<RowTable> {
    table(COUNTS, &[], 3)
}

const COUNTS: Content = Content::Fields(&[
    FieldDescription::new("name", shape_of::<String>()),
    FieldDescription::new("count", shape_of::<i64>()),
]);

const NOTED_COUNTS: Content = Content::Fields(&[
    FieldDescription::new("name", shape_of::<String>()),
    FieldDescription::new("note", shape_of::<Option<String>>()),
    FieldDescription::new("count", shape_of::<i64>()),
]);

fn table(content: Content, key: &'static [&'static str], revision: u32) -> Arc<RowTable> {
    named(RowsDescription::new(
        "Counts",
        content,
        key,
        &[&["count"]],
        &[],
        "",
        revision,
    ))
}

/// A projection that keeps nothing but how far it was folded.
pub(super) fn without_columns() -> Arc<RowTable> {
    named(RowsDescription::new(
        "Nothing",
        Content::Fields(&[]),
        &[],
        &[],
        &[],
        "",
        1,
    ))
}

pub(super) fn named(description: RowsDescription) -> Arc<RowTable> {
    Arc::new(RowTable::of(&description))
}

/// A column of each kind, each of which may be nothing but the first, which is the key.
pub(super) fn kinds() -> Arc<RowTable> {
    named(RowsDescription::new(
        "Kinds",
        KINDS,
        &["id"],
        &[&["whole", "number"], &["text"]],
        &[],
        "",
        1,
    ))
}

const KINDS: Content = Content::Fields(&[
    FieldDescription::new("id", shape_of::<i64>()),
    FieldDescription::new("flag", shape_of::<Option<bool>>()),
    FieldDescription::new("whole", shape_of::<Option<u64>>()),
    FieldDescription::new("real", shape_of::<Option<f64>>()),
    FieldDescription::new("number", shape_of::<Option<Decimal>>()),
    FieldDescription::new("text", shape_of::<Option<String>>()),
    FieldDescription::new("moment", shape_of::<Option<Timestamp>>()),
    FieldDescription::new("span", shape_of::<Option<Duration>>()),
    FieldDescription::new("list", shape_of::<Option<Vec<String>>>()),
]);

pub(super) fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// A row of [`counts`].
pub(super) fn count(name: &str, count: i64) -> Vec<Cell> {
    vec![text(name), Cell::Integer(count)]
}

/// Puts a row of [`counts`].
pub(super) fn put(name: &str, counted: i64) -> RowChange {
    RowChange::Put(count(name, counted))
}

/// Deletes a row of [`counts`].
pub(super) fn delete(name: &str) -> RowChange {
    RowChange::Delete(vec![text(name)])
}

/// The position of that number; nothing before the first one.
pub(super) fn at(number: u64) -> Option<Position> {
    Position::new(number)
}

/// A commit to a generation from where it stands.
pub(super) fn to(standing: &Standing, checkpoint: u64, changes: Vec<RowChange>) -> RowsCommit {
    RowsCommit {
        generation: standing.generation,
        table: standing.table.clone(),
        from: standing.mark,
        to: at(checkpoint),
        changes,
        park: vec![],
        take_up: vec![],
        stopped: None,
    }
}

/// All rows in the order of their keys.
pub(super) fn by_key(table: &RowTable) -> RowQuery {
    let order = table.key.iter().map(|column| RowOrder {
        column: *column,
        direction: Direction::Forwards,
    });
    RowQuery {
        order: order.collect(),
        ..RowQuery::default()
    }
}

/// An event that was put aside.
pub(super) fn parked(key: &str, version: u64, position: u64) -> Parked {
    Parked::new(
        stream(key),
        Version::new(version).unwrap_or(Version::FIRST),
        at(position).unwrap_or(Position::FIRST),
        "deposited".into(),
        "no row of that key".to_owned(),
    )
}
