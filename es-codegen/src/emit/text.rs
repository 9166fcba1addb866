//! Rust as text, line by line, laid out as rustfmt lays it out.
//!
//! What stands in rules is the user's, and stays as it is written; everything around it has one of a few shapes, which
//! are cheaper to lay out here than to have parsed and printed again.

use crate::yaml::turns;
use std::borrow::Cow;

/// The width that lines keep to where that is in our hands.
pub(super) const WIDTH: usize = 100;

/// The width of the fields up to which a struct literal stands on one line.
const LITERAL_WIDTH: usize = 18;

/// The width of the fields up to which a variant stands on one line.
pub(super) const VARIANT_WIDTH: usize = 35;

/// Lines of Rust in the making.
#[derive(Debug)]
pub(super) struct Text {
    text: String,
    depth: usize,
    /// Whether the next item is the first of its block, before which no blank line stands.
    first: bool,
}

impl Text {
    /// Nothing yet, to stand in so many modules.
    pub(super) fn new(depth: usize) -> Self {
        Self {
            text: String::new(),
            depth,
            first: true,
        }
    }

    /// A file with what its `//!` lines say.
    pub(super) fn file(about: &str) -> Self {
        let mut file = Self::new(0);
        for line in about.trim().lines() {
            file.line(&comment("//!", line));
        }
        file.first = false;
        file
    }

    /// How many modules and blocks the next line stands in.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// How many columns are left for a line.
    pub(super) fn width(&self) -> usize {
        WIDTH.saturating_sub(4 * self.depth)
    }

    /// Begins an item: a blank line, unless it is the first.
    pub(super) fn item(&mut self) {
        if !self.first {
            self.text.push('\n');
        }
        self.first = false;
    }

    /// A line, or several that are indented alike.
    pub(super) fn line(&mut self, line: &str) {
        for line in line.split('\n') {
            if !line.is_empty() {
                self.text.extend(std::iter::repeat_n("    ", self.depth));
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }

    /// A line that begins a block.
    pub(super) fn open(&mut self, line: &str) {
        self.line(line);
        self.enter();
    }

    /// Enters the block that the last line has begun.
    pub(super) fn enter(&mut self) {
        self.depth += 1;
        self.first = true;
    }

    /// A line that ends a block.
    pub(super) fn close(&mut self, line: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(line);
        self.first = false;
    }

    /// `///` lines.
    pub(super) fn doc(&mut self, doc: &str) {
        for line in doc.trim().lines() {
            self.line(&comment("///", line));
        }
    }

    /// Items separated by commas between `head` and `tail`: on one line if they fit, else in filled rows.
    pub(super) fn row(&mut self, head: &str, items: &[String], tail: &str) {
        let line = format!("{head}{}{tail}", items.join(", "));
        if columns(&line) <= self.width() {
            return self.line(&line);
        }
        self.open(head);
        let mut row = String::new();
        for item in items {
            if !row.is_empty() && columns(&row) + 1 + columns(item) + 1 > self.width() {
                self.line(&row);
                row.clear();
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(item);
            row.push(',');
        }
        self.line(&row);
        self.close(tail);
    }

    /// Items separated by commas between `head` and `tail`: on one line if they fit, else each on its own.
    pub(super) fn column(&mut self, head: &str, items: &[String], tail: &str) {
        let line = format!("{head}{}{tail}", items.join(", "));
        if columns(&line) <= self.width() && !line.contains('\n') {
            return self.line(&line);
        }
        self.open(head);
        for item in items {
            self.line(&format!("{item},"));
        }
        self.close(tail);
    }

    /// A struct literal between `head`, its name, and `tail`.
    pub(super) fn literal(&mut self, head: &str, fields: &[(String, String)], tail: &str) {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| {
                if name == value {
                    name.clone()
                } else {
                    format!("{name}: {value}")
                }
            })
            .collect();
        let line = fields.join(", ");
        if fields.is_empty() {
            self.line(&format!("{head} {{}}{tail}"));
        } else if columns(&line) <= LITERAL_WIDTH && !line.contains('\n') {
            self.line(&format!("{head} {{ {line} }}{tail}"));
        } else {
            self.open(&format!("{head} {{"));
            for field in fields {
                self.line(&format!("{field},"));
            }
            self.close(&format!("}}{tail}"));
        }
    }

    /// Puts lines that are indented already behind the others.
    pub(super) fn append(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// The text.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// A text as a literal.
pub(super) fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// A name that is not taken, made of another one.
pub(super) fn fresh(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut fresh = name.to_owned();
    while is_taken(&fresh) {
        fresh.push('_');
    }
    fresh
}

/// How wide a text is.
pub(super) fn columns(text: &str) -> usize {
    text.chars().count()
}

fn comment(mark: &str, line: &str) -> String {
    match line.trim_end() {
        "" => mark.to_owned(),
        line => format!("{mark} {}", visible(line)),
    }
}

/// A line without what rustc refuses in a comment: the text may have come there by escapes.
fn visible(line: &str) -> Cow<'_, str> {
    let is_refused = |c: char| c.is_control() && c != '\t' || turns(c);
    if !line.contains(is_refused) {
        return Cow::Borrowed(line);
    }
    let escaped = line.chars().map(|c| match c {
        c if is_refused(c) => c.escape_default().to_string(),
        c => c.to_string(),
    });
    Cow::Owned(escaped.collect())
}
