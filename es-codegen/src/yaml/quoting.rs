//! Leaves that YAML reads as something else because they are not quoted: finding their ends, and showing them quoted.

use super::Failure;
use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    leaf::{LENGTH_LIMIT, is_expression},
    source::{File, line_from},
};
use granit_parser::ErrorKind;
use std::ops::Range;

/// The text as a scalar in quotes.
pub(crate) fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("\"{text}\"")
    }
}

/// Reports a leaf that has to be quoted.
pub(super) fn report(cx: &mut Diagnostics, file: &File, leaf: Range<usize>) {
    cx.report(diagnostic(file, leaf));
}

pub(super) fn diagnostic(file: &File, leaf: Range<usize>) -> Diagnostic {
    let error = Diagnostic::new(
        Code::Quoting,
        file.span(leaf.start, leaf.end),
        "YAML reads this as something else than one text",
    );
    let text = quoted(meant(&file.text()[leaf]));
    error.hint(format!("quote it: {}", shown(&text)))
}

/// The leaf without quotes around it that were meant for YAML and that quotes within it have ended too early.
fn meant(leaf: &str) -> &str {
    let inner = ['"', '\'']
        .iter()
        .find_map(|quote| leaf.strip_prefix(*quote)?.strip_suffix(*quote));
    inner
        .filter(|inner| !is_expression(leaf) && is_expression(inner))
        .unwrap_or(leaf)
}

/// Adds how a leaf is quoted, if it is one.
pub(super) fn hint(diagnostic: Diagnostic, file: &File, leaf: Range<usize>) -> Diagnostic {
    let text = quoted(&file.text()[leaf]);
    diagnostic.hint(format!("if it is Rust, quote it: {}", shown(&text)))
}

/// The leaf because of which the text could not be read on, if it was because of one.
pub(super) fn misread_leaf(file: &File, failure: &Failure) -> Option<Range<usize>> {
    let (text, at) = (file.text(), failure.offset().min(file.text().len()));
    let line = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let last = failure.last.clone();
    let start = match failure.error.kind() {
        // The leaf began as a text, an alias or the like, and went on as something else.
        ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::MappingValueNotAllowed
        | ErrorKind::ExpectedBlockMappingKey
            if last.start >= line && !last.is_empty() =>
        {
            last.start
        }
        // The leaf cannot begin as it does.
        ErrorKind::UnexpectedCharacter { .. }
        | ErrorKind::InvalidTagTerminator
        | ErrorKind::InvalidTagEscape
        | ErrorKind::UndeclaredTagHandle
        | ErrorKind::MissingAnchorOrAliasName
        | ErrorKind::InvalidBlockScalarHeader
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::MappingKeyNotAllowed
        | ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            let from = last.end.max(line);
            let before = text.get(from..)?;
            let value = before
                .find(|c: char| !matches!(c, ' ' | ':' | ',' | '{' | '['))
                .unwrap_or(0);
            let value =
                if failure.in_flow || !before[value..].starts_with("- ") || from + value == at {
                    value
                } else {
                    value + 2
                };
            from + value
        }
        _ if text[at..].starts_with([',', ']', '}']) && !failure.in_flow => at,
        _ => return None,
    };
    let leaf = leaf_from(text, start, failure.in_flow);
    (start >= line && leaf.end > at && leaf.len() > 1).then_some(leaf)
}

/// Puts a quoted text of the same length into the place of a leaf, so that every other place stays what it is.
pub(super) fn blank_out(text: &mut String, leaf: Range<usize>) {
    let blank = format!("\"{}\"", "_".repeat(leaf.len().saturating_sub(2)));
    text.replace_range(leaf, &blank);
}

/// The leaf that begins at `start`: up to the end of its line, or of its place in braces or brackets.
pub(super) fn leaf_from(text: &str, start: usize, in_flow: bool) -> Range<usize> {
    let line = line_from(text, start, LENGTH_LIMIT);
    // The end first, where there is one: many leaves may stand in one long line.
    let end = if in_flow {
        end_in_flow(line)
    } else {
        line.len()
    };
    let leaf = &line[..end];
    let leaf = leaf.find(" #").map_or(leaf, |comment| &leaf[..comment]);
    start..start + leaf.trim_end().len()
}

fn end_in_flow(line: &str) -> usize {
    let mut depth = 0_i32;
    for (at, c) in line.char_indices() {
        match c {
            ',' if depth == 0 => return at,
            '(' | '[' | '{' => depth += 1,
            '<' if is_generic(line, at) => depth += 1,
            '>' if depth > 0 && !line[..at].ends_with(['-', '=', ' ']) => depth -= 1,
            ')' => depth -= 1,
            ']' | '}' if depth == 0 => return at,
            ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    line.len()
}

/// How many more brackets a part of a leaf opens than it closes.
pub(super) fn open_brackets(part: &str) -> i32 {
    part.char_indices()
        .map(|(at, c)| match c {
            '(' => 1,
            '<' if is_generic(part, at) => 1,
            ')' => -1,
            '>' if !part[..at].ends_with(['-', '=', ' ']) && !part[at + 1..].starts_with('=') => -1,
            _ => 0,
        })
        .sum()
}

/// Whether the `<` at `at` opens the arguments of a type rather than compares.
fn is_generic(text: &str, at: usize) -> bool {
    let before = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    before
        && text[at + 1..].starts_with(|c: char| c.is_alphabetic() || matches!(c, '(' | '[' | '_'))
}
