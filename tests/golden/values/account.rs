//! A type of the user's own that is called otherwise in the schema, and that is `Copy`.

use super::generated::Point;
use es_runtime::{Describe, describe::Shape};
use serde::{Deserialize, Serialize};

/// Where the money is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankAccount {
    /// Eastwards.
    pub x: i64,
    /// Northwards.
    pub y: i64,
}

impl Describe for BankAccount {
    const SHAPE: Shape = Point::SHAPE;
}
