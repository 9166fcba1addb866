//! Samples: one stored event for each published version, the same with every run.
//!
//! Tests read them for ever after. So they hold what is easily lost on the way: numbers that no float holds, zeros at the
//! end of a decimal, letters beyond ASCII, and something in each option and list.

use super::{
    history::{Content, Field, History, Kind, Shape, Version},
    types::{Types, Versioned},
};
use crate::{hash, source::Span};
use std::fmt::Write as _;

/// The sample of a version of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// The name of its file.
    pub file: String,
    /// What stands in it: a JSON object.
    pub text: String,
    /// The event and the version, as messages say them.
    pub of: String,
    /// Where the version stands.
    pub place: Span,
}

/// The sample of each version in a history, in its order. A version without a shape has none.
#[must_use]
pub fn samples(history: &History) -> Vec<Sample> {
    let types = Types::of(history);
    let mut samples = Vec::new();
    for aggregate in &history.aggregates {
        for event in &aggregate.events {
            // What was published under a former name stays where it is.
            let oldest = event.was.first().unwrap_or(&event.name);
            for version in &event.versions {
                let Some(fields) = &version.fields else {
                    continue;
                };
                let mut values = Values::of(&types);
                let Some(body) = values.object(fields, 0) else {
                    continue;
                };
                let file = file_name(&aggregate.category, oldest, version.number);
                samples.push(Sample {
                    file,
                    text: text(&aggregate.category, &event.name, version, body),
                    of: format!("version {} of `{}`", version.number, event.name),
                    place: version.place,
                });
            }
        }
    }
    samples
}

fn text(category: &str, event: &str, version: &Version, body: Json) -> String {
    let number = |number: u16| Json::Raw(number.to_string());
    let sample = Json::Object(vec![
        ("aggregate".to_owned(), Json::Text(category.to_owned())),
        ("event".to_owned(), Json::Text(event.to_owned())),
        ("version".to_owned(), number(version.number)),
        ("reads_as".to_owned(), number(version.reads_as)),
        ("body".to_owned(), body),
    ]);
    let mut text = String::new();
    sample.write(&mut text, 0);
    text.push('\n');
    text
}

/// A name that every file system takes, and that no other event has.
fn file_name(category: &str, event: &str, version: u16) -> String {
    format!("{}.{}.v{version}.json", plain(category), plain(event))
}

/// The longest part of a name: two of them and a version are no longer than the name of a file may be.
const LONGEST: usize = 80;

/// A name in small letters, words parted by hyphens; with a mark before it where it has no others, and a hash behind it
/// where another name could become the same.
fn plain(name: &str) -> String {
    let is_small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    if !name.is_empty() && name.len() < LONGEST && name.chars().all(is_small) {
        return format!("_{name}");
    }
    let mut plain = String::new();
    let mut before = ' ';
    for c in name.chars() {
        let begins =
            c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
        if (begins || !c.is_ascii_alphanumeric()) && !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
        if c.is_ascii_alphanumeric() {
            plain.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    plain.truncate(LONGEST);
    let back = plain.split('-').flat_map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters)
    });
    if back.collect::<String>() == name && !name.is_empty() {
        return plain;
    }
    let plain = plain.trim_end_matches('-');
    let between = if plain.is_empty() { "" } else { "-" };
    format!("{plain}{between}{}", hash::of(name.bytes()))
}

/// A value in JSON.
#[derive(Debug, Clone)]
enum Json {
    /// Text that is JSON already.
    Raw(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    fn write(&self, text: &mut String, depth: usize) {
        let line = |text: &mut String, depth: usize| {
            let _ = write!(text, "\n{:1$}", "", 2 * depth);
        };
        match self {
            Self::Raw(raw) => text.push_str(raw),
            // Text can always be written.
            Self::Text(plain) => text.push_str(&serde_json::to_string(plain).unwrap_or_default()),
            Self::List(values) if values.is_empty() => text.push_str("[]"),
            Self::List(values) => {
                for (value, before) in values
                    .iter()
                    .zip(std::iter::once('[').chain(std::iter::repeat(',')))
                {
                    text.push(before);
                    line(text, depth + 1);
                    value.write(text, depth + 1);
                }
                line(text, depth);
                text.push(']');
            }
            Self::Object(entries) if entries.is_empty() => text.push_str("{}"),
            Self::Object(entries) => {
                for ((key, value), before) in entries
                    .iter()
                    .zip(std::iter::once('{').chain(std::iter::repeat(',')))
                {
                    text.push(before);
                    line(text, depth + 1);
                    Self::Text(key.clone()).write(text, depth + 1);
                    text.push_str(": ");
                    value.write(text, depth + 1);
                }
                line(text, depth);
                text.push('}');
            }
        }
    }
}

/// So many values a sample may hold; nobody reads one that is larger.
const ROOM: usize = 10_000;

/// Types are not followed deeper than this: JSON that is nested twice as deep is read by nobody.
const DEEPEST: usize = 50;

/// Makes the values of a sample.
struct Values<'h> {
    types: &'h Types<'h>,
    /// The types whose values are being made: one that is among them would never end.
    open: Vec<(&'h str, u16)>,
    room: usize,
}

impl<'h> Values<'h> {
    fn of(types: &'h Types<'h>) -> Self {
        Self {
            types,
            open: Vec::new(),
            room: ROOM,
        }
    }

    fn object(&mut self, fields: &'h [Field], turn: usize) -> Option<Json> {
        let entries = fields
            .iter()
            .map(|field| Some((field.name.clone(), self.shape(&field.shape, turn)?)));
        Some(Json::Object(entries.collect::<Option<_>>()?))
    }

    /// A value; `turn` tells the first from the second of a list. Nothing where it would never end.
    fn shape(&mut self, shape: &'h Shape, turn: usize) -> Option<Json> {
        self.room = self.room.checked_sub(1)?;
        match shape {
            Shape::Leaf(name) => leaf(name, turn),
            Shape::Option(held) => Some(
                self.shape(held, turn)
                    .unwrap_or(Json::Raw("null".to_owned())),
            ),
            Shape::Vec(held) => Some(Json::List(self.two(held, turn))),
            Shape::Set(held) => {
                let mut values = self.two(held, turn);
                values.dedup_by_key(|value| value.key());
                Some(Json::List(values))
            }
            Shape::Map(key, held) => {
                let (keys, values) = (self.two(key, turn), self.two(held, turn));
                let mut entries: Vec<_> = keys.iter().map(Json::key).zip(values).collect();
                entries.dedup_by(|one, other| one.0 == other.0);
                Some(Json::Object(entries))
            }
            Shape::Items(items) => {
                let items = items.iter().map(|item| self.shape(item, turn));
                Some(Json::List(items.collect::<Option<_>>()?))
            }
            Shape::Null => Some(Json::Raw("null".to_owned())),
            Shape::Type(name, version) => {
                let key = (name.as_str(), *version);
                if self.open.len() == DEEPEST || self.open.contains(&key) {
                    return None;
                }
                self.open.push(key);
                let value = self.ty(key, turn);
                self.open.pop();
                value
            }
        }
    }

    /// Two values, or none where they would never end.
    fn two(&mut self, held: &'h Shape, turn: usize) -> Vec<Json> {
        let values = [2 * turn, 2 * turn + 1]
            .into_iter()
            .map(|turn| self.shape(held, turn));
        values.collect::<Option<_>>().unwrap_or_default()
    }

    fn ty(&mut self, ty: Versioned<'h>, turn: usize) -> Option<Json> {
        match &self.types.get(ty)?.kind {
            Kind::Newtype(inner, _) => self.shape(inner, turn),
            Kind::Symbols(symbols) => {
                let symbol = symbols.get(turn % symbols.len().max(1))?;
                Some(Json::Text(symbol.name.clone()))
            }
            Kind::Fields(fields) => self.object(fields, turn),
            Kind::Union(variants) => variants.iter().find_map(|variant| {
                let tag = variant.name.clone();
                let value = match &variant.content {
                    Content::Nothing => return Some(Json::Text(tag)),
                    Content::Value(shape) => self.shape(shape, turn)?,
                    Content::Fields(fields) => self.object(fields, turn)?,
                };
                Some(Json::Object(vec![(tag, value)]))
            }),
            Kind::Own { wire, sample, .. } => match sample {
                Some(sample) => Some(self.own(wire, sample)),
                None => self.shape(wire, turn),
            },
        }
    }

    /// A value of a type of the user's own, as the schema gives it.
    fn own(&self, wire: &Shape, sample: &str) -> Json {
        let is_text = matches!(wire, Shape::Leaf(name) if TEXTS.contains(&name.as_str()));
        match serde_json::from_str::<serde_json::Value>(sample) {
            Ok(value) if !is_text || value.is_string() => Json::Raw(sample.trim().to_owned()),
            _ => Json::Text(sample.to_owned()),
        }
    }
}

impl Json {
    /// The value as the key of an object.
    fn key(&self) -> String {
        match self {
            Self::Text(text) | Self::Raw(text) => text.clone(),
            value => {
                let mut text = String::new();
                value.write(&mut text, 0);
                text
            }
        }
    }
}

/// The types of the language that are texts in JSON.
const TEXTS: &[&str] = &[
    "String",
    "Decimal",
    "Uuid",
    "Timestamp",
    "Date",
    "Duration",
    "Bytes",
];

/// A value of a type of the language; in a list, the values of two turns differ and stand in their order.
fn leaf(name: &str, turn: usize) -> Option<Json> {
    let second = turn % 2 == 1;
    let pick = |one: &'static str, other: &'static str| if second { other } else { one };
    let raw = |one, other| Some(Json::Raw(pick(one, other).to_owned()));
    let text = |one, other| Some(Json::Text(pick(one, other).to_owned()));
    match name {
        "bool" => raw("false", "true"),
        "i8" => raw("-128", "127"),
        "i16" => raw("-32768", "32767"),
        "i32" => raw("-2147483648", "2147483647"),
        // 2^53 + 1, which no float holds, and the largest.
        "i64" => raw("-9007199254740993", "9223372036854775807"),
        "i128" => raw(
            "-170141183460469231731687303715884105728",
            "170141183460469231731687303715884105727",
        ),
        "u8" => raw("7", "255"),
        "u16" => raw("7", "65535"),
        "u32" => raw("7", "4294967295"),
        "u64" => raw("9007199254740993", "18446744073709551615"),
        "u128" => raw(
            "9007199254740993",
            "340282366920938463463374607431768211455",
        ),
        "f64" => raw("0.1", "2.5"),
        "String" => text("Ärger in Łódź – 寿司", "šecond 🦀"),
        "Decimal" => text("1234.50", "2345.00"),
        "Uuid" => text(
            "0190a6f2-5c3e-7b1a-8d4f-1a2b3c4d5e6f",
            "0190a6f2-5c3e-7b1a-8d4f-1a2b3c4d5e70",
        ),
        "Timestamp" => text("2024-02-29T23:59:59.123456789Z", "2024-03-01T00:00:00Z"),
        "Date" => text("2024-02-29", "2024-03-01"),
        "Duration" => text("PT1H30M0.5S", "PT36H"),
        "Bytes" => text("AAH+/w==", "ZXM="),
        _ => None,
    }
}
