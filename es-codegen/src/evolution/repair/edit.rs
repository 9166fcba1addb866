//! Edits of a schema's text, which leave everything else byte for byte as it is.

use crate::{
    diagnostic::Diagnostics,
    source::{File, Span},
    yaml::{self, Entry, Kind, Node, Room},
};

/// So far a block is indented that is written anew.
const STEP: usize = 2;

/// The tree of a schema file that can be read.
pub(super) fn tree(file: &File) -> Option<Node> {
    yaml::parse(&mut Diagnostics::new(), file, &mut Room::default())
}

/// The value under the key that stands at a place.
pub(super) fn value_at(node: &Node, place: Span) -> Option<&Node> {
    match &node.kind {
        Kind::Mapping(entries) => entries.iter().find_map(|entry| {
            let is_it = entry.key_span.file == place.file && entry.key_span.start == place.start;
            if is_it {
                Some(&entry.value)
            } else {
                value_at(&entry.value, place)
            }
        }),
        Kind::Sequence(items) => items.iter().find_map(|item| value_at(item, place)),
        _ => None,
    }
}

/// The value under a key of a mapping.
pub(super) fn value<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let entry = entries(node)?.iter().find(|entry| entry.key == key);
    entry.map(|entry| &entry.value)
}

fn entries(node: &Node) -> Option<&[Entry]> {
    match &node.kind {
        Kind::Mapping(entries) => Some(entries),
        _ => None,
    }
}

/// The text with a key more in a mapping; where there is none yet, its items become a sequence.
pub(super) fn with_key(text: &str, mapping: &Node, key: &str, value: &str) -> Option<String> {
    let entries = entries(mapping)?;
    if is_flow(text, mapping) {
        return within(
            text,
            mapping,
            &format!("{key}: {value}"),
            entries.is_empty(),
        );
    }
    let first = entries.first()?;
    let column = column(text, first.key_span.start as usize)?;
    let line = format!("{:column$}{key}: {value}", "");
    behind(text, mapping, &line)
}

/// The text with an item more at the end of a sequence.
pub(super) fn with_item(text: &str, sequence: &Node, item: &str) -> Option<String> {
    let Kind::Sequence(items) = &sequence.kind else {
        return None;
    };
    if is_flow(text, sequence) {
        return within(text, sequence, item, items.is_empty());
    }
    let last = items.last()?.span.start as usize;
    let line = line_start(text, last);
    let before = text.get(line..last)?;
    let column = before.find('-')?;
    if !before.trim().starts_with('-') || before.trim() != "-" {
        return None;
    }
    behind(text, sequence, &format!("{:column$}- {item}", ""))
}

/// The text with a short form under a key of its own: `{ a: b }` as `{ key: { a: b } }`.
pub(super) fn under_key(text: &str, node: &Node, key: &str) -> Option<String> {
    let (start, end) = (node.span.start as usize, end(text, node)?);
    let mut text = text.to_owned();
    if is_flow(&text, node) {
        text.insert_str(end, " }");
        text.insert_str(start, &format!("{{ {key}: "));
        return Some(text);
    }
    let column = column(&text, start)?;
    let from = line_start(&text, start);
    let inner: String = text
        .get(from..end)?
        .split_inclusive('\n')
        .map(|line| match line.trim() {
            "" => line.to_owned(),
            _ => format!("{:STEP$}{line}", ""),
        })
        .collect();
    let newline = newline(&text);
    text.replace_range(from..end, &format!("{:column$}{key}:{newline}{inner}", ""));
    Some(text)
}

/// Whether it is written in braces or brackets.
pub(super) fn is_flow(text: &str, node: &Node) -> bool {
    let start = text.get(node.span.start as usize..).unwrap_or_default();
    start.starts_with(['{', '['])
}

/// The text with something more before the closing bracket.
fn within(text: &str, node: &Node, more: &str, is_empty: bool) -> Option<String> {
    let end = node.span.end as usize;
    let inside = text.get(node.span.start as usize..end.checked_sub(1)?)?;
    let kept = inside.trim_end();
    let at = node.span.start as usize + kept.len();
    let comma = match kept {
        _ if is_empty => " ",
        kept if kept.ends_with(',') => " ",
        _ => ", ",
    };
    let mut text = text.to_owned();
    let space = if is_empty && kept.len() == inside.len() {
        " "
    } else {
        ""
    };
    text.insert_str(at, &format!("{comma}{more}{space}"));
    Some(text)
}

/// The text with a line more behind a node.
fn behind(text: &str, node: &Node, line: &str) -> Option<String> {
    let end = end(text, node)?;
    let rest = text.get(end..)?;
    let at = end + rest.find('\n').unwrap_or(rest.len());
    let at = if text[..at].ends_with('\r') {
        at - 1
    } else {
        at
    };
    let mut text = text.to_owned();
    let newline = newline(&text);
    text.insert_str(at, &format!("{newline}{line}"));
    Some(text)
}

/// Where what stands in a node ends: that of a block may be told behind the lines that follow it.
fn end(text: &str, node: &Node) -> Option<usize> {
    let last = match &node.kind {
        _ if is_flow(text, node) => None,
        Kind::Mapping(entries) => entries.last().map(|entry| match entry.value.kind {
            Kind::Null => Some(entry.key_span.end as usize),
            _ => end(text, &entry.value),
        }),
        Kind::Sequence(items) => items.last().map(|item| end(text, item)),
        _ => None,
    };
    match last {
        Some(last) => last,
        None => {
            let start = node.span.start as usize;
            let inside = text.get(start..node.span.end as usize)?;
            Some(start + inside.trim_end().len())
        }
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1)
}

/// How far the first thing on its line is indented; nothing where something stands before it.
fn column(text: &str, at: usize) -> Option<usize> {
    let before = text.get(line_start(text, at)..at)?;
    before.chars().all(|c| c == ' ').then_some(before.len())
}

fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}
