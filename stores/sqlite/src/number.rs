//! Between the counters of the runtime and the signed integers of SQLite.

use es_runtime::{Position, Version};

use crate::error::Trouble;

/// A counter as SQLite keeps it. What lies behind its range is behind every stored number.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A counter as it was stored, at least 1.
pub(crate) fn counted<T>(number: i64, new: fn(u64) -> Option<T>, what: &str) -> Result<T, Trouble> {
    u64::try_from(number)
        .ok()
        .and_then(new)
        .ok_or_else(|| Trouble::Damaged(format!("{number} stands where a {what} belongs")))
}

pub(crate) fn position(number: i64) -> Result<Position, Trouble> {
    counted(number, Position::new, "position")
}

pub(crate) fn version(number: i64) -> Result<Version, Trouble> {
    counted(number, Version::new, "version")
}
