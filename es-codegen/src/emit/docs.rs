//! The words of documentation, where the schema has none of its own.

use crate::names::Name;
use heck::ToSnakeCase;

/// A stored or Rust name as words: `nothing to ship` of `NothingToShip`.
pub(super) fn words(name: &str) -> String {
    name.to_snake_case().replace('_', " ")
}

/// A name as a sentence: `Nothing to ship.` of `NothingToShip`; a stored name that is words already stays as it is, and one
/// that is neither is quoted.
pub(super) fn named(name: &Name) -> String {
    let is_prose = |c: char| c.is_alphanumeric() || " ,'-".contains(c);
    let is_identifier = |c: char| c.is_alphanumeric() || c == '_';
    if name.stored.chars().all(is_identifier) {
        sentence(&words(name.rust.plain()))
    } else if name.stored.contains(' ') && name.stored.chars().all(is_prose) {
        sentence(&name.stored)
    } else {
        format!("{}.", code(&name.stored))
    }
}

/// A text without what rustdoc would take for a link or a tag.
pub(super) fn plain(text: &str) -> String {
    text.replace('[', "\\[").replace('<', "\\<")
}

/// A name in code quotes, whatever it holds.
pub(super) fn code(name: &str) -> String {
    if name.contains('`') {
        format!("`` {name} ``")
    } else {
        format!("`{name}`")
    }
}

/// A text as a sentence: a capital at its beginning, a full stop at its end.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    let mut sentence: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(chars)
        .collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// What the schema says about something, and what of it is left to be written by hand.
pub(super) fn with_rules_by_hand(doc: &str, rules: &[String]) -> String {
    if rules.is_empty() {
        return doc.to_owned();
    }
    format!(
        "{}\n\nWritten by hand, in another module of this crate:\n\n{}",
        doc.trim(),
        rules.join("\n")
    )
}

/// `a` or `an`, as the word asks for.
pub(super) fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}
