//! The layout of a schema file: indentation, blank lines and spaces, with every comment where it was.
//!
//! Nothing is written anew: lines are moved and spaces are taken away, and what comes out is read again. Where it should
//! say anything else than before, the file stays as it is.

use crate::{
    diagnostic::{Diagnostics, Report},
    source::{File, FileId, Span},
    yaml::{self, Entry, Kind, Node, Room},
};
use std::ops::Range;

/// How far a block is indented.
const STEP: usize = 2;

/// Lays out a schema file.
///
/// Blocks are indented by two spaces, sequences as far as what they belong to is indented and two more. At most one blank
/// line stands anywhere, and none at either end; no line ends in spaces; lines end as they do on Unix. One space stands
/// behind a colon, a comma and a dash, and within braces. The order of the keys, the quotes, line breaks and brackets stay.
///
/// # Errors
/// What keeps the file from being read as YAML.
pub fn fmt(file: &File) -> Result<String, Report> {
    lay_out(file).map(|laid_out| laid_out.text)
}

/// A file once it is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LaidOut {
    /// Its text.
    pub text: String,
    /// Whether it stays as it is because it would say something else in the layout that it should have.
    pub is_left: bool,
}

/// Lays out a schema file as [`fmt`] does, and says whether that could be done.
///
/// # Errors
/// What keeps the file from being read as YAML.
pub fn lay_out(file: &File) -> Result<LaidOut, Report> {
    let text = file.text().replace("\r\n", "\n");
    let root = read(file, &text)?;
    let mut before = text.clone();
    // A comment may find its place only once what is around it has found its own.
    for _ in 0..ROUNDS {
        let Some(after) = round(file, &root, &before) else {
            return Ok(LaidOut {
                text: before,
                is_left: true,
            });
        };
        if after == before {
            return Ok(LaidOut {
                text: after,
                is_left: false,
            });
        }
        before = after;
    }
    Ok(LaidOut {
        text,
        is_left: false,
    })
}

/// So often a file is laid out until nothing moves any more; twice is mostly enough.
const ROUNDS: usize = 5;

/// Lays out a text once; nothing where what comes out says anything else than `root`.
fn round(file: &File, root: &Option<Node>, text: &str) -> Option<String> {
    let Ok(Some(now)) = read(file, text) else {
        return Some(text.to_owned());
    };
    let mut layout = Layout::of(text);
    layout.block(&now, 0);
    let after = layout.finish();
    let is_same = match (read(file, &after), root) {
        (Ok(Some(after)), Some(root)) => is_same(root, &after),
        _ => false,
    };
    is_same.then_some(after)
}

/// The tree of a text that may become the text of a file.
fn read(file: &File, text: &str) -> Result<Option<Node>, Report> {
    let mut cx = Diagnostics::new();
    let file = File::without_mark(file.name().to_owned(), text.to_owned(), file.id()).ok();
    let root = file.and_then(|file| yaml::parse(&mut cx, &file, &mut Room::default()));
    cx.finish().map(|_| root)
}

/// Whether two trees say the same, wherever it stands.
fn is_same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Scalar(a), Kind::Scalar(b)) => a == b,
        (Kind::Null, Kind::Null) => true,
        (Kind::Sequence(a), Kind::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Kind::Mapping(a), Kind::Mapping(b)) => {
            let same = |(a, b): (&Entry, &Entry)| a.key == b.key && is_same(&a.value, &b.value);
            a.len() == b.len() && a.iter().zip(b).all(same)
        }
        _ => false,
    }
}

/// What will become of the text.
struct Layout<'t> {
    text: &'t str,
    lines: Vec<Line>,
    /// Spaces to be replaced by others, in the order of the text once it is finished.
    spaces: Vec<(Range<usize>, &'static str)>,
}

/// A line and what will become of it.
struct Line {
    start: usize,
    end: usize,
    /// How far it is indented.
    indent: usize,
    place: Place,
    /// Whether it goes on with a text, whose blank lines and spaces belong to it.
    in_text: bool,
}

/// Where a line goes.
#[derive(Clone, Copy)]
enum Place {
    /// Not known: a comment, a blank line, `---`.
    Open,
    /// So far to the right.
    At(usize),
    /// As far to the right or left as that line is moved.
    With(usize),
}

impl<'t> Layout<'t> {
    fn of(text: &'t str) -> Self {
        let mut lines = Vec::new();
        let mut start = 0;
        for line in text.split('\n') {
            lines.push(Line {
                start,
                end: start + line.len(),
                indent: line.len() - line.trim_start_matches(' ').len(),
                place: Place::Open,
                in_text: false,
            });
            start += line.len() + 1;
        }
        Self {
            text,
            lines,
            spaces: Vec::new(),
        }
    }

    fn line_of(&self, offset: usize) -> usize {
        self.lines
            .partition_point(|line| line.start <= offset)
            .saturating_sub(1)
    }

    fn is_flow(&self, node: &Node) -> bool {
        matches!(node.kind, Kind::Sequence(_) | Kind::Mapping(_))
            && self.text[node.span.start as usize..].starts_with(['{', '['])
    }

    /// Lays out a block whose entries stand at this column.
    fn block(&mut self, node: &Node, column: usize) {
        match &node.kind {
            _ if self.is_flow(node) => self.inline(node, column),
            Kind::Mapping(entries) => {
                for entry in entries {
                    self.begin(entry.key_span, column);
                    self.value(entry.key_span, &entry.value, column);
                }
            }
            Kind::Sequence(items) => {
                for item in items {
                    self.item(item, column);
                }
            }
            Kind::Scalar(_) | Kind::Null | Kind::Mistaken => self.inline(node, column),
        }
    }

    fn item(&mut self, item: &Node, column: usize) {
        let start = item.span.start as usize;
        let Some(dash) = self.dash_before(start) else {
            return;
        };
        let at = |offset: usize| Span {
            file: FileId::default(),
            start: u32::try_from(offset).unwrap_or(u32::MAX),
            end: u32::try_from(offset + 1).unwrap_or(u32::MAX),
        };
        self.begin(at(dash), column);
        let spaces =
            self.text[dash + 1..start].len() - self.text[dash + 1..start].trim_start().len();
        self.one_space(dash + 1..dash + 1 + spaces);
        self.block(item, column + STEP);
    }

    /// The dash of the item that begins at `start`; comments and line breaks may stand in between.
    fn dash_before(&self, start: usize) -> Option<usize> {
        let mut line = self.line_of(start);
        let mut end = start;
        let mut is_below_mark = self.is_block_text(start);
        loop {
            let text = self.text.get(self.lines[line].start..end)?;
            let code = text.find(" #").map_or(text, |comment| &text[..comment]);
            let code = if code.trim_start().starts_with('#') {
                ""
            } else {
                code
            };
            // The `|` or `>` of a text of several lines stands between its dash and the text.
            let code = if is_below_mark && !code.trim().is_empty() {
                is_below_mark = false;
                without_mark(code).unwrap_or(code)
            } else {
                code
            };
            if let Some(dash) = code.trim_end().strip_suffix('-') {
                return Some(self.lines[line].start + dash.len());
            }
            if !code.trim().is_empty() {
                return None;
            }
            line = line.checked_sub(1)?;
            end = self.lines[line].end;
        }
    }

    /// The value behind a key.
    fn value(&mut self, key: Span, value: &Node, column: usize) {
        let (key_line, line) = (
            self.line_of(key.end as usize),
            self.line_of(value.span.start as usize),
        );
        if matches!(value.kind, Kind::Null) {
            return;
        }
        if key_line == line {
            let between = key.end as usize..value.span.start as usize;
            if let Some(colon) = self.text[between.clone()].find(':') {
                self.one_space(between.start + colon + 1..between.end);
            }
        }
        self.block(value, column + STEP);
    }

    /// What goes on over several lines without being a block: these move with its first line.
    fn inline(&mut self, node: &Node, column: usize) {
        let (start, end) = (node.span.start as usize, node.span.end as usize);
        let (first, last) = (self.line_of(start), self.last_line(start, end));
        self.begin(node.span, column);
        for line in first + 1..=last {
            self.lines[line].place = Place::With(first);
        }
        self.within(node);
    }

    /// The last line of what stands in a range, without blank lines and what else follows.
    fn last_line(&self, start: usize, end: usize) -> usize {
        let text = self.text.get(start..end).unwrap_or_default();
        self.line_of(start + text.trim_end().len().saturating_sub(1))
    }

    /// Spaces within braces and brackets, and texts of several lines.
    fn within(&mut self, node: &Node) {
        let (start, end) = (node.span.start as usize, node.span.end as usize);
        match &node.kind {
            Kind::Scalar(_) => {
                let first = self.line_of(start) + usize::from(!self.is_block_text(start));
                for line in first..=self.last_line(start, end) {
                    self.lines[line].in_text = true;
                }
            }
            Kind::Mapping(entries) if self.is_flow(node) => {
                let mut last = start + 1;
                for (place, entry) in entries.iter().enumerate() {
                    let key = entry.key_span.start as usize;
                    if place == 0 {
                        self.one_space(last..key);
                    } else {
                        self.comma(last..key);
                    }
                    let key_end = entry.key_span.end as usize;
                    last = key_end;
                    if !matches!(entry.value.kind, Kind::Null) {
                        let value = entry.value.span.start as usize;
                        if self.text.get(key_end..key_end + 1) == Some(":") {
                            self.one_space(key_end + 1..value);
                        }
                        self.within(&entry.value);
                        last = entry.value.span.end as usize;
                    }
                }
                let padding = if entries.is_empty() { "" } else { " " };
                self.replace(last..end.saturating_sub(1), padding);
            }
            Kind::Sequence(items) if self.is_flow(node) => {
                let mut last = None;
                for item in items {
                    if let Some(last) = last {
                        self.comma(last..item.span.start as usize);
                    }
                    self.within(item);
                    last = Some(item.span.end as usize);
                }
            }
            _ => {}
        }
    }

    /// Whether the text that begins here stands below a `|` or a `>`.
    fn is_block_text(&self, start: usize) -> bool {
        let line = self.lines[self.line_of(start)].start;
        let above = self.text[..line].trim_end().lines().next_back();
        let above = above.unwrap_or_default();
        let code = above.find(" #").map_or(above, |comment| &above[..comment]);
        self.text[line..start].trim().is_empty() && without_mark(code).is_some()
    }

    /// Puts what begins here at a column, if it is the first on its line or stands behind dashes that are.
    fn begin(&mut self, span: Span, column: usize) {
        let line = self.line_of(span.start as usize);
        let before = &self.text[self.lines[line].start..span.start as usize];
        if before.trim().is_empty() {
            self.lines[line].place = Place::At(column);
        }
    }

    fn comma(&mut self, between: Range<usize>) {
        let text = self.text.get(between.clone()).unwrap_or_default();
        if let Some(comma) = text.find(',')
            && text.trim() == ","
            && !text.contains('\n')
        {
            self.replace(between.start..between.start + comma, "");
            self.one_space(between.start + comma + 1..between.end);
        }
    }

    fn one_space(&mut self, spaces: Range<usize>) {
        self.replace(spaces, " ");
    }

    /// Replaces what is nothing but spaces; a line break or a comment among them stays.
    fn replace(&mut self, spaces: Range<usize>, by: &'static str) {
        let found = self.text.get(spaces.clone());
        if found.is_some_and(|found| found.bytes().all(|byte| byte == b' ') && found != by) {
            self.spaces.push((spaces, by));
        }
    }

    fn finish(mut self) -> String {
        self.spaces.sort_by_key(|(spaces, _)| spaces.start);
        let moved = self.columns();
        let mut text = String::with_capacity(self.text.len());
        let mut is_blank_before = true;
        for (line, column) in self.lines.iter().zip(moved) {
            let content = self.content(line);
            let is_blank = content.trim().is_empty();
            if line.in_text {
                if !content.is_empty() || line.indent > 0 {
                    text.extend(std::iter::repeat_n(' ', column));
                }
                text.push_str(&content);
            } else if !is_blank {
                text.extend(std::iter::repeat_n(' ', column));
                text.push_str(content.trim_end());
            } else if is_blank_before {
                continue;
            }
            is_blank_before = is_blank && !line.in_text;
            text.push('\n');
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }

    /// The text of a line behind its indentation, with its spaces replaced.
    fn content(&self, line: &Line) -> String {
        let mut content = String::new();
        let mut at = line.start + line.indent;
        let first = self.spaces.partition_point(|(spaces, _)| spaces.start < at);
        for (spaces, by) in &self.spaces[first..] {
            if spaces.end > line.end {
                break;
            }
            content.push_str(&self.text[at..spaces.start]);
            content.push_str(by);
            at = spaces.end;
        }
        content.push_str(&self.text[at..line.end]);
        content
    }

    /// How far each line is indented in the end.
    fn columns(&self) -> Vec<usize> {
        let mut columns: Vec<Option<usize>> = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            columns.push(match line.place {
                Place::At(column) => Some(column),
                // A line goes on with one above it, which is already placed.
                Place::With(first) => columns[first]
                    .map(|column| (line.indent + column).saturating_sub(self.lines[first].indent)),
                Place::Open => None,
            });
        }
        // Comments may be many, so that each is told what is next to it rather than looking for it.
        let is_placed = |line: &usize| columns[*line].is_some();
        let mut below = vec![None; columns.len()];
        for line in (1..columns.len()).rev() {
            below[line - 1] = Some(line).filter(is_placed).or(below[line]);
        }
        let mut above = vec![None; columns.len()];
        for line in 1..columns.len() {
            above[line] = Some(line - 1).filter(is_placed).or(above[line - 1]);
        }
        (0..columns.len())
            .map(|line| {
                columns[line]
                    .unwrap_or_else(|| self.column_of_comment(line, &columns, below[line], &above))
            })
            .collect()
    }

    /// A comment stands where what follows it stands or, where it is further to the right than that, with what is above it.
    fn column_of_comment(
        &self,
        line: usize,
        columns: &[Option<usize>],
        below: Option<usize>,
        above: &[Option<usize>],
    ) -> usize {
        let indent = self.lines[line].indent;
        let mut owner = above[line];
        while let Some(line) = owner.filter(|line| self.lines[*line].indent > indent) {
            owner = above[line];
        }
        match (below, owner) {
            (Some(below), _) if self.lines[below].indent >= indent => columns[below],
            (_, Some(owner)) => columns[owner],
            (below, None) => below.and_then(|below| columns[below]),
        }
        .unwrap_or(0)
    }
}

/// What stands before the `|` or `>` at the end of a line, behind which a text of several lines begins.
fn without_mark(code: &str) -> Option<&str> {
    let mark = code
        .trim_end()
        .trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
    mark.strip_suffix(['|', '>'])
}
