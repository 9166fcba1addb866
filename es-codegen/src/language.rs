//! The schema language as data: what may stand where, taken from the declarations that the reader itself is made of.
//!
//! The JSON Schema for editors and the reference are made of this, so that they cannot say anything else than the
//! reader does.

mod json_schema;

pub use json_schema::json_schema;

use crate::read::raw;

/// A mapping with fixed keys.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Section {
    /// Its name among the sections.
    pub name: &'static str,
    /// What messages call it, `an aggregate` say.
    pub what: &'static str,
    /// What it is.
    pub doc: String,
    /// Its keys, in the order in which they are best written.
    pub keys: Vec<Key>,
    /// The keys without which it says too little.
    pub required: &'static [&'static str],
    /// Keys of the language that this version does not read, and therefore refuses.
    pub later: &'static [&'static str],
}

/// A key of a [`Section`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Key {
    /// How it is written.
    pub name: &'static str,
    /// What stands under it.
    pub doc: String,
    /// What may stand under it.
    pub shape: Shape,
}

/// What may stand somewhere.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Shape {
    /// Text: a name, a type, an expression.
    Text,
    /// A whole number from 1 on.
    Number,
    /// `true` or `false`.
    Flag,
    /// One of a few words.
    Words(&'static [&'static str]),
    /// Anything at all: the value of a field, whose type decides.
    Any,
    /// A sequence.
    Sequence(Box<Shape>),
    /// A mapping of names to the same kind of thing; nothing at all is an empty one.
    Table(Box<Shape>),
    /// A mapping with fixed keys.
    Section(fn() -> Section),
    /// One of several shapes.
    OneOf(Vec<Shape>),
    /// A shape that people have a name for.
    Named(&'static str, Box<Shape>),
}

impl Shape {
    /// One thing, or a sequence of them; nothing at all is an empty one.
    pub(crate) fn one_or_many(one: Self) -> Self {
        Self::OneOf(vec![one.clone(), Self::Sequence(Box::new(one))])
    }

    /// Something that has a short form, and others.
    pub(crate) fn named<const N: usize>(name: &'static str, forms: [Self; N]) -> Self {
        Self::Named(name, Box::new(Self::OneOf(forms.into())))
    }
}

/// Every section, a schema first, each before those that stand in it.
#[must_use]
pub fn sections() -> Vec<Section> {
    let mut found = vec![raw::Schema::section()];
    let mut next = 0;
    while next < found.len() {
        let keys = found[next].keys.clone();
        keys.iter().for_each(|key| collect(&key.shape, &mut found));
        next += 1;
    }
    found
}

fn collect(shape: &Shape, found: &mut Vec<Section>) {
    match shape {
        Shape::Section(section) => {
            let section = section();
            if !found.iter().any(|known| known.name == section.name) {
                found.push(section);
            }
        }
        Shape::Sequence(inner) | Shape::Table(inner) | Shape::Named(_, inner) => {
            collect(inner, found);
        }
        Shape::OneOf(shapes) => shapes.iter().for_each(|shape| collect(shape, found)),
        Shape::Text | Shape::Number | Shape::Flag | Shape::Words(_) | Shape::Any => {}
    }
}
