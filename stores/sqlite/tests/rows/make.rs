//! Tables of rows and commits to them.

use std::sync::Arc;

use es_runtime::{
    Cell, Mark, Parked, Position, RowChange, RowTable, RowsCommit, StoreError, Version,
};
use serde_json::{Value, json};

use crate::common::{position, stream};

/// A table of columns, each with its kind; one whose kind ends in `?` may be nothing.
pub(crate) fn table(
    projection: &str,
    fingerprint: u64,
    columns: &[(&str, &str)],
    key: &[usize],
    indexes: &[&[usize]],
) -> Arc<RowTable> {
    let columns: Vec<Value> = columns
        .iter()
        .map(|(name, kind)| {
            json!({
                "field": name,
                "name": name,
                "kind": kind.trim_end_matches('?'),
                "is_optional": kind.ends_with('?'),
            })
        })
        .collect();
    let table = json!({
        "projection": projection,
        "fingerprint": fingerprint,
        "columns": columns,
        "key": key,
        "indexes": indexes,
    });
    Arc::new(serde_json::from_value(table).unwrap())
}

/// Balances by owner.
pub(crate) fn balances(fingerprint: u64) -> Arc<RowTable> {
    let columns = [("owner", "text"), ("balance", "integer")];
    table("Balances", fingerprint, &columns, &[0], &[&[1]])
}

pub(crate) fn balance(owner: &str, balance: i64) -> RowChange {
    RowChange::Put(vec![text(owner), Cell::Integer(balance)])
}

pub(crate) fn gone(owner: &str) -> RowChange {
    RowChange::Delete(vec![text(owner)])
}

pub(crate) fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

pub(crate) fn commit(
    generation: u64,
    table: &Arc<RowTable>,
    from: Mark,
    to: u64,
    changes: Vec<RowChange>,
) -> RowsCommit {
    RowsCommit {
        generation,
        table: table.clone(),
        from,
        to: position(to),
        changes,
        park: Vec::new(),
        take_up: Vec::new(),
        stopped: None,
    }
}

pub(crate) fn parked(key: &str, version: u64, at: u64) -> Parked {
    let cause = "the rule failed".to_owned();
    let version = Version::new(version).unwrap();
    let at = Position::new(at).unwrap();
    Parked::new(stream(key), version, at, "deposited".into(), cause)
}

/// What an operation answered, to hold it against another answer.
pub(crate) fn shown<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> String {
    format!("{answer:?}")
}
