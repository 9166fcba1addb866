//! Fingerprints of published shapes: an edited lock is told by them.
//!
//! What types are called does not count, since no event stores it.

use super::{
    history::{Content, Field, History, Hop, Kind, Shape, Step, TypeVersion, Version},
    lock::step_text,
    types::Versioned,
};
use crate::hash;
use std::collections::HashMap;

/// So deep a fingerprint looks into types that hold others. What lies deeper is told by the fingerprint of its own type.
const DEPTH: usize = 8;

/// The fingerprints of what a history holds.
pub(super) struct Fingerprints<'h> {
    /// The fingerprint of each type that looks so deep, all types held by it included.
    types: HashMap<Versioned<'h>, String>,
}

impl<'h> Fingerprints<'h> {
    pub(super) fn of(history: &'h History) -> Self {
        let versions = history.types.iter().flat_map(|ty| {
            let versions = ty.versions.iter();
            versions.map(|version| ((ty.name.as_str(), version.number), &version.kind))
        });
        let versions: Vec<(Versioned<'h>, &Kind)> = versions.collect();
        let mut found = Self {
            types: HashMap::new(),
        };
        // Each round sees one type deeper than the one before, so that types that hold themselves come to an end.
        for _ in 0..DEPTH {
            let types = versions.iter().map(|(ty, kind)| {
                let mut words = found.words();
                words.kind(kind);
                (*ty, words.hash())
            });
            found.types = types.collect();
        }
        found
    }

    /// The fingerprint of a version of an event.
    pub(super) fn event(&self, version: &Version) -> String {
        let mut words = self.words();
        words.say(&version.reads_as.to_string());
        words.hop(version.hop.as_ref());
        match &version.fields {
            Some(fields) => words.fields(fields),
            None => words.say("nothing"),
        }
        words.hash()
    }

    /// The fingerprint of a version of a type.
    pub(super) fn ty(&self, version: &TypeVersion) -> String {
        let mut words = self.words();
        words.hop(version.hop.as_ref());
        words.kind(&version.kind);
        words.hash()
    }

    fn words(&self) -> Words<'_> {
        Words {
            types: &self.types,
            text: String::new(),
        }
    }
}

/// What a fingerprint is made of: words that differ where what is stored differs.
struct Words<'f> {
    types: &'f HashMap<Versioned<'f>, String>,
    text: String,
}

impl Words<'_> {
    /// A word; its length goes before it, so that no two lists of words are one text.
    fn say(&mut self, word: &str) {
        self.text.push_str(&word.len().to_string());
        self.text.push(':');
        self.text.push_str(word);
    }

    fn hash(self) -> String {
        hash::of(self.text.bytes())
    }

    fn fields(&mut self, fields: &[Field]) {
        self.say(&fields.len().to_string());
        for field in fields {
            self.say(&field.name);
            self.shape(&field.shape);
        }
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Leaf(name) => self.say(name),
            Shape::Option(held) => self.held("option", held),
            Shape::Vec(held) => self.held("list", held),
            Shape::Set(held) => self.held("set", held),
            Shape::Map(key, held) => {
                self.held("map", key);
                self.shape(held);
            }
            Shape::Items(items) => {
                self.say("items");
                self.say(&items.len().to_string());
                items.iter().for_each(|item| self.shape(item));
            }
            Shape::Null => self.say("null"),
            Shape::Type(name, number) => {
                let types = self.types;
                self.say("type");
                self.say(
                    types
                        .get(&(name.as_str(), *number))
                        .map_or("", String::as_str),
                );
            }
        }
    }

    fn held(&mut self, what: &str, held: &Shape) {
        self.say(what);
        self.shape(held);
    }

    fn kind(&mut self, kind: &Kind) {
        match kind {
            Kind::Newtype(shape, _) | Kind::Own { wire: shape, .. } => self.shape(shape),
            Kind::Fields(fields) => {
                self.say("object");
                self.fields(fields);
            }
            Kind::Symbols(symbols) => {
                self.say("enum");
                self.say(&symbols.len().to_string());
                symbols
                    .iter()
                    .for_each(|it| self.say(oldest(&it.was, &it.name)));
            }
            Kind::Union(variants) => {
                self.say("union");
                self.say(&variants.len().to_string());
                for variant in variants {
                    self.say(oldest(&variant.was, &variant.name));
                    match &variant.content {
                        Content::Nothing => self.say("nothing"),
                        Content::Value(shape) => self.held("value", shape),
                        Content::Fields(fields) => self.fields(fields),
                    }
                }
            }
        }
    }

    fn hop(&mut self, hop: Option<&Hop>) {
        for step in hop.map_or(&[][..], |hop| &hop.steps) {
            self.say(&step_text(&frozen(step)));
        }
    }
}

/// What something was called first: whatever it is called later, it is the same.
fn oldest<'n>(was: &'n [String], name: &'n str) -> &'n str {
    was.first().map_or(name, String::as_str)
}

/// A step without the names that no event stores, and without those that may still change.
pub(super) fn frozen(step: &Step) -> Step {
    match step {
        Step::Follows(_) => Step::Follows(String::new()),
        Step::Split { .. } => Step::Split { into: Vec::new() },
        step => step.clone(),
    }
}
