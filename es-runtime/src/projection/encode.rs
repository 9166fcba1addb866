//! Rows as the cells of a table.

use std::error::Error;
use std::fmt;

use serde::ser::{self, Impossible, Serialize, Serializer};

use crate::json::{self, EncodeError};
use crate::row_store::{Cell, ColumnKind, RowColumn, RowTable};
use crate::time::{Duration, Timestamp};

/// What stands in a column of JSON for a field that is left out, as one of two options in each other is: no JSON is empty.
pub(super) const LEFT_OUT: &str = "";

/// The cells of a row, one for each column.
pub(super) fn row<P: Serialize>(table: &RowTable, row: &P) -> Result<Vec<Cell>, CellError> {
    let mut cells = row.serialize(RowWriter(table))?;
    for place in &table.key {
        if let (Some(cell), Some(column)) = (cells.get_mut(*place), table.columns.get(*place)) {
            in_key(column, cell);
        }
    }
    Ok(cells)
}

/// The cells of a key, one for each key column.
pub(super) fn key<K: Serialize>(table: &RowTable, key: &K) -> Result<Vec<Cell>, CellError> {
    let columns: Vec<_> = table
        .key
        .iter()
        .filter_map(|place| table.columns.get(*place))
        .collect();
    let mut cells = match columns.as_slice() {
        [] => Vec::new(),
        [column] => vec![cell(column, key)?],
        columns => key.serialize(KeyWriter(columns))?,
    };
    for (column, cell) in columns.iter().zip(&mut cells) {
        in_key(column, cell);
    }
    Ok(cells)
}

/// The cell of a value in a column.
pub(super) fn cell<T: Serialize + ?Sized>(
    column: &RowColumn,
    value: &T,
) -> Result<Cell, CellError> {
    let told = |error: CellError| error.of(&column.field);
    if column.kind != ColumnKind::Json {
        return value.serialize(CellWriter(column.kind)).map_err(told);
    }
    let bytes = json::encode(value).map_err(|error| told(error.into()))?;
    if column.is_optional && bytes == b"null" {
        return Ok(Cell::Null);
    }
    let text = String::from_utf8(bytes);
    text.map(Cell::Text)
        .map_err(|error| told(ser::Error::custom(error)))
}

/// Numbers that are equal are one key, however many digits they are written with.
fn in_key(column: &RowColumn, cell: &mut Cell) {
    if let (ColumnKind::Number, Cell::Text(text)) = (column.kind, cell)
        && text.contains('.')
    {
        let shorter = text.trim_end_matches('0').trim_end_matches('.').len();
        text.truncate(shorter);
        if text == "-0" {
            text.remove(0);
        }
    }
}

/// A value that no column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellError {
    column: Option<String>,
    reason: String,
}

impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(column) = &self.column {
            write!(f, "column `{column}`: ")?;
        }
        f.write_str(&self.reason)
    }
}

impl Error for CellError {}

impl CellError {
    pub(super) fn of(self, column: &str) -> Self {
        let column = self.column.or_else(|| Some(column.to_owned()));
        Self { column, ..self }
    }
}

impl From<EncodeError> for CellError {
    fn from(error: EncodeError) -> Self {
        ser::Error::custom(error)
    }
}

impl ser::Error for CellError {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self {
            column: None,
            reason: reason.to_string(),
        }
    }
}

impl serde::de::Error for CellError {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        ser::Error::custom(reason)
    }
}

/// Refuses what is written in another form than the description says.
macro_rules! refuse {
    ($what:literal: $($method:ident($($ty:ty),*);)*) => {$(
        fn $method(self, $(_: $ty),*) -> Result<Self::Ok, CellError> {
            Err(ser::Error::custom(concat!("it is written as ", stringify!($method), ", where ", $what, " is expected")))
        }
    )*};
}

macro_rules! refuse_compounds {
    ($what:literal: $($method:ident($($ty:ty),*) -> $compound:ident;)*) => {$(
        fn $method(self, $(_: $ty),*) -> Result<Self::$compound, CellError> {
            Err(ser::Error::custom(concat!("it is written as ", stringify!($method), ", where ", $what, " is expected")))
        }
    )*};
}

macro_rules! no_wrapped {
    () => {
        fn serialize_newtype_variant<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<Self::Ok, CellError> {
            Err(ser::Error::custom(
                "a variant with data is no value of a column",
            ))
        }
    };
}

/// Writes the fields of a row.
struct RowWriter<'a>(&'a RowTable);

struct Fields<'a> {
    table: &'a RowTable,
    cells: Vec<Cell>,
}

impl<'a> Fields<'a> {
    /// The column of a field, which is the next one.
    fn column(&self, field: &'static str) -> Result<&'a RowColumn, CellError> {
        let next = self.table.columns.get(self.cells.len());
        next.filter(|column| column.field == field).ok_or_else(|| {
            ser::Error::custom(format!(
                "field `{field}` is not the next column; the row is written in another form than it is described in"
            ))
        })
    }
}

impl ser::SerializeStruct for Fields<'_> {
    type Ok = Vec<Cell>;
    type Error = CellError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        field: &'static str,
        value: &T,
    ) -> Result<(), CellError> {
        let column = self.column(field)?;
        self.cells.push(cell(column, value)?);
        Ok(())
    }

    fn skip_field(&mut self, field: &'static str) -> Result<(), CellError> {
        let column = self.column(field)?;
        self.cells.push(match (column.is_optional, column.kind) {
            (true, _) => Cell::Null,
            (false, ColumnKind::Json) => Cell::Text(LEFT_OUT.to_owned()),
            (false, _) => {
                let left_out: CellError =
                    ser::Error::custom("it is left out, and always needs a value");
                return Err(left_out.of(field));
            }
        });
        Ok(())
    }

    fn end(self) -> Result<Vec<Cell>, CellError> {
        if self.cells.len() == self.table.columns.len() {
            return Ok(self.cells);
        }
        Err(ser::Error::custom("the row has fewer fields than columns"))
    }
}

impl<'a> Serializer for RowWriter<'a> {
    type Ok = Vec<Cell>;
    type Error = CellError;
    type SerializeSeq = Impossible<Self::Ok, CellError>;
    type SerializeTuple = Impossible<Self::Ok, CellError>;
    type SerializeTupleStruct = Impossible<Self::Ok, CellError>;
    type SerializeTupleVariant = Impossible<Self::Ok, CellError>;
    type SerializeMap = Impossible<Self::Ok, CellError>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Impossible<Self::Ok, CellError>;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>, CellError> {
        Ok(Fields {
            table: self.0,
            cells: Vec::with_capacity(self.0.columns.len()),
        })
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Self::Ok, CellError> {
        Err(ser::Error::custom("a row is a struct"))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Self::Ok, CellError> {
        value.serialize(self)
    }

    no_wrapped!();

    refuse! { "a struct":
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    refuse_compounds! { "a struct":
        serialize_seq(Option<usize>) -> SerializeSeq;
        serialize_tuple(usize) -> SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> SerializeTupleVariant;
        serialize_map(Option<usize>) -> SerializeMap;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> SerializeStructVariant;
    }
}

/// Writes the parts of a key of several columns.
struct KeyWriter<'a>(&'a [&'a RowColumn]);

struct Parts<'a> {
    columns: &'a [&'a RowColumn],
    cells: Vec<Cell>,
}

impl ser::SerializeTuple for Parts<'_> {
    type Ok = Vec<Cell>;
    type Error = CellError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CellError> {
        let Some(column) = self.columns.get(self.cells.len()) else {
            return Err(ser::Error::custom(
                "the key has more parts than key columns",
            ));
        };
        self.cells.push(cell(column, value)?);
        Ok(())
    }

    fn end(self) -> Result<Vec<Cell>, CellError> {
        Ok(self.cells)
    }
}

impl<'a> Serializer for KeyWriter<'a> {
    type Ok = Vec<Cell>;
    type Error = CellError;
    type SerializeSeq = Impossible<Self::Ok, CellError>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Impossible<Self::Ok, CellError>;
    type SerializeTupleVariant = Impossible<Self::Ok, CellError>;
    type SerializeMap = Impossible<Self::Ok, CellError>;
    type SerializeStruct = Impossible<Self::Ok, CellError>;
    type SerializeStructVariant = Impossible<Self::Ok, CellError>;

    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>, CellError> {
        Ok(Parts {
            columns: self.0,
            cells: Vec::with_capacity(self.0.len()),
        })
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Self::Ok, CellError> {
        Err(ser::Error::custom("a key of several columns is a tuple"))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Self::Ok, CellError> {
        value.serialize(self)
    }

    no_wrapped!();

    refuse! { "a tuple":
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    refuse_compounds! { "a tuple":
        serialize_seq(Option<usize>) -> SerializeSeq;
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> SerializeTupleVariant;
        serialize_map(Option<usize>) -> SerializeMap;
        serialize_struct(&'static str, usize) -> SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> SerializeStructVariant;
    }
}

/// Writes one value of a column that is not JSON.
struct CellWriter(ColumnKind);

macro_rules! small_integers {
    ($($method:ident($ty:ty);)*) => {$(
        fn $method(self, value: $ty) -> Result<Cell, CellError> {
            self.serialize_i64(value.into())
        }
    )*};
}

impl Serializer for CellWriter {
    type Ok = Cell;
    type Error = CellError;
    type SerializeSeq = Impossible<Cell, CellError>;
    type SerializeTuple = Impossible<Cell, CellError>;
    type SerializeTupleStruct = Impossible<Cell, CellError>;
    type SerializeTupleVariant = Impossible<Cell, CellError>;
    type SerializeMap = Impossible<Cell, CellError>;
    type SerializeStruct = Impossible<Cell, CellError>;
    type SerializeStructVariant = Impossible<Cell, CellError>;

    fn serialize_bool(self, value: bool) -> Result<Cell, CellError> {
        Ok(Cell::Integer(value.into()))
    }

    small_integers! {
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
    }

    fn serialize_i64(self, value: i64) -> Result<Cell, CellError> {
        Ok(match self.0 {
            ColumnKind::Number => Cell::Text(value.to_string()),
            _ => Cell::Integer(value),
        })
    }

    fn serialize_u64(self, value: u64) -> Result<Cell, CellError> {
        match i64::try_from(value) {
            Ok(value) => self.serialize_i64(value),
            Err(_) if self.0 == ColumnKind::Number => Ok(Cell::Text(value.to_string())),
            Err(_) => Ok(Cell::Bytes(value.to_be_bytes().to_vec())),
        }
    }

    fn serialize_i128(self, value: i128) -> Result<Cell, CellError> {
        Ok(Cell::Text(value.to_string()))
    }

    fn serialize_u128(self, value: u128) -> Result<Cell, CellError> {
        Ok(Cell::Text(value.to_string()))
    }

    fn serialize_f64(self, value: f64) -> Result<Cell, CellError> {
        if value.is_finite() {
            // A database need not keep the sign of zero.
            return Ok(Cell::Real(value + 0.0));
        }
        Err(ser::Error::custom(format!("{value} cannot be stored")))
    }

    fn serialize_f32(self, value: f32) -> Result<Cell, CellError> {
        self.serialize_f64(value.into())
    }

    fn serialize_char(self, value: char) -> Result<Cell, CellError> {
        Ok(Cell::Text(value.into()))
    }

    fn serialize_str(self, value: &str) -> Result<Cell, CellError> {
        let text = match self.0 {
            ColumnKind::Timestamp => {
                let moment = value.parse::<Timestamp>();
                moment.map_err(<CellError as ser::Error>::custom)?.padded()
            }
            ColumnKind::Duration => {
                let span = value.parse::<Duration>();
                seconds(span.map_err(<CellError as ser::Error>::custom)?)
            }
            _ => value.to_owned(),
        };
        Ok(Cell::Text(text))
    }

    fn serialize_none(self) -> Result<Cell, CellError> {
        Ok(Cell::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Cell, CellError> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Cell, CellError> {
        Ok(Cell::Text(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Cell, CellError> {
        value.serialize(self)
    }

    no_wrapped!();

    refuse! { "a single value":
        serialize_bytes(&[u8]);
        serialize_unit();
        serialize_unit_struct(&'static str);
    }

    refuse_compounds! { "a single value":
        serialize_seq(Option<usize>) -> SerializeSeq;
        serialize_tuple(usize) -> SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> SerializeTupleVariant;
        serialize_map(Option<usize>) -> SerializeMap;
        serialize_struct(&'static str, usize) -> SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> SerializeStructVariant;
    }
}

/// A span as seconds with as many digits behind the point as it needs.
fn seconds(span: Duration) -> String {
    let nanos = span.nanos();
    let (sign, nanos) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
    let (whole, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let fraction = format!("{fraction:09}");
    format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
}
