//! Values that a scenario gives, already read by the types they are for.

use super::{FieldId, SymbolId, TypeId};
use crate::source::Span;
use serde::{Deserialize, Serialize};

/// A field with its value.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldValue {
    /// The field.
    pub field: FieldId,
    /// Its value.
    pub value: Value,
}

/// A value and where it stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Value {
    /// The value.
    pub kind: ValueKind,
    /// Its place; where a value is left out, that of its owner.
    #[serde(skip)]
    pub span: Span,
}

/// A value, by the type that it is of. Texts are proved to be of their type.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ValueKind {
    /// Of `bool`.
    Bool(bool),
    /// Of an integer, in digits.
    Int(String),
    /// Of `f64`.
    #[serde(with = "super::json::float")]
    F64(f64),
    /// Of `String`.
    String(String),
    /// Of `Decimal`, in digits.
    Decimal(String),
    /// Of `Uuid`, with hyphens.
    Uuid(String),
    /// Of `Timestamp`, by RFC 3339.
    Timestamp(String),
    /// Of `Date`, year, month, day.
    Date(String),
    /// Of `Duration`, as it is written.
    Duration(String),
    /// Of `Bytes`, in Base64.
    Bytes(String),
    /// Of `Option`: nothing.
    None,
    /// Of `Option`: something.
    Some(Box<Value>),
    /// Of `Vec`.
    Vec(Vec<Value>),
    /// Of `BTreeSet`.
    Set(Vec<Value>),
    /// Of `BTreeMap`.
    Map(Vec<(Value, Value)>),
    /// Of `Box`.
    Box(Box<Value>),
    /// Of a newtype.
    Newtype(TypeId, Box<Value>),
    /// Of an enum.
    Symbol(TypeId, SymbolId),
    /// Of a value object: every field, in the order of its fields.
    Object(TypeId, Vec<FieldValue>),
    /// Of a union: the variant and every field of it, in their order.
    Variant(TypeId, SymbolId, Vec<FieldValue>),
    /// Of a type of the user's own, as it is on the wire.
    Own(TypeId, Box<Value>),
}
