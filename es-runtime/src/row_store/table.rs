//! What the rows of a projection are made of: columns, key and indexes, by names that every database takes.

use serde::{Deserialize, Serialize};

use super::Cell;
use crate::commit::Fingerprint;
use crate::describe::{Content, RowsDescription, Shape, ShapeFn, TypeKind};

/// The longest name of a table, a column or an index, in bytes: that of PostgreSQL.
const LONGEST: usize = 63;

/// What a generation is called by, before the name of the projection: `rows` and its number.
const PREFIX: usize = "rows18446744073709551615_".len();

/// How deep a type may stand in others that are stored as what they hold; one that goes on is JSON.
const DEEPEST: usize = 16;

/// What the rows of a projection are made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RowTable {
    /// The stored name of the projection.
    pub projection: String,
    /// What tells rows of this making from others.
    pub fingerprint: Fingerprint,
    /// The columns, in the order of the cells of a row.
    pub columns: Vec<RowColumn>,
    /// The places of the key columns; none where there is a single row.
    pub key: Vec<usize>,
    /// The places of the columns of each index.
    pub indexes: Vec<Vec<usize>>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RowColumn {
    /// The stored name of the field.
    pub field: String,
    /// The name of the column: that of the field, where every database takes it.
    pub name: String,
    /// What its cells mean.
    pub kind: ColumnKind,
    /// Whether a cell may be nothing.
    pub is_optional: bool,
}

/// What the cells of a column mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "every store has to keep each of them"
)]
pub enum ColumnKind {
    /// 0 or 1.
    Boolean,
    /// A whole number of up to 64 bits. Those beyond the largest signed one are 8 bytes, the highest first, which stand
    /// behind all others.
    Integer,
    /// A floating-point number.
    Real,
    /// A number of any size as decimal text; [`number_key`](super::number_key) puts it in order.
    Number,
    /// Text; in the order of its bytes.
    Text,
    /// A moment in UTC with nine digits behind the point: `2026-01-05T10:00:00.250000000Z`.
    Timestamp,
    /// A span of time in seconds as decimal text; [`number_key`](super::number_key) puts it in order.
    Duration,
    /// What no column holds as one value, as JSON. It has no order.
    Json,
}

impl RowTable {
    /// That of the rows of a projection.
    #[must_use]
    pub fn of(description: &RowsDescription) -> Self {
        let columns: Vec<_> = match description.content {
            Content::Fields(fields) => fields
                .iter()
                .map(|field| RowColumn::new(field.name, field.shape))
                .collect(),
            _ => Vec::new(),
        };
        let places = |names: &[&str]| -> Vec<usize> {
            let place = |name: &&str| columns.iter().position(|column| column.field == **name);
            names.iter().filter_map(place).collect()
        };
        let key = places(description.key);
        let indexes = description.indexes.iter().map(|index| places(index));
        Self {
            projection: description.name.to_owned(),
            fingerprint: description.fingerprint(),
            key,
            indexes: indexes.collect(),
            columns,
        }
    }

    /// A table that keeps a checkpoint and nothing else.
    #[must_use]
    pub fn without_columns(projection: String, fingerprint: Fingerprint) -> Self {
        Self {
            projection,
            fingerprint,
            columns: Vec::new(),
            key: Vec::new(),
            indexes: Vec::new(),
        }
    }

    /// The name by which the live rows can be read with plain SQL: `rows_order_summary` for a projection `OrderSummary`.
    ///
    /// A name that is no plain `UpperCamelCase`, or too long, ends in a hash of the whole.
    #[must_use]
    pub fn view(&self) -> String {
        format!("rows_{}", self.base())
    }

    /// The name of the table that holds the rows of a generation.
    #[must_use]
    pub fn name(&self, generation: u64) -> String {
        format!("rows{generation}_{}", self.base())
    }

    /// The name of the projection as a part of names of tables; no two projections share one.
    fn base(&self) -> String {
        let name = &self.projection;
        let is_plain = name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let mut words = String::with_capacity(name.len() + 8);
        for letter in name.chars() {
            if letter.is_ascii_uppercase() && !words.is_empty() && !words.ends_with('_') {
                words.push('_');
            }
            words.push(plain(letter));
        }
        within(&words, is_plain, LONGEST - PREFIX, name)
    }

    /// The cells of the key of a row.
    #[must_use]
    pub fn key_of(&self, row: &[Cell]) -> Vec<Cell> {
        let cell = |place: &usize| row.get(*place).cloned().unwrap_or(Cell::Null);
        self.key.iter().map(cell).collect()
    }
}

impl RowColumn {
    fn new(field: &str, shape: ShapeFn) -> Self {
        let (kind, is_optional) = kind(shape, DEEPEST);
        let is_plain = !field.is_empty()
            && !field.starts_with(|first: char| first.is_ascii_digit())
            && field.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            // So that no such name is that of another field with its hash.
            && !field.contains("__");
        let letters: String = field.chars().map(plain).collect();
        Self {
            field: field.to_owned(),
            name: within(&letters, is_plain, LONGEST, field),
            kind,
            is_optional,
        }
    }
}

/// The letter as one that stands in every name.
fn plain(letter: char) -> char {
    match letter.to_ascii_lowercase() {
        letter @ ('a'..='z' | '0'..='9') => letter,
        _ => '_',
    }
}

/// The text where it is plain and short enough; else as much of it as there is room for, and a hash of the whole.
fn within(text: &str, is_plain: bool, longest: usize, whole: &str) -> String {
    if is_plain && text.len() <= longest {
        return text.to_owned();
    }
    let hash = Fingerprint::of(&[whole.as_bytes()]).get();
    let kept: String = text.chars().take(longest - 18).collect();
    format!("{}__{hash:016x}", kept.trim_end_matches('_'))
}

/// How values of a shape stand in a column, and whether they may be nothing.
fn kind(shape: ShapeFn, depth: usize) -> (ColumnKind, bool) {
    if depth == 0 {
        return (ColumnKind::Json, false);
    }
    match shape() {
        Shape::Leaf(name) => (leaf(name), false),
        Shape::Boxed(inner) => kind(inner, depth - 1),
        Shape::Optional(inner) => match kind(inner, depth - 1) {
            // Of two one in the other, the column could not tell which is nothing.
            (_, true) => (ColumnKind::Json, false),
            (kind, false) => (kind, true),
        },
        Shape::Type(ty) => match ty.kind {
            TypeKind::Symbols(_) => (ColumnKind::Text, false),
            TypeKind::Struct(Content::Value(inner)) => kind(inner, depth - 1),
            TypeKind::Struct(_) | TypeKind::Union(_) => (ColumnKind::Json, false),
        },
        Shape::List(_) | Shape::Set(_) | Shape::Map(..) => (ColumnKind::Json, false),
    }
}

fn leaf(name: &str) -> ColumnKind {
    match name {
        "bool" => ColumnKind::Boolean,
        "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64" => ColumnKind::Integer,
        "f64" => ColumnKind::Real,
        "u128" | "i128" | "Decimal" => ColumnKind::Number,
        "Timestamp" => ColumnKind::Timestamp,
        "Duration" => ColumnKind::Duration,
        _ => ColumnKind::Text,
    }
}
