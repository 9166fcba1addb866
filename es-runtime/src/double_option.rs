//! Fields of the type `Option<Option<T>>`: left out, `null` and given stay three things on the wire.
//!
//! serde alone reads `null` and a field that is left out as the same. `es-codegen` writes these attributes:
//!
//! ```
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! struct Change {
//!     #[serde(default, skip_serializing_if = "Option::is_none", with = "es_runtime::double_option")]
//!     note: Option<Option<String>>,
//! }
//!
//! for (text, note) in [
//!     ("{}", None),
//!     (r#"{"note":null}"#, Some(None)),
//!     (r#"{"note":"fragile"}"#, Some(Some("fragile".to_owned()))),
//! ] {
//!     assert_eq!(serde_json::from_str::<Change>(text)?, Change { note: note.clone() });
//!     assert_eq!(serde_json::to_string(&Change { note })?, text);
//! }
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::ser::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes what is given, `null` included.
///
/// # Errors
/// Where the serializer refuses the value, and where there is none: without `skip_serializing_if` it would be read back as
/// a `null` that was given.
pub fn serialize<T: Serialize, S: Serializer>(
    value: &Option<Option<T>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(given) => given.serialize(serializer),
        None => Err(S::Error::custom(
            "a field that is left out needs `skip_serializing_if = \"Option::is_none\"`",
        )),
    }
}

/// Reads what is given, `null` included; a field that is left out never comes here.
///
/// # Errors
/// Where the value is none of the type.
pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
