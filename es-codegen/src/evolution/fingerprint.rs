//! Fingerprints of published shapes: an edited lock is told by them.
//!
//! Types are expanded where they first occur. What they are called does not count, since no event stores it.

use super::{
    history::{Field, History, Hop, Kind, Shape, Step, Symbol},
    lock::step_text,
};
use crate::hash;

/// The fingerprint of a version of an event.
pub(super) fn of_event(
    history: &History,
    reads_as: u16,
    fields: Option<&[Field]>,
    hop: Option<&Hop>,
) -> String {
    let mut shape = Expanded::of(history);
    shape.say(&reads_as.to_string());
    shape.hop(hop);
    match fields {
        Some(fields) => shape.fields(fields),
        None => shape.say("nothing"),
    }
    hash::of(shape.text.bytes())
}

/// The fingerprint of a version of a type.
pub(super) fn of_type(history: &History, kind: &Kind, hop: Option<&Hop>) -> String {
    let mut shape = Expanded::of(history);
    shape.hop(hop);
    shape.kind(kind);
    hash::of(shape.text.bytes())
}

/// A shape in full, as text that differs where what is stored differs.
struct Expanded<'h> {
    history: &'h History,
    /// The types that were met, each expanded at its first place.
    met: Vec<(&'h str, u16)>,
    text: String,
}

impl<'h> Expanded<'h> {
    fn of(history: &'h History) -> Self {
        Self {
            history,
            met: Vec::new(),
            text: String::new(),
        }
    }

    /// A word; its length goes before it, so that no two lists of words are one text.
    fn say(&mut self, word: &str) {
        self.text.push_str(&word.len().to_string());
        self.text.push(':');
        self.text.push_str(word);
    }

    fn fields(&mut self, fields: &'h [Field]) {
        self.say(&fields.len().to_string());
        for field in fields {
            self.say(&field.name);
            self.shape(&field.shape);
        }
    }

    fn shape(&mut self, shape: &'h Shape) {
        match shape {
            Shape::Leaf(name) => self.say(name),
            Shape::Option(held) => self.held("option", held),
            Shape::Vec(held) => self.held("list", held),
            Shape::Set(held) => self.held("set", held),
            Shape::Map(key, held) => {
                self.held("map", key);
                self.shape(held);
            }
            Shape::Type(name, version) => {
                let key = (name.as_str(), *version);
                if let Some(place) = self.met.iter().position(|met| *met == key) {
                    return self.held_at(place);
                }
                self.met.push(key);
                match self.history.type_version(name, *version) {
                    Some(found) => self.kind(&found.kind),
                    None => self.say("nothing"),
                }
            }
        }
    }

    fn held(&mut self, what: &str, held: &'h Shape) {
        self.say(what);
        self.shape(held);
    }

    fn held_at(&mut self, place: usize) {
        self.say("type");
        self.say(&place.to_string());
    }

    fn kind(&mut self, kind: &'h Kind) {
        match kind {
            Kind::Newtype(shape, _) | Kind::Own { wire: shape, .. } => self.shape(shape),
            Kind::Fields(fields) => {
                self.say("object");
                self.fields(fields);
            }
            Kind::Symbols(symbols) => {
                self.say("enum");
                self.say(&symbols.len().to_string());
                symbols.iter().for_each(|symbol| self.say(symbol.oldest()));
            }
            Kind::Union(variants) => {
                self.say("union");
                self.say(&variants.len().to_string());
                for variant in variants {
                    self.say(variant.was.first().unwrap_or(&variant.name));
                    self.fields(&variant.fields);
                }
            }
        }
    }

    fn hop(&mut self, hop: Option<&'h Hop>) {
        let steps = hop.map_or(&[][..], |hop| &hop.steps);
        for step in steps {
            self.say(&step_text(&frozen(step)));
        }
    }
}

/// A step without the names that no event stores, and without those that may still change.
pub(super) fn frozen(step: &Step) -> Step {
    match step {
        Step::Follows(_) => Step::Follows(String::new()),
        Step::Split { .. } => Step::Split { into: Vec::new() },
        step => step.clone(),
    }
}

impl Symbol {
    /// What it was called first: a symbol that is called otherwise is still the same.
    pub(super) fn oldest(&self) -> &str {
        self.was.first().unwrap_or(&self.name)
    }
}
