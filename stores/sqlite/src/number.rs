//! Between the numbers of the runtime and the signed integers of SQLite.

use es_runtime::{Codec, Position, SchemaVersion, Version};

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

/// The schema, what it reads as, and the codec of an event in one number, which a row holds in less room and is read from
/// faster. Small where an event reads as its own schema and is JSON, as most are.
pub(crate) fn packed(schema: SchemaVersion, reads_as: SchemaVersion, codec: u8) -> i64 {
    let (schema, reads_as) = (i64::from(schema.get()), i64::from(reads_as.get()));
    schema | (schema ^ reads_as) << 16 | i64::from(codec ^ JSON) << 32
}

/// What [`packed`] has packed; nothing where it has not packed that number.
pub(crate) fn unpacked(number: i64) -> Option<(SchemaVersion, SchemaVersion, u8)> {
    let [schema, difference] = [number, number >> 16].map(|number| number & i64::from(u16::MAX));
    let codec = u8::try_from(number >> 32).ok()? ^ JSON;
    let version = |number| Some(SchemaVersion::new(u16::try_from(number).ok()?));
    Some((version(schema)?, version(schema ^ difference)?, codec))
}

/// What is left of the number of a codec where it is the usual one: nothing.
const JSON: u8 = Codec::Json.number();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked_again() {
        let versions = [1, 2, 255, 256, u16::MAX].map(SchemaVersion::new);
        for schema in versions {
            for reads_as in versions {
                for codec in [0, 1, 2, u8::MAX] {
                    let number = packed(schema, reads_as, codec);
                    assert_eq!(unpacked(number), Some((schema, reads_as, codec)));
                }
            }
        }
        let one = SchemaVersion::FIRST;
        assert_eq!(packed(one, one, Codec::Json.number()), 1);
    }

    #[test]
    fn what_was_not_packed_is_found_out() {
        for number in [-1, i64::MIN, 1 << 40, i64::MAX] {
            assert_eq!(unpacked(number), None);
        }
    }
}
