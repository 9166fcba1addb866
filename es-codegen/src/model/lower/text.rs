//! Small texts with a form of their own: messages with names in braces, numbers that say their type.

use crate::model::{Int, Type};

/// A part of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Text, with doubled braces already made single.
    Text(String),
    /// A name between braces.
    Name(String),
    /// A brace without its counterpart.
    Unbalanced,
}

/// Takes a message apart.
pub(super) fn message_parts(message: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = message;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let (brace, behind) = rest[at..].split_at(1);
        if let Some(behind) = behind.strip_prefix(brace) {
            text.push_str(brace);
            rest = behind;
        } else if let (true, Some((name, behind))) = (brace == "{", behind.split_once('}')) {
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(Part::Name(name.trim().to_owned()));
            rest = behind;
        } else {
            parts.push(Part::Unbalanced);
            return parts;
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    parts
}

/// The type of a literal that says it, `100_usize` say.
pub(super) fn type_of_literal(literal: &str) -> Option<Type> {
    let starts_with_digit = literal.starts_with(|c: char| c.is_ascii_digit());
    let suffix = literal
        .find(['i', 'u', 'f'])
        .filter(|_| starts_with_digit && !literal.starts_with("0x"))?;
    number_type(literal.get(suffix..)?)
}

/// The number type of that name, `usize` and `isize` among them.
pub(super) fn number_type(name: &str) -> Option<Type> {
    let int = match name {
        "i8" => Int::I8,
        "i16" => Int::I16,
        "i32" => Int::I32,
        "i64" => Int::I64,
        "i128" => Int::I128,
        "isize" => Int::Isize,
        "u8" => Int::U8,
        "u16" => Int::U16,
        "u32" => Int::U32,
        "u64" => Int::U64,
        "u128" => Int::U128,
        "usize" => Int::Usize,
        "f64" => return Some(Type::F64),
        _ => return None,
    };
    Some(Type::Int(int))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_text_and_names() {
        let parts = message_parts("at most {limit} items, {{not this}}");
        let text = |text: &str| Part::Text(text.to_owned());
        assert_eq!(
            parts,
            [
                text("at most "),
                Part::Name("limit".to_owned()),
                text(" items, {not this}")
            ]
        );
        assert_eq!(message_parts("a } b"), [Part::Unbalanced]);
        assert_eq!(message_parts("a {b"), [Part::Unbalanced]);
    }

    #[test]
    fn a_literal_says_its_type_by_its_suffix() {
        assert_eq!(type_of_literal("100_usize"), Some(Type::Int(Int::Usize)));
        assert_eq!(type_of_literal("1.5f64"), Some(Type::F64));
        assert_eq!(type_of_literal("100"), None);
        assert_eq!(type_of_literal("\"1u8\""), None);
    }
}
