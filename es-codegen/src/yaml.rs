//! YAML text becomes a tree in which every node knows its place and every scalar keeps its spelling.

mod characters;
mod quoting;

pub(crate) use characters::{harmless, turns};
pub(crate) use quoting::quoted;

use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    index::Index,
    source::{File, Span},
};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle};
use std::ops::Range;

/// Collections nested deeper than this are refused; no schema needs half of it.
const DEPTH_LIMIT: usize = 64;

/// How often a text is read again with a misread leaf blanked out, to find what is wrong behind it.
const RETRIES: usize = 50;

/// So many bytes are read again in all: enough for what people write, and little enough to be fast whatever the text.
const REREAD_LIMIT: usize = 4 * 1024 * 1024;

/// A schema of more keys, leaves and collections than this is refused: ten thousand events need three quarters of it.
const NODE_LIMIT: usize = 400_000;

/// A leaf that was split at its commas is looked for in this many parts.
const PARTS_LIMIT: usize = 32;

/// A node of the tree.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

impl Node {
    /// The text of a scalar.
    fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text) => Some(text),
            _ => None,
        }
    }
}

/// What a node is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Text, as it is spelt once quotes and escapes are taken away.
    Scalar(String),
    /// Nothing at all; `null` and `~` are text.
    Null,
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping; no key stands in it twice.
    Mapping(Vec<Entry>),
    /// Stands where a mistake was reported.
    Mistaken,
}

/// An entry of a mapping.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) value: Node,
}

/// How much more may be read: a schema of several files is no larger than one of a single file.
pub(crate) struct Room {
    nodes: usize,
    /// Whether it was too much, which is reported.
    is_full: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            nodes: NODE_LIMIT,
            is_full: false,
        }
    }
}

/// Reads the tree of a schema; `None` where there is none, which is then reported.
pub(crate) fn parse(cx: &mut Diagnostics, file: &File, room: &mut Room) -> Option<Node> {
    if room.is_full || characters::refuse(cx, file) {
        return None;
    }
    let mut text = file.text().to_owned();
    let mut misread = Vec::new();
    let mut reread = 0;
    loop {
        let mut builder = Builder::new(file, &misread, room.nodes);
        let failure = builder.run(&text).err();
        let retry = failure
            .as_ref()
            .filter(|_| misread.len() < RETRIES)
            .and_then(|failure| quoting::misread_leaf(file, failure));
        match (failure, retry) {
            (Some(_), Some(leaf)) if !misread.contains(&leaf) => {
                quoting::report(cx, file, leaf.clone());
                reread += leaf.end;
                if reread > REREAD_LIMIT {
                    builder.report_all(cx);
                    return None;
                }
                quoting::blank_out(&mut text, leaf.clone());
                misread.push(leaf);
            }
            (failure, _) => {
                room.nodes = builder.room;
                room.is_full = builder.is_full;
                builder.report_all(cx);
                match failure {
                    None if builder.is_full => {}
                    Some(failure) => cx.report(syntax_error(file, &failure)),
                    None if builder.root.is_none() => cx.report(
                        Diagnostic::new(Code::EmptyFile, file.span(0, 0), "the schema is empty")
                            .hint("it begins with `domain: name`, and goes on with `types` and `aggregates`"),
                    ),
                    None => return builder.root,
                }
                return None;
            }
        }
    }
}

/// What was read until the text could not be read any further.
pub(crate) struct Failure {
    error: ScanError,
    /// What the last node took up.
    last: Range<usize>,
    /// Whether it happened between braces or brackets.
    in_flow: bool,
}

impl Failure {
    fn offset(&self) -> usize {
        self.error.marker().byte_offset().unwrap_or(0)
    }
}

/// Puts the tree together from the events of the parser.
struct Builder<'s> {
    file: &'s File,
    misread: &'s [Range<usize>],
    found: Vec<Diagnostic>,
    open: Vec<Open>,
    root: Option<Node>,
    last: Range<usize>,
    anchored: bool,
    /// How many more nodes may follow.
    room: usize,
    is_full: bool,
}

/// A collection whose end was not seen yet.
struct Open {
    is_mapping: bool,
    in_flow: bool,
    start: usize,
    nodes: Vec<Node>,
}

/// A leaf that was split at its commas.
struct Split {
    /// The place of its first part among its neighbours.
    at: usize,
    /// How many parts follow.
    parts: usize,
    /// Where the last of them ends.
    end: usize,
}

impl<'s> Builder<'s> {
    fn new(file: &'s File, misread: &'s [Range<usize>], room: usize) -> Self {
        Self {
            file,
            misread,
            found: Vec::new(),
            open: Vec::new(),
            root: None,
            last: 0..0,
            anchored: false,
            room,
            is_full: false,
        }
    }

    fn report_all(&mut self, cx: &mut Diagnostics) {
        self.found
            .drain(..)
            .for_each(|diagnostic| cx.report(diagnostic));
    }

    fn run(&mut self, text: &str) -> Result<(), Failure> {
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            emit_comments: false,
            flow_nesting_limit: DEPTH_LIMIT,
            block_nesting_limit: DEPTH_LIMIT,
        };
        let mut documents = 0;
        for item in Parser::new_from_str_with_options(text, options) {
            let (event, span) = item.map_err(|error| Failure {
                error,
                last: self.last.clone(),
                in_flow: self.open.last().is_some_and(|open| open.in_flow),
            })?;
            let range = span.byte_range().unwrap_or(0..0);
            if self.room == 0 {
                self.refuse_more(range.start);
                return Ok(());
            }
            if let Some(tag) = span.tag_span().and_then(|tag| tag.byte_range()) {
                let is_leaf = matches!(event, Event::Scalar(..));
                self.refuse_tag(tag, is_leaf);
                if is_leaf {
                    self.push(range, Kind::Mistaken);
                    continue;
                }
            }
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        let error = Diagnostic::new(
                            Code::SecondDocument,
                            self.file.span(range.start, range.end),
                            "a second document begins here",
                        )
                        .hint("a schema is one document; put the other one into a file of its own");
                        self.found.push(error);
                        return Ok(());
                    }
                }
                Event::Scalar(value, style, anchor, _) => {
                    self.anchored = anchor > 0;
                    let is_null = style == ScalarStyle::Plain && range.is_empty();
                    self.push(
                        range,
                        if is_null {
                            Kind::Null
                        } else {
                            Kind::Scalar(value.into_owned())
                        },
                    );
                }
                Event::SequenceStart(style, ..) => self.begin(false, style, range.start),
                Event::MappingStart(style, ..) => self.begin(true, style, range.start),
                Event::SequenceEnd | Event::MappingEnd => self.end(&range),
                Event::Anchor(..) => self.refuse_anchor(&range),
                Event::Alias(_) | Event::UnresolvedAlias(_) => self.refuse_alias(range),
                _ => {}
            }
        }
        Ok(())
    }

    fn begin(&mut self, is_mapping: bool, style: StructureStyle, start: usize) {
        self.anchored = false;
        if self.open.is_empty() {
            self.refuse_tab_before(start);
        }
        self.open.push(Open {
            is_mapping,
            in_flow: style == StructureStyle::Flow,
            start,
            nodes: Vec::new(),
        });
    }

    fn end(&mut self, range: &Range<usize>) {
        let Some(Open {
            is_mapping,
            in_flow,
            start,
            nodes,
        }) = self.open.pop()
        else {
            return;
        };
        // A block ends where the next thing begins; what it takes up ends with its last node.
        let last = nodes.last().map_or(start, |node| node.span.end as usize);
        let end = if in_flow { range.end } else { last };
        let kind = if is_mapping {
            Kind::Mapping(self.entries(nodes, in_flow))
        } else {
            Kind::Sequence(self.items(nodes, in_flow))
        };
        self.push(start..end.max(start), kind);
    }

    fn push(&mut self, range: Range<usize>, kind: Kind) {
        let span = self.file.span(range.start, range.end);
        let kind = if self
            .misread
            .iter()
            .any(|leaf| leaf.start == range.start && !range.is_empty())
        {
            Kind::Mistaken
        } else {
            kind
        };
        self.last = range;
        self.room = self.room.saturating_sub(1);
        let node = Node { span, kind };
        match self.open.last_mut() {
            Some(open) => open.nodes.push(node),
            None if self.root.is_none() && !matches!(node.kind, Kind::Null) => {
                self.root = Some(node)
            }
            None => {}
        }
    }

    /// Gives up a schema that no person has written, with nothing but that said.
    fn refuse_more(&mut self, at: usize) {
        self.is_full = true;
        let message = format!("the schema has more than {NODE_LIMIT} keys and values");
        self.found = vec![
            Diagnostic::new(Code::TooLarge, self.file.span(at, at), message)
                .hint("describe a part of it as a domain of its own"),
        ];
    }

    fn items(&mut self, nodes: Vec<Node>, in_flow: bool) -> Vec<Node> {
        let mut splits = if in_flow {
            let parts: Vec<Option<&Node>> = nodes.iter().map(Some).collect();
            self.splits(nodes.iter(), &parts)
        } else {
            Vec::new()
        }
        .into_iter()
        .peekable();
        let mut items = Vec::with_capacity(nodes.len());
        let mut skipped = 0;
        for (at, node) in nodes.into_iter().enumerate() {
            if skipped > 0 {
                skipped -= 1;
            } else if let Some(split) = splits.next_if(|split| split.at == at) {
                skipped = split.parts;
                items.push(self.refuse_split(&node, split.end));
            } else {
                items.push(node);
            }
        }
        items
    }

    fn entries(&mut self, nodes: Vec<Node>, in_flow: bool) -> Vec<Entry> {
        let mut nodes = nodes.into_iter();
        let pairs: Vec<(Node, Node)> =
            std::iter::from_fn(|| Some((nodes.next()?, nodes.next()?))).collect();
        let mut splits = if in_flow {
            // The second half of a split leaf is read as a key without a value.
            let parts: Vec<Option<&Node>> = pairs
                .iter()
                .map(|(key, value)| matches!(value.kind, Kind::Null).then_some(key))
                .collect();
            self.splits(pairs.iter().map(|(_, value)| value), &parts)
        } else {
            Vec::new()
        }
        .into_iter()
        .peekable();
        // The texts of the keys are borrowed here and moved into the entries, so that none is copied.
        let keys: Vec<Option<&str>> = pairs.iter().map(|(key, _)| key.text()).collect();
        let mut first_places: Index<'_, Span> = Index::with_capacity(pairs.len());
        let firsts: Vec<Option<Span>> = keys
            .iter()
            .zip(&pairs)
            .map(|(text, (key, _))| first_places.insert((*text)?, key.span).copied())
            .collect();
        let mut entries: Vec<Entry> = Vec::with_capacity(pairs.len());
        let mut skipped = 0;
        for (at, (key, mut value)) in pairs.into_iter().enumerate() {
            if skipped > 0 {
                skipped -= 1;
                continue;
            }
            if let Some(split) = splits.next_if(|split| split.at == at) {
                skipped = split.parts;
                value = self.refuse_split(&value, split.end);
            }
            let key_span = key.span;
            let Some(text) = self.key_text(key) else {
                continue;
            };
            if let Some(first) = firsts[at] {
                let error = Diagnostic::new(
                    Code::DuplicateKey,
                    key_span,
                    format!("`{}` stands here twice", shown(&text)),
                )
                .label("again here")
                .other(first, "first defined here");
                self.found.push(error);
                continue;
            }
            entries.push(Entry {
                key: text,
                key_span,
                value,
            });
        }
        entries
    }

    fn key_text(&mut self, key: Node) -> Option<String> {
        match key.kind {
            Kind::Scalar(text) if text == "<<" && self.file.slice(key.span) == "<<" => {
                let error = Diagnostic::new(
                    Code::Anchor,
                    key.span,
                    "merge keys are refused: what is written is what there is",
                )
                .hint("an event takes another's fields and effect by `like: Other`");
                self.found.push(error);
                None
            }
            Kind::Scalar(text) => Some(text),
            Kind::Mistaken => None,
            Kind::Null | Kind::Sequence(_) | Kind::Mapping(_) => {
                self.found.push(
                    Diagnostic::new(
                        Code::KeyNotText,
                        key.span,
                        "a key is a name, and this is none",
                    )
                    .hint("quote it if it is meant as one"),
                );
                None
            }
        }
    }

    /// The leaves that YAML split at their commas: those that open a bracket which only a part behind them closes.
    fn splits<'n>(
        &self,
        leaves: impl Iterator<Item = &'n Node>,
        parts: &[Option<&Node>],
    ) -> Vec<Split> {
        let opens = |node: &Node| {
            let text = self.file.slice(node.span);
            (matches!(node.kind, Kind::Scalar(_)) && !text.starts_with(['"', '\'']))
                .then(|| quoting::open_brackets(text))
        };
        let mut splits = Vec::new();
        let mut next = 0;
        for (at, leaf) in leaves.enumerate() {
            let Some(mut depth) = opens(leaf).filter(|depth| at >= next && *depth > 0) else {
                continue;
            };
            for (count, part) in parts.iter().skip(at + 1).take(PARTS_LIMIT).enumerate() {
                let Some((part, opened)) = part.and_then(|part| Some((part, opens(part)?))) else {
                    break;
                };
                depth += opened;
                if depth == 0 {
                    splits.push(Split {
                        at,
                        parts: count + 1,
                        end: part.span.end as usize,
                    });
                    next = at + count + 2;
                    break;
                }
            }
        }
        splits
    }

    fn refuse_split(&mut self, first: &Node, end: usize) -> Node {
        let leaf = first.span.start as usize..end;
        self.found.push(quoting::diagnostic(self.file, leaf));
        Node {
            span: self.file.span(first.span.start as usize, end),
            kind: Kind::Mistaken,
        }
    }

    fn refuse_tag(&mut self, tag: Range<usize>, is_leaf: bool) {
        let error = Diagnostic::new(
            Code::Tag,
            self.file.span(tag.start, tag.end),
            "tags are refused: a schema's types are written in Rust",
        );
        let in_flow = self.open.last().is_some_and(|open| open.in_flow);
        let leaf = quoting::leaf_from(self.file.text(), tag.start, in_flow);
        self.found.push(if is_leaf {
            quoting::hint(error, self.file, leaf)
        } else {
            error.hint("take the tag away")
        });
    }

    fn refuse_anchor(&mut self, range: &Range<usize>) {
        let error = Diagnostic::new(
            Code::Anchor,
            self.file.span(range.start, range.end),
            "anchors are refused: what is written is what there is",
        );
        let in_flow = self.open.last().is_some_and(|open| open.in_flow);
        let error = if self.anchored {
            quoting::hint(
                error,
                self.file,
                quoting::leaf_from(self.file.text(), range.start, in_flow),
            )
        } else {
            error.hint("an event takes another's fields and effect by `like: Other`")
        };
        self.found.push(error);
        if self.anchored
            && let Some(node) = self.open.last_mut().and_then(|open| open.nodes.last_mut())
        {
            node.kind = Kind::Mistaken;
        }
    }

    fn refuse_alias(&mut self, range: Range<usize>) {
        if self.is_merged() {
            return self.push(range, Kind::Mistaken);
        }
        let error = Diagnostic::new(
            Code::Anchor,
            self.file.span(range.start, range.end),
            "aliases are refused: what is written is what there is",
        );
        let in_flow = self.open.last().is_some_and(|open| open.in_flow);
        let leaf = quoting::leaf_from(self.file.text(), range.start, in_flow);
        self.found.push(quoting::hint(error, self.file, leaf));
        self.push(range, Kind::Mistaken);
    }

    /// Whether what comes next stands under a merge key, which is refused as a whole.
    fn is_merged(&self) -> bool {
        let open = self.open.last().filter(|open| open.is_mapping);
        open.is_some_and(|open| {
            open.nodes.len() % 2 == 1 && open.nodes.last().and_then(Node::text) == Some("<<")
        })
    }

    /// The parser takes tabs before the very first key, which then indent nothing.
    fn refuse_tab_before(&mut self, start: usize) {
        let line = self.file.text()[..start]
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        if self.file.text()[line..start].contains('\t') {
            self.found.push(tab(self.file.span(line, start)));
        }
    }
}

fn tab(span: Span) -> Diagnostic {
    Diagnostic::new(Code::TabIndentation, span, "a tab cannot indent").hint("indent by spaces")
}

fn syntax_error(file: &File, failure: &Failure) -> Diagnostic {
    let at = failure.offset();
    let width = file
        .text()
        .get(at..)
        .and_then(|rest| rest.chars().next())
        .map_or(0, char::len_utf8);
    let span = file.span(at, at + width);
    let error = |message: &str| Diagnostic::new(Code::YamlSyntax, span, message);
    match failure.error.kind() {
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation | ErrorKind::TabAtBlockScalarStart => tab(span),
        ErrorKind::RecursionLimitExceeded => {
            Diagnostic::new(Code::TooDeep, span, format!("this is nested deeper than {DEPTH_LIMIT} levels")).hint("no schema needs that; look for a bracket that is never closed")
        }
        ErrorKind::UnclosedFlowCollection { open, .. } => error(&format!("a `{open}` is never closed")),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            error(&format!("this `{open}` is closed by a `{close}`")).hint("close each bracket by its own kind, and quote a leaf that has brackets in it")
        }
        ErrorKind::UnclosedQuotedScalar => error("a quote is never closed").hint("a quote within a quoted text is doubled, `''`, or follows a backslash, `\\\"`"),
        ErrorKind::MappingValueNotAllowed => {
            error("a `: ` cannot stand here").hint("give the line the indentation of its neighbours, or quote the text if the `: ` belongs to it")
        }
        ErrorKind::SimpleKeyExpected => error("a key without its `:`").hint("write `key: value`"),
        ErrorKind::InvalidColonPlacement => error("a `:` cannot stand here").hint("look for a bracket or a brace above that is never closed"),
        ErrorKind::ExpectedBlockMappingKey => error("a key belongs here").hint("give the line the indentation of its neighbours"),
        ErrorKind::InvalidIndentation => error("this line is not indented like its neighbours"),
        _ => error(&format!("this cannot be read as YAML: {}", failure.error.info().trim_end_matches('.'))),
    }
}
