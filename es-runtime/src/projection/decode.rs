//! Rows from the cells of a table.

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::encode::{CellError, LEFT_OUT};
use crate::row_store::{Cell, ColumnKind, RowColumn, RowTable};
use crate::time::Duration;

/// The row of these cells, one for each column.
pub(super) fn row<P: DeserializeOwned>(table: &RowTable, cells: &[Cell]) -> Result<P, CellError> {
    P::deserialize(RowReader { table, cells })
}

struct RowReader<'a> {
    table: &'a RowTable,
    cells: &'a [Cell],
}

impl<'de> Deserializer<'de> for RowReader<'_> {
    type Error = CellError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        visitor.visit_map(Fields {
            cells: self.table.columns.iter().zip(self.cells),
            next: None,
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, CellError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Fields<'a> {
    cells: std::iter::Zip<std::slice::Iter<'a, RowColumn>, std::slice::Iter<'a, Cell>>,
    next: Option<(&'a RowColumn, &'a Cell)>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = CellError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, CellError> {
        let is_there = |(column, cell): &(&RowColumn, &Cell)| {
            column.kind != ColumnKind::Json || !matches!(cell, Cell::Text(text) if text == LEFT_OUT)
        };
        self.next = self.cells.by_ref().find(is_there);
        match self.next {
            None => Ok(None),
            Some((column, _)) => seed
                .deserialize(column.field.as_str().into_deserializer())
                .map(Some),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, CellError> {
        let Some((column, cell)) = self.next.take() else {
            return Err(de::Error::custom("a value without a column"));
        };
        let read = match (column.kind, cell) {
            (ColumnKind::Json, Cell::Text(text)) => {
                let mut json = serde_json::Deserializer::from_reader(text.as_bytes());
                seed.deserialize(&mut json).map_err(de::Error::custom)
            }
            _ => seed.deserialize(CellReader {
                kind: column.kind,
                cell,
            }),
        };
        read.map_err(|error: CellError| error.of(&column.field))
    }
}

struct CellReader<'a> {
    kind: ColumnKind,
    cell: &'a Cell,
}

impl<'de> Deserializer<'de> for CellReader<'_> {
    type Error = CellError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        match (self.cell, self.kind) {
            (Cell::Null, _) => visitor.visit_none(),
            (Cell::Integer(number), ColumnKind::Boolean) => visitor.visit_bool(*number != 0),
            (Cell::Integer(number), _) => visitor.visit_i64(*number),
            (Cell::Real(number), _) => visitor.visit_f64(*number),
            (Cell::Text(text), ColumnKind::Duration) => {
                let nanos = nanos(text).ok_or_else(|| no_value(text))?;
                visitor.visit_string(Duration::from_nanos(nanos).to_string())
            }
            (Cell::Text(text), _) => visitor.visit_str(text),
            (Cell::Bytes(bytes), ColumnKind::Integer) => {
                let number = <[u8; 8]>::try_from(bytes.as_slice());
                let number = number.map_err(|_| no_value("its bytes"))?;
                visitor.visit_u64(u64::from_be_bytes(number))
            }
            (Cell::Bytes(bytes), _) => visitor.visit_bytes(bytes),
        }
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        match self.cell {
            Cell::Text(text) => visitor.visit_i128(text.parse().map_err(|_| no_value(text))?),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        match self.cell {
            Cell::Text(text) => visitor.visit_u128(text.parse().map_err(|_| no_value(text))?),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CellError> {
        match self.cell {
            Cell::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, CellError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CellError> {
        match self.cell {
            Cell::Text(text) => text
                .as_str()
                .into_deserializer()
                .deserialize_enum(name, variants, visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

fn no_value(found: &str) -> CellError {
    de::Error::custom(format!("`{found}` is no value of the column"))
}

/// Seconds with up to nine digits behind the point, as nanoseconds.
fn nanos(text: &str) -> Option<i128> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
    let whole: i128 = whole.parse().ok()?;
    // Subtracted, since the smallest span has no counterpart.
    let nanos = whole.checked_mul(-1_000_000_000)?.checked_sub(fraction)?;
    if is_negative {
        Some(nanos)
    } else {
        nanos.checked_neg()
    }
}
