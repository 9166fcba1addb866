//! Shapes as text: `Option<Vec<Money@1>>`, a type of the domain with its version behind an `@`.

use super::history::{Kind, Shape};
use std::{collections::BTreeMap, fmt::Write as _};

impl Shape {
    /// The shape as a lock file has it.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, true);
        text
    }

    /// The shape as a schema has it, that is, without the versions of types.
    pub(super) fn to_rust(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, false);
        text
    }

    fn write(&self, text: &mut String, is_versioned: bool) {
        let (name, held) = match self {
            Self::Leaf(name) => return text.push_str(name),
            Self::Null => return text.push_str("()"),
            Self::Items(items) => {
                text.push('(');
                for (at, item) in items.iter().enumerate() {
                    text.push_str(if at > 0 { ", " } else { "" });
                    item.write(text, is_versioned);
                }
                return text.push(')');
            }
            Self::Type(name, version) => {
                if !is_versioned {
                    return text.push_str(name);
                }
                if is_plain(name) {
                    text.push_str(name);
                } else {
                    // Text can always be written.
                    text.push_str(&serde_json::to_string(name).unwrap_or_default());
                }
                let _ = write!(text, "@{version}");
                return;
            }
            Self::Option(held) => ("Option", [Some(held), None]),
            Self::Vec(held) => ("Vec", [Some(held), None]),
            Self::Set(held) => ("BTreeSet", [Some(held), None]),
            Self::Map(key, held) => ("BTreeMap", [Some(key), Some(held)]),
        };
        text.push_str(name);
        for (held, before) in held.into_iter().flatten().zip(["<", ", "]) {
            text.push_str(before);
            held.write(text, is_versioned);
        }
        text.push('>');
    }

    /// Reads a shape as a schema has it; each type of the domain is in its first version.
    pub(super) fn from_rust(text: &str) -> Option<Self> {
        let mut rest = text;
        let shape = read(&mut rest, 0, false)?;
        rest.is_empty().then_some(shape)
    }

    /// Gives the types of these names other versions.
    pub(super) fn renumber(&mut self, numbers: &BTreeMap<String, u16>) {
        match self {
            Self::Leaf(_) | Self::Null => {}
            Self::Option(held) | Self::Vec(held) | Self::Set(held) => held.renumber(numbers),
            Self::Map(key, held) => {
                key.renumber(numbers);
                held.renumber(numbers);
            }
            Self::Items(items) => items.iter_mut().for_each(|item| item.renumber(numbers)),
            Self::Type(name, version) => {
                if let Some(number) = numbers.get(name) {
                    *version = *number;
                }
            }
        }
    }

    /// Reads what [`Self::to_text`] has written.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let mut rest = text;
        let shape = read(&mut rest, 0, true)?;
        rest.is_empty().then_some(shape)
    }
}

fn is_plain(name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    !name.is_empty() && name.chars().all(is_word)
}

/// Shapes nested deeper than this are refused; no schema has half of it.
const DEPTH_LIMIT: usize = 64;

fn read(rest: &mut &str, depth: usize, is_versioned: bool) -> Option<Shape> {
    if depth > DEPTH_LIMIT {
        return None;
    }
    if rest.starts_with('"') {
        let mut texts = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let name = texts.next()?.ok()?;
        let length = texts.byte_offset();
        *rest = &rest[length..];
        return version(rest, name);
    }
    if let Some(held) = rest.strip_prefix('(') {
        *rest = held;
        return items(rest, depth, is_versioned);
    }
    let end = rest.find(['<', '>', ',', '@', ')']).unwrap_or(rest.len());
    let name = &rest[..end];
    *rest = &rest[end..];
    if rest.starts_with('@') {
        return version(rest, name.to_owned());
    }
    let Some(held) = rest.strip_prefix('<') else {
        if LEAVES.contains(&name) {
            return Some(Shape::Leaf(name.to_owned()));
        }
        let is_type = !is_versioned && !name.is_empty();
        return is_type.then(|| Shape::Type(name.to_owned(), 1));
    };
    *rest = held;
    let first = Box::new(read(rest, depth + 1, is_versioned)?);
    let shape = match name {
        "Option" => Shape::Option(first),
        "Vec" => Shape::Vec(first),
        "BTreeSet" => Shape::Set(first),
        // A box is nothing that is stored.
        "Box" if !is_versioned => *first,
        "BTreeMap" => {
            *rest = rest.strip_prefix(", ")?;
            Shape::Map(first, Box::new(read(rest, depth + 1, is_versioned)?))
        }
        _ => return None,
    };
    *rest = rest.strip_prefix('>')?;
    Some(shape)
}

/// What stands in parentheses: nothing, or so many values.
fn items(rest: &mut &str, depth: usize, is_versioned: bool) -> Option<Shape> {
    let mut items = Vec::new();
    loop {
        if let Some(behind) = rest.strip_prefix(')') {
            *rest = behind;
            return Some(if items.is_empty() {
                Shape::Null
            } else {
                Shape::Items(items)
            });
        }
        if !items.is_empty() {
            *rest = rest.strip_prefix(", ")?;
        }
        items.push(read(rest, depth + 1, is_versioned)?);
    }
}

fn version(rest: &mut &str, name: String) -> Option<Shape> {
    let digits = rest.strip_prefix('@')?;
    let end = digits.find(|c: char| !c.is_ascii_digit());
    let (version, behind) = digits.split_at(end.unwrap_or(digits.len()));
    *rest = behind;
    Some(Shape::Type(name, version.parse().ok()?))
}

/// The types of the language.
const LEAVES: &[&str] = &[
    "bool",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "f64",
    "String",
    "Decimal",
    "Uuid",
    "Timestamp",
    "Date",
    "Duration",
    "Bytes",
];

impl Kind {
    /// The shapes in it.
    pub(super) fn shapes_mut(&mut self) -> Vec<&mut Shape> {
        match self {
            Self::Newtype(shape, _) | Self::Own { wire: shape, .. } => vec![shape],
            Self::Symbols(_) => Vec::new(),
            Self::Fields(fields) => fields.iter_mut().map(|field| &mut field.shape).collect(),
            Self::Union(variants) => variants
                .iter_mut()
                .flat_map(|variant| variant.content.shapes_mut())
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in [
            "u64",
            "Option<Vec<Money@1>>",
            "BTreeMap<String, BTreeSet<\"Line, of @ <an> order\"@12>>",
            "Option<(u8, Vec<()>)>",
        ] {
            assert_eq!(
                Shape::from_text(text)
                    .map(|shape| shape.to_text())
                    .as_deref(),
                Some(text)
            );
        }
        for text in [
            "",
            "u63",
            "Option<u8",
            "Option<u8>>",
            "Money@",
            "BTreeMap<u8>",
            "\"a",
            "Box<u8>",
            "(u8",
            "(u8,)",
            "(u8, )",
        ] {
            assert_eq!(Shape::from_text(text), None, "{text}");
        }
    }
}
