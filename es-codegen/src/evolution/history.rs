//! The history of a domain: every shape that each stored event has had, as plain data.
//!
//! A schema declares one, and a lock file keeps the one that was published; both are held against each other in this
//! form. Everything in it goes by stored names: what things are called in Rust is nobody's history.

use crate::source::Span;

/// The history of a domain.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The name of the domain.
    pub domain: String,
    /// Its aggregates, in the order of the schema.
    pub aggregates: Vec<AggregateHistory>,
    /// The types of its values.
    pub types: Vec<TypeHistory>,
    /// Its projections, each with the fingerprint of what makes its rows.
    pub projections: Vec<Made>,
}

/// An aggregate.
#[derive(Debug, Clone)]
pub struct AggregateHistory {
    /// What it is called now.
    pub name: String,
    /// The category that its streams have in the store: its oldest name, since no stream ever moves.
    pub category: String,
    /// Where it stands.
    pub place: Span,
    /// How its identity is stored.
    pub id: Shape,
    /// Its events.
    pub events: Vec<EventHistory>,
    /// Its commands, each with the fingerprint of its fields.
    pub commands: Vec<Made>,
    /// The fingerprint of what makes its states: the fields, and what the events do to them.
    pub state: String,
    /// Findings that are accepted here.
    pub allow: Vec<Allow>,
}

/// Something that is made anew rather than evolved, with what tells one making from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its name.
    pub name: String,
    /// Equal for as long as nothing about it changes.
    pub fingerprint: String,
    /// Where it stands.
    pub place: Span,
}

/// An event.
#[derive(Debug, Clone)]
pub struct EventHistory {
    /// Its stored name.
    pub name: String,
    /// The names that it was stored under before.
    pub was: Vec<String>,
    /// Whether it is read, but never produced any more.
    pub retired: Option<Retired>,
    /// Where it stands.
    pub place: Span,
    /// Its shapes, oldest first: the one at place `n` is version `n + 1`.
    pub versions: Vec<Version>,
    /// Findings that are accepted here.
    pub allow: Vec<Allow>,
}

/// What becomes of a retired event when it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retired {
    /// It still does to the state what it did.
    Folded,
    /// Nothing: it has no effect any more.
    Ignored,
    /// Its last change is a split, and it is none of the events that it becomes.
    Split,
}

/// A shape of an event.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its number, counted from 1.
    pub number: u16,
    /// The oldest version whose code may still read it.
    pub reads_as: u16,
    /// Its fields; nothing for what comes after the split of an event that is none of its own parts.
    pub fields: Option<Vec<Field>>,
    /// What led to it from the version before; nothing for the first.
    pub hop: Option<Hop>,
    /// Where it is declared: its entry under `changes`, else the event.
    pub place: Span,
}

/// What leads from one version to the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hop {
    /// The steps, in the order in which they are written.
    pub steps: Vec<Step>,
}

/// A step from one version to the next. Fields go by their stored names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A field that was not there, with the value that older events have: an expression, frozen once published.
    Add {
        /// The field.
        field: String,
        /// The expression, its tokens separated by single spaces.
        value: String,
    },
    /// A field that is there no more.
    Remove {
        /// The field.
        field: String,
    },
    /// A field that was called otherwise.
    Rename {
        /// What it was called.
        from: String,
        /// What it is called.
        to: String,
    },
    /// A field that was of another type.
    Retype {
        /// The field.
        field: String,
        /// How a value becomes one of the new type: an expression, or nothing where none is needed or written by hand.
        with: Option<String>,
    },
    /// A field that held one value: of an option or a list now.
    Wrap {
        /// The field.
        field: String,
    },
    /// Fields that became the parts of a value object.
    Nest {
        /// The field that holds the value object.
        field: String,
        /// Each part with the field that it was.
        parts: Vec<(String, String)>,
    },
    /// A value object whose parts became fields.
    Flatten {
        /// The field that held the value object.
        field: String,
        /// Each field with the part that it was.
        parts: Vec<(String, String)>,
    },
    /// Values that became others; of a type, the symbols that were taken away.
    Map {
        /// The field; nothing where it is a change of an enum.
        field: Option<String>,
        /// What each was and is.
        values: Vec<(String, String)>,
    },
    /// Symbols of an enum, or variants of a union, that were not there.
    AddSymbols(Vec<String>),
    /// A type of values that made a step of its own.
    Follows(String),
    /// One event that became several.
    Split {
        /// The stored names of the events that it became.
        into: Vec<String>,
    },
    /// Something that only the user's code knows.
    ByHand,
}

/// A stored field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its stored name.
    pub name: String,
    /// What it holds.
    pub shape: Shape,
    /// Where it stands.
    pub place: Span,
}

/// How values are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// As a type of the language: `bool`, `u8` to `i128`, `f64`, `String`, `Decimal`, `Uuid`, `Timestamp`, `Date`,
    /// `Duration`, `Bytes`.
    Leaf(String),
    /// As what it holds, or not.
    Option(Box<Shape>),
    /// As a list.
    Vec(Box<Shape>),
    /// As a list without repetitions.
    Set(Box<Shape>),
    /// As an object.
    Map(Box<Shape>, Box<Shape>),
    /// As a list of so many values, each of its own kind.
    Items(Vec<Shape>),
    /// As `null`.
    Null,
    /// As a type of [`History::types`], in this version of it.
    Type(String, u16),
}

/// A type of values.
#[derive(Debug, Clone)]
pub struct TypeHistory {
    /// Its name, which is not stored in events.
    pub name: String,
    /// Where it stands.
    pub place: Span,
    /// Its shapes, oldest first.
    pub versions: Vec<TypeVersion>,
    /// Findings that are accepted here.
    pub allow: Vec<Allow>,
}

/// A shape of a type.
#[derive(Debug, Clone)]
pub struct TypeVersion {
    /// Its number, counted from 1.
    pub number: u16,
    /// What it is.
    pub kind: Kind,
    /// What led to it from the version before; nothing for the first.
    pub hop: Option<Hop>,
    /// Where it is declared: its entry under `changes`, else the type.
    pub place: Span,
}

/// What a type is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Stored as what it is made over, with the condition that its values have to meet, where there is one.
    Newtype(Shape, Option<String>),
    /// One of these texts.
    Symbols(Vec<Symbol>),
    /// An object.
    Fields(Vec<Field>),
    /// One of these shapes, externally tagged.
    Union(Vec<Variant>),
    /// A type of the user's own: its path in Rust, what it is in stored data, and a value of it for samples.
    Own {
        /// Its path in Rust.
        rust: String,
        /// What it is in stored data.
        wire: Shape,
        /// A text, a number, or whatever it is in stored data, as JSON; for samples.
        sample: Option<String>,
    },
}

/// A symbol of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// What is stored.
    pub name: String,
    /// What was stored before, and is still read.
    pub was: Vec<String>,
}

/// A variant of a union.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its stored name.
    pub name: String,
    /// What it was stored as before, and is still read.
    pub was: Vec<String>,
    /// What it holds.
    pub content: Content,
}

/// What a variant of a union holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// Nothing: its name stands for it alone.
    Nothing,
    /// One value, as which it is stored under its name.
    Value(Shape),
    /// An object.
    Fields(Vec<Field>),
}

impl Content {
    /// The shapes in it, to be changed.
    pub(super) fn shapes_mut(&mut self) -> Vec<&mut Shape> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Value(shape) => vec![shape],
            Self::Fields(fields) => fields.iter_mut().map(|field| &mut field.shape).collect(),
        }
    }

    /// The shapes in it.
    pub(super) fn shapes(&self) -> Vec<&Shape> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Value(shape) => vec![shape],
            Self::Fields(fields) => fields.iter().map(|field| &field.shape).collect(),
        }
    }
}

/// A finding that somebody has accepted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    /// The rule.
    pub rule: String,
    /// Why; nothing where none is given, which is a mistake.
    pub reason: Option<String>,
    /// Where it stands.
    pub place: Span,
}
