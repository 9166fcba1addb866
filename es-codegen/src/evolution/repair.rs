//! Repairs that follow from the shapes alone: what to write, and where.

mod edit;
mod fix;

pub use fix::{Fixed, fix};

use super::finding::Owner;

/// What repairs a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repair {
    /// The event, the type or the aggregate under which something is to be written.
    pub(super) owner: Owner,
    pub(super) what: What,
}

/// What is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A step; all those of one owner are one entry under its `changes`.
    Step(Step),
    /// A name under `was`.
    Was(String),
    /// An event that is still read: its stored name and its fields, each with its type.
    Retired(String, Vec<(String, String)>),
}

/// A step of a change, as a schema has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A field, and its value in older events.
    Add(String, String),
    /// A field, and the type it had.
    Remove(String, String),
    /// What a field was called, and what it is called.
    Rename(String, String),
    /// A field, and the type it had.
    Retype(String, String),
    /// A field.
    Wrap(String),
    /// A field, and the fields that became its parts.
    Nest(String, Vec<String>),
    /// A field, and the type it had.
    Flatten(String, String),
    /// A symbol or a variant.
    AddSymbol(String),
    /// A type.
    Follows(String),
}

/// An entry of `changes` that holds these steps, in braces.
pub(super) fn entry(steps: &[Step]) -> String {
    let mut parts: Vec<(&str, char, Vec<String>)> = Vec::new();
    let mut add = |key, brackets, text| match parts.iter_mut().find(|(known, ..)| *known == key) {
        Some((_, _, texts)) => texts.push(text),
        None => parts.push((key, brackets, vec![text])),
    };
    let mut follows: Vec<String> = Vec::new();
    for step in steps {
        match step {
            Step::Add(field, value) => add("add", '{', pair(field, value)),
            Step::Remove(field, ty) => add("remove", '{', pair(field, ty)),
            Step::Rename(from, to) => add("rename", '{', pair(from, to)),
            Step::Retype(field, from) => add("retype", '{', pair(field, from)),
            Step::Wrap(field) => add("wrap", '[', plain(field)),
            Step::Nest(field, parts) => {
                let parts: Vec<String> = parts.iter().map(|part| plain(part)).collect();
                add(
                    "nest",
                    '{',
                    format!("{}: [{}]", plain(field), parts.join(", ")),
                );
            }
            Step::Flatten(field, ty) => add("flatten", '{', pair(field, ty)),
            Step::AddSymbol(symbol) => add("add", '[', plain(symbol)),
            Step::Follows(ty) => follows.push(plain(ty)),
        }
    }
    let steps = parts.iter().map(|(key, brackets, texts)| {
        let texts = texts.join(", ");
        if *brackets == '{' {
            format!("{key}: {{ {texts} }}")
        } else {
            format!("{key}: [{texts}]")
        }
    });
    let follows = match follows.as_slice() {
        [] => None,
        [only] => Some(format!("follows: {only}")),
        several => Some(format!("follows: [{}]", several.join(", "))),
    };
    let steps: Vec<String> = steps.chain(follows).collect();
    format!("{{ {} }}", steps.join(", "))
}

fn pair(key: &str, value: &str) -> String {
    format!("{}: {}", plain(key), plain(value))
}

/// A text as it may stand in braces: quoted where it has to be.
pub(super) fn plain(text: &str) -> String {
    let is_harmless = |c: char| {
        c.is_alphanumeric() || matches!(c, '_' | '<' | '>' | '(' | ')' | '.' | '/' | '-' | ' ')
    };
    let harmless = text.replace("::", "");
    let begins = |c: char| c.is_alphanumeric() || c == '_';
    if harmless.starts_with(begins) && harmless.chars().all(is_harmless) && !text.ends_with(' ') {
        return text.to_owned();
    }
    // Text can always be written.
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_one_kind_stand_together_and_what_needs_quotes_has_them() {
        let steps = [
            Step::Add("note".to_owned(), "None".to_owned()),
            Step::Remove("sizes".to_owned(), "BTreeMap<String, u8>".to_owned()),
            Step::Add("by: whom".to_owned(), "Money::ZERO".to_owned()),
            Step::Wrap("item".to_owned()),
            Step::Follows("Line".to_owned()),
        ];
        assert_eq!(
            entry(&steps),
            "{ add: { note: None, \"by: whom\": Money::ZERO }, remove: { sizes: \"BTreeMap<String, u8>\" }, wrap: [item], follows: Line }"
        );
    }
}
