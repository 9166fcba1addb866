//! Bodies as JSON: written so that they read back the same, read in place, with the path of whatever does not fit.

use std::error::Error;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

mod path;
mod strict;

use strict::{Strict, Trail};

/// What JSON is written by.
type Writer<'a> = serde_json::Serializer<&'a mut Vec<u8>>;

/// What JSON is read by.
pub(crate) type Reader<'a> = serde_json::Deserializer<serde_json::de::SliceRead<'a>>;

/// Writes a value as JSON.
///
/// # Errors
/// Where a value would not read back as it is: a float that is not a number or infinite, a map key that is not text,
/// a number or a unit, a `Some` that is written as `null`, more than 127 lists and objects one in another.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, EncodeError> {
    write(None, &value)
}

/// As [`encode`], with errors that name the event or command.
pub(crate) fn encode_as(what: &'static str, value: &dyn Written) -> Result<Vec<u8>, EncodeError> {
    write(Some(what), value)
}

/// A value that can be written. As an object, so that for each event and command of an application no more is compiled than
/// what it is made of.
pub(crate) trait Written {
    /// Writes it.
    fn write(&self, writer: Strict<'_, &mut Writer<'_>>) -> serde_json::Result<()>;
}

impl<T: Serialize> Written for T {
    fn write(&self, writer: Strict<'_, &mut Writer<'_>>) -> serde_json::Result<()> {
        self.serialize(writer)
    }
}

fn write(what: Option<&'static str>, value: &dyn Written) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::with_capacity(128);
    let trail = Trail::default();
    let mut json = serde_json::Serializer::new(&mut bytes);
    match value.write(Strict::new(&mut json, &trail)) {
        Ok(()) => Ok(bytes),
        Err(error) => Err(EncodeError {
            what,
            path: trail.path(),
            reason: error.to_string(),
        }),
    }
}

/// Reads a value from JSON.
///
/// # Errors
/// Where the text is not JSON or not such a value; says where.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BodyError> {
    serde_json::from_slice(bytes).map_err(|error| BodyError::new(bytes, &error))
}

/// Has `read` take one value from JSON, and nothing be left.
///
/// # Errors
/// As [`decode`].
pub(crate) fn decode_by(
    bytes: &[u8],
    read: impl FnOnce(&mut Reader<'_>) -> serde_json::Result<()>,
) -> Result<(), BodyError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = read(&mut reader).and_then(|()| reader.end());
    read.map_err(|error| BodyError::new(bytes, &error))
}

/// A value that JSON cannot hold so that it reads back the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError {
    what: Option<&'static str>,
    path: Option<String>,
    reason: String,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(what) = self.what {
            write!(f, "`{what}` ")?;
        }
        write!(f, "cannot be stored{}: {}", at(&self.path), self.reason)
    }
}

impl Error for EncodeError {}

impl EncodeError {
    /// The same error, naming the event or command.
    #[must_use]
    pub fn of(self, what: &'static str) -> Self {
        Self {
            what: Some(what),
            ..self
        }
    }

    /// The field that cannot be stored, such as `items[2].weight`.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }
}

/// Bytes that are not the value they should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyError {
    path: Option<String>,
    reason: String,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.reason, at(&self.path))
    }
}

impl Error for BodyError {}

impl BodyError {
    /// Reading the text stopped with `error`.
    fn new(text: &[u8], error: &serde_json::Error) -> Self {
        Self {
            path: path::of_error(text, error),
            reason: error.to_string(),
        }
    }

    /// The field that does not fit, such as `items[2].price`.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }
}

fn at(path: &Option<String>) -> String {
    path.as_ref()
        .map(|path| format!(" at `{path}`"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    struct Parcel {
        #[expect(dead_code, reason = "only read")]
        items: Vec<Item>,
    }

    #[derive(serde::Deserialize, Debug)]
    struct Item {
        #[expect(dead_code, reason = "only read")]
        weight: f64,
    }

    #[test]
    fn a_body_that_does_not_fit_is_told_with_its_path() {
        let error = decode::<Parcel>(br#"{"items":[{"weight":1},{"weight":"x"}]}"#).unwrap_err();
        assert_eq!(error.path(), Some("items[1].weight"), "{error}");
    }
}
