//! A value in a column.

use serde::{Deserialize, Serialize};

/// A value in a column of a table of rows; what it means, the [kind](super::ColumnKind) of the column says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_enums,
    reason = "every store has to keep each of them"
)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating-point number; never one that is not a number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}
