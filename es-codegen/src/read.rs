//! The tree of a schema becomes raw structs: the keys of the language in the order of the schema, nothing looked up yet.

mod merge;
pub mod raw;
mod section;

use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    language::Shape,
    leaf,
    source::{File, Source, Span, Spanned},
    yaml::{self, Entry, Kind, Node, Room},
};
use std::num::NonZeroU32;

/// Reads a schema; `None` where there is nothing to go on with, which is then reported.
pub fn read(cx: &mut Diagnostics, source: &Source) -> Option<raw::Schema> {
    let mut room = Room::default();
    let schemas: Vec<Option<raw::Schema>> = source
        .files()
        .iter()
        .map(|file| read_file(cx, file, &mut room))
        .collect();
    // A name that seems to be missing may stand in a file that could not be read.
    let schemas: Option<Vec<raw::Schema>> = schemas.into_iter().collect();
    merge::merge(cx, schemas?)
}

fn read_file(cx: &mut Diagnostics, file: &File, room: &mut Room) -> Option<raw::Schema> {
    let root = yaml::parse(cx, file, room)?;
    let mut reader = Reader { cx, file };
    raw::Schema::read(&mut reader, file.span(0, 0), &root)
}

/// So many fields are written out in a hint.
const FIELDS_SHOWN: usize = 6;

/// What reading needs beside the node.
pub(crate) struct Reader<'r> {
    cx: &'r mut Diagnostics,
    file: &'r File,
}

/// Something that is read from a node.
pub(crate) trait Read: Sized {
    /// Reads `node`, which belongs to the key at `owner`; `None` where it cannot be, which is then reported.
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self>;

    /// What it is read from, for editors and the reference.
    fn shape() -> Shape;
}

/// Text with its place: a name, a type, an expression.
pub type Text = Spanned<String>;

/// Names with what stands under them, in the order of the schema.
#[derive(Debug, Clone)]
pub struct Table<T> {
    /// The entries.
    pub entries: Vec<Row<T>>,
}

/// An entry of a [`Table`].
#[derive(Debug, Clone)]
pub struct Row<T> {
    /// The name.
    pub name: Text,
    /// What stands under it; `None` where that was a mistake, which is reported.
    pub value: Option<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
        }
    }
}

impl Reader<'_> {
    fn wrong_shape<T>(&mut self, node: &Node, expected: &str) -> Option<T> {
        self.wrong_shape_but(node, expected, None)
    }

    fn wrong_shape_but<T>(
        &mut self,
        node: &Node,
        expected: &str,
        hint: Option<String>,
    ) -> Option<T> {
        let found = match node.kind {
            Kind::Scalar(_) => "text",
            Kind::Null => "nothing",
            Kind::Sequence(_) => "a sequence",
            Kind::Mapping(_) => "a mapping",
            Kind::Mistaken => return None,
        };
        self.cx.report(
            Diagnostic::new(
                Code::WrongShape,
                node.span,
                format!("{expected} belongs here"),
            )
            .label(format!("this is {found}"))
            .maybe_hint(hint),
        );
        None
    }

    /// The entries of a section with these keys; what stands in place of one that has a single key belongs under it.
    fn section<'n>(&mut self, node: &'n Node, what: &str, keys: &[&str]) -> Option<&'n [Entry]> {
        match (&node.kind, keys) {
            (Kind::Scalar(text), [only]) => {
                let hint = format!("write `{{ {only}: {} }}`", shown(text));
                self.wrong_shape_but(node, what, Some(hint))
            }
            _ => self.mapping(node, what),
        }
    }

    /// The entries of a mapping; a key with nothing under it is an empty one.
    fn mapping<'n>(&mut self, node: &'n Node, expected: &str) -> Option<&'n [Entry]> {
        match &node.kind {
            Kind::Mapping(entries) => Some(entries),
            Kind::Null => Some(&[]),
            _ => self.wrong_shape(node, expected),
        }
    }

    /// Reports the text that YAML read as something else: a mapping, a sequence, or nothing because of a `#`.
    fn misread<T>(&mut self, node: &Node, expected: &str) -> Option<T> {
        let leaf = match node.kind {
            Kind::Mapping(_) | Kind::Sequence(_) => node.span,
            Kind::Null => self.attribute(node.span),
            Kind::Scalar(_) | Kind::Mistaken => return None,
        };
        let text = self.file.slice(leaf);
        if text.is_empty() || text.contains('\n') {
            return self.wrong_shape(node, expected);
        }
        let message = format!("{expected} belongs here, and YAML reads this as something else");
        let hint = format!("if it is Rust, quote it: {}", shown(&yaml::quoted(text)));
        self.cx
            .report(Diagnostic::new(Code::Quoting, leaf, message).hint(hint));
        None
    }

    /// The attribute of Rust that YAML takes for a comment, on the line of `place`; nothing where there is none.
    fn attribute(&self, place: Span) -> Span {
        let (bytes, _) = self.file.lines_around(place.start, place.start);
        let line = self.file.text().get(bytes.clone()).unwrap_or_default();
        match line
            .find(" #[")
            .filter(|_| line.len() <= leaf::LENGTH_LIMIT)
        {
            Some(at) => self
                .file
                .span(bytes.start + at + 1, bytes.start + line.trim_end().len()),
            None => self.file.span(0, 0),
        }
    }

    /// Reports a key that is not one of the `known`, and returns the one that was probably meant.
    fn unknown_key(
        &mut self,
        entry: &Entry,
        owner: &str,
        known: &[&'static str],
        later: &[&str],
    ) -> Option<&'static str> {
        let key = entry.key.as_str();
        if later.contains(&key) {
            let error = Diagnostic::new(
                Code::NotYet,
                entry.key_span,
                format!("`{key}` is not supported yet"),
            );
            self.cx
                .report(error.hint("a later version reads it; until then take it out"));
            None
        } else {
            let hint = self
                .cx
                .did_you_mean(key, known.iter().copied())
                .or_else(|| Some(format!("there are `{}`", known.join("`, `"))));
            let error = Diagnostic::new(
                Code::UnknownKey,
                entry.key_span,
                format!("{owner} has no key `{}`", shown(key)),
            );
            self.cx.report(error.maybe_hint(hint));
            self.cx.similar(key, known)
        }
    }

    /// Reports a text that is none of the few that are possible.
    fn unknown_word<T>(
        &mut self,
        place: Span,
        text: &str,
        known: &[&'static str],
        message: String,
        way_out: &str,
    ) -> Option<T> {
        let hint = match self.cx.similar(text, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => way_out.to_owned(),
        };
        self.cx
            .report(Diagnostic::new(Code::UnknownValue, place, message).hint(hint));
        None
    }

    /// Whether a mapping is meant as one with these keys: it has one of them, or a key that is misspelt.
    fn has_keys(&mut self, entries: &[Entry], keys: &[&str]) -> bool {
        entries.iter().any(|entry| {
            keys.contains(&entry.key.as_str()) || self.cx.similar(&entry.key, keys).is_some()
        })
    }

    /// Makes sure that a mapping is the long form of something, rather than fields of which one is called like a key of it.
    ///
    /// `is_long` says of a key that makes it the long form whether it may, given that there are keys which are unknown.
    fn long_form(
        &mut self,
        owner: Span,
        entries: &[Entry],
        (keys, later): (&[&str], &[&str]),
        what: &str,
        is_long: impl Fn(&Entry, bool) -> bool,
    ) -> Option<()> {
        let unknown = entries.iter().find(|entry| {
            let key = entry.key.as_str();
            !keys.contains(&key) && !later.contains(&key) && self.cx.similar(key, keys).is_none()
        });
        let Some(form) = entries
            .iter()
            .find(|entry| !is_long(entry, unknown.is_some()))
        else {
            return Some(());
        };
        let key = &form.key;
        let message = match unknown {
            Some(unknown) => format!(
                "the key `{key}` makes this the long form of {what}, which has no key `{}`",
                shown(&unknown.key)
            ),
            None => format!("the key `{key}` makes this the long form of {what}"),
        };
        let written = |text: &str| match text {
            "" => "…".to_owned(),
            text if text.contains('\n') => "…".to_owned(),
            text => shown(text),
        };
        let mut fields: Vec<String> = entries
            .iter()
            .take(FIELDS_SHOWN)
            .map(|entry| {
                let value = written(self.file.slice(entry.value.span));
                format!("{}: {value}", written(self.file.slice(entry.key_span)))
            })
            .collect();
        if entries.len() > FIELDS_SHOWN {
            fields.push("…".to_owned());
        }
        let hint = format!(
            "if `{key}` is a field, write all fields under `fields`: `{}: {{ fields: {{ {} }} }}`",
            shown(self.file.slice(owner)),
            fields.join(", ")
        );
        self.cx
            .report(Diagnostic::new(Code::WrongShape, form.key_span, message).hint(hint));
        None
    }

    /// Reports the keys without which their owner says too little.
    fn require(&mut self, owner: Span, what: &str, required: &[&str], present: &[&str]) {
        for key in required.iter().filter(|key| !present.contains(key)) {
            self.cx.report(Diagnostic::new(
                Code::MissingKey,
                owner,
                format!("{what} needs the key `{key}`"),
            ));
        }
    }
}

impl Read for Text {
    fn read(reader: &mut Reader<'_>, _owner: Span, node: &Node) -> Option<Self> {
        match &node.kind {
            Kind::Scalar(text) => Some(Self {
                value: text.clone(),
                span: node.span,
            }),
            _ => reader.misread(node, "text"),
        }
    }

    fn shape() -> Shape {
        Shape::Text
    }
}

/// A number from 1 on, with its place.
pub type Number = Spanned<NonZeroU32>;

impl Read for Number {
    fn read(reader: &mut Reader<'_>, _owner: Span, node: &Node) -> Option<Self> {
        let Kind::Scalar(text) = &node.kind else {
            return reader.wrong_shape(node, "a number");
        };
        // What is spelt otherwise, `010` or `1_000` say, is another number to some readers of YAML.
        let number = text.parse::<NonZeroU32>().ok();
        let Some(value) = number.filter(|number| number.to_string() == *text) else {
            let error = Diagnostic::new(
                Code::BadNumber,
                node.span,
                format!("`{}` is not a whole number from 1 on", shown(text)),
            );
            let hint = format!("write it in digits alone; the largest is {}", u32::MAX);
            reader.cx.report(error.hint(hint));
            return None;
        };
        Some(Self {
            value,
            span: node.span,
        })
    }

    fn shape() -> Shape {
        Shape::Number
    }
}

/// Something that is so where it is said, with its place.
pub type Flag = Spanned<bool>;

/// How a [`Flag`] is written.
const FLAG_WORDS: [&str; 2] = ["true", "false"];

impl Read for Flag {
    fn read(reader: &mut Reader<'_>, _owner: Span, node: &Node) -> Option<Self> {
        let Kind::Scalar(text) = &node.kind else {
            return reader.wrong_shape(node, "`true` or `false`");
        };
        let value = match text.as_str() {
            "true" => true,
            "false" => false,
            _ => {
                return reader.unknown_word(
                    node.span,
                    text,
                    &FLAG_WORDS,
                    format!("`{}` is neither `true` nor `false`", shown(text)),
                    "write `true`, or leave the key out",
                );
            }
        };
        Some(Self {
            value,
            span: node.span,
        })
    }

    fn shape() -> Shape {
        Shape::Flag
    }
}

impl<T: Read> Read for Table<T> {
    fn read(reader: &mut Reader<'_>, _owner: Span, node: &Node) -> Option<Self> {
        let entries = reader.mapping(node, "a mapping of names")?;
        let entries = entries
            .iter()
            .map(|entry| Row {
                name: entry.name(),
                value: T::read(reader, entry.key_span, &entry.value),
            })
            .collect();
        Some(Self { entries })
    }

    fn shape() -> Shape {
        Shape::Table(Box::new(T::shape()))
    }
}

/// One thing, or a sequence of them.
#[derive(Debug, Clone)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T: Read> Read for OneOrMany<T> {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        match &node.kind {
            Kind::Sequence(items) => Some(Self(
                items
                    .iter()
                    .filter_map(|item| T::read(reader, owner, item))
                    .collect(),
            )),
            _ => T::read(reader, owner, node).map(|one| Self(vec![one])),
        }
    }

    fn shape() -> Shape {
        Shape::one_or_many(T::shape())
    }
}

/// Something that the schema says, or that is written by hand.
#[derive(Debug, Clone)]
pub enum ByHand<T> {
    /// `by hand`
    ByHand(Span),
    /// What the schema says.
    Given(T),
}

/// The text that leaves something to code of the user's.
pub(crate) const BY_HAND: &str = "by hand";

impl<T: Read> Read for ByHand<T> {
    fn read(reader: &mut Reader<'_>, owner: Span, node: &Node) -> Option<Self> {
        match &node.kind {
            Kind::Scalar(text) if text == BY_HAND => Some(Self::ByHand(node.span)),
            _ => T::read(reader, owner, node).map(Self::Given),
        }
    }

    fn shape() -> Shape {
        Shape::OneOf(vec![Shape::Words(&[BY_HAND]), T::shape()])
    }
}

impl Entry {
    fn name(&self) -> Text {
        Text {
            value: self.key.clone(),
            span: self.key_span,
        }
    }
}
