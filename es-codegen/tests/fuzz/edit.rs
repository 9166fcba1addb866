//! Edits of schemas: most are such that the outcome is still read to its end.

use std::ops::Range;

/// One edit: which kind of it, and three numbers that it takes its places from.
pub(crate) type Edit = (u8, u16, u16, u16);

/// How many edits are made: mostly few, since after many little is left that is understood.
const EDITS: [usize; 8] = [1, 1, 1, 2, 2, 3, 5, 12];

/// No text grows larger than this.
const LARGEST: usize = 64 * 1024;

/// Words of the language, of Rust and of neither, put where others were.
const WORDS: &[&str] = &[
    "domain",
    "doc",
    "types",
    "aggregates",
    "rust",
    "id",
    "lifecycle",
    "state",
    "commands",
    "events",
    "scenarios",
    "for",
    "new",
    "existing",
    "any",
    "in",
    "fields",
    "reject",
    "emit",
    "emits",
    "handle",
    "by hand",
    "like",
    "create",
    "apply",
    "to",
    "tags",
    "given",
    "now",
    "when",
    "then",
    "rejected",
    "check",
    "as",
    "union",
    "enum",
    "type",
    "wire",
    "with",
    "message",
    "snapshot",
    "changes",
    "projections",
    "key",
    "row",
    "index",
    "at",
    "insert",
    "update",
    "delete",
    "delete: row",
    "on_error",
    "park",
    "retry",
    "revision",
    "Missing",
    "Exists",
    "WrongStatus",
    "Invalid",
    "bool",
    "u8",
    "i128",
    "u128",
    "f64",
    "usize",
    "String",
    "Decimal",
    "Uuid",
    "Timestamp",
    "Date",
    "Duration",
    "Bytes",
    "Option<u8>",
    "Vec<String>",
    "\"BTreeMap<String, u8>\"",
    "BTreeSet<u8>",
    "Box<u8>",
    "Option<Option<u8>>",
    "Self",
    "state",
    "command",
    "event",
    "value",
    "cx",
    "cx.now()",
    "cx.id()",
    "state.total",
    "command.item.clone()",
    "event",
    "\"S { a: 1 } == command.s\"",
    "\"|x| x\"",
    "\"{ let x = 1; x }\"",
    "\"return\"",
    "\"let x = 1\"",
    "\"if a { b }\"",
    "\"match x { _ => {} }\"",
    "\"a; b\"",
    "\"a = b\"",
    "\"x..\"",
    "\"#[a] b\"",
    "\"//! x\"",
    "\"/// x\"",
    "\"m! { }\"",
    "\"fn f() {}\"",
    "\"'a: loop {}\"",
    "\"async {}\"",
    "\"unsafe { }\"",
    "\"a as u8\"",
    "\"-1\"",
    "\"\"",
    "\";\"",
    "\"// x\"",
    "\"}} fn main() {\"",
    "\"*/\"",
    "\"/*\"",
    "'\"#'",
    "\"\\n#[x]\"",
    "\"\\u202e\"",
    "\"\\0\"",
    "\"\\r\"",
    "\"{limit}\"",
    "\"{{\"",
    "~",
    "null",
    "true",
    "no",
    "0",
    "-1",
    "1.0",
    "1e999",
    "340282366920938463463374607431768211456",
    "0x1F",
    "2026-01-05",
    "2026-01-05T10:00:00Z",
    "\"0.10\"",
    "[]",
    "{}",
    "[a, b]",
    "{ a: b }",
    "[[a]]",
    "!!str a",
    "&a",
    "*a",
    "<<",
    "---",
    "...",
    "| ",
    "> ",
    "# c",
    "@",
    "`",
    "%",
    "é",
    "e\u{301}",
    "ſ",
    "ß",
    "漢",
    "\u{202e}",
    "\u{200b}",
    "\u{feff}",
    "r#type",
    "type",
    "crate",
    "self",
    "a b",
    "a-b",
    "A::B",
    "../a",
    "_",
    "__",
    "a.b",
];

/// One of the seeds with edits made.
pub(crate) fn edited(seeds: &[String], seed: u8, edits: &[Edit]) -> String {
    let pick = |number: u16| &seeds[usize::from(number) % seeds.len()];
    let mut text = pick(u16::from(seed) / 8).clone();
    for (kind, a, b, c) in edits.iter().take(EDITS[usize::from(seed % 8)]) {
        let wanted = WORDS[usize::from(*b) % WORDS.len()];
        text = match kind % 16 {
            0 => swap(&text, names(&text), *a, *b),
            1 | 2 => replace(&text, &names(&text), *a, wanted),
            3 | 4 => replace(&text, &names(&text), *a, &picked(pick(*b), names, *c)),
            5 => swap(&text, values(&text), *a, *b),
            6 | 7 => replace(&text, &values(&text), *a, wanted),
            8..=10 => replace(&text, &values(&text), *a, &picked(pick(*b), values, *c)),
            11 => remove_block(&text, *a),
            12 => insert_block(&text, *a, &block(&text, *b)),
            13 => insert_block(&text, *a, &block(pick(*b), *c)),
            14 => indent_line(&text, *a, usize::from(b % 9)),
            _ => replace_character(&text, *a, *b),
        };
        if text.len() > LARGEST {
            break;
        }
    }
    text
}

/// Where something stands in a text.
type Place = Range<usize>;

/// The places of the names in a text: of letters and digits that belong together.
fn names(text: &str) -> Vec<Place> {
    let mut names: Vec<Place> = Vec::new();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        match names.last_mut() {
            _ if !c.is_alphanumeric() && c != '_' => {}
            Some(last) if last.end == at => last.end = end,
            _ => names.push(at..end),
        }
    }
    names
}

/// The places of the values in a text: what stands behind a `: ` or a `- `, up to the end of the line or of its brackets.
fn values(text: &str) -> Vec<Place> {
    let mut values = Vec::new();
    for (at, _) in text.match_indices([':', '-', ',', '[']) {
        let rest = &text[at + 1..];
        let value = rest.trim_start_matches(' ');
        let start = text.len() - value.len();
        let mut depth = 0_i32;
        let end = value.find(|c: char| {
            depth += match c {
                '(' | '[' | '{' => 1,
                ')' | ']' | '}' => -1,
                _ => 0,
            };
            c == '\n' || depth < 0 || depth == 0 && c == ','
        });
        let end = start + end.unwrap_or(value.len());
        if rest.starts_with(' ') && start < end {
            values.push(start..end);
        }
    }
    values
}

fn place(places: &[Place], number: u16) -> Option<Place> {
    places
        .get(usize::from(number) % places.len().max(1))
        .cloned()
}

/// The text at one of the places.
fn picked(text: &str, places: impl Fn(&str) -> Vec<Place>, number: u16) -> String {
    place(&places(text), number).map_or_else(String::new, |place| text[place].to_owned())
}

fn replace(text: &str, places: &[Place], number: u16, with: &str) -> String {
    match place(places, number) {
        Some(place) => format!("{}{with}{}", &text[..place.start], &text[place.end..]),
        None => with.to_owned(),
    }
}

fn swap(text: &str, places: Vec<Place>, one: u16, other: u16) -> String {
    let (Some(one), Some(other)) = (place(&places, one), place(&places, other)) else {
        return text.to_owned();
    };
    let (first, second) = match one.start <= other.start {
        true => (one, other),
        false => (other, one),
    };
    if first.end > second.start {
        return text.to_owned();
    }
    let between = &text[first.end..second.start];
    let (before, behind) = (&text[..first.start], &text[second.end..]);
    format!("{before}{}{between}{}{behind}", &text[second], &text[first])
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The lines of the block that begins at a line: those behind it that are indented deeper.
fn block_at(lines: &[&str], number: u16) -> (usize, usize) {
    let start = usize::from(number) % lines.len().max(1);
    let Some(first) = lines.get(start) else {
        return (0, 0);
    };
    let deeper = lines[start + 1..]
        .iter()
        .take_while(|line| indentation(line) > indentation(first))
        .count();
    (start, start + 1 + deeper)
}

fn block(text: &str, number: u16) -> String {
    let lines = lines(text);
    let (start, end) = block_at(&lines, number);
    lines[start..end].concat()
}

fn remove_block(text: &str, number: u16) -> String {
    let lines = lines(text);
    let (start, end) = block_at(&lines, number);
    lines[..start].concat() + &lines[end..].concat()
}

/// Puts a block before a line, indented as that line is.
fn insert_block(text: &str, number: u16, block: &str) -> String {
    let lines = lines(text);
    let at = usize::from(number) % lines.len().max(1);
    let wanted = lines.get(at).map_or(0, |line| indentation(line));
    let is = indentation(block);
    let moved = block.split_inclusive('\n').map(|line| {
        let depth = indentation(line).saturating_sub(is) + wanted;
        " ".repeat(depth) + line.trim_start_matches(' ')
    });
    let moved: String = moved.collect();
    let moved = moved.trim_end_matches('\n');
    lines[..at].concat() + moved + "\n" + &lines[at..].concat()
}

fn indent_line(text: &str, number: u16, depth: usize) -> String {
    let mut lines: Vec<String> = lines(text).into_iter().map(str::to_owned).collect();
    let at = usize::from(number) % lines.len().max(1);
    if let Some(line) = lines.get_mut(at) {
        *line = " ".repeat(depth) + line.trim_start_matches(' ');
    }
    lines.concat()
}

fn replace_character(text: &str, number: u16, with: u16) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = usize::from(number) % characters.len().max(1);
    if let (Some(old), Some(new)) = (
        characters.get_mut(at),
        char::from_u32(u32::from(with % 256)),
    ) {
        *old = new;
    }
    characters.into_iter().collect()
}
