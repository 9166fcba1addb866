//! The description of an aggregate as JSON: the same that its derives give as `DESCRIPTION.to_json()`.
//!
//! What the keys mean stands at `AggregateDescription::to_json` in es-runtime, and a test of both holds them together.

use crate::model::{Aggregate, Field, Model, Target, Type, TypeId, TypeKind};
use serde::Serialize;
use std::collections::BTreeMap;

/// The description of an aggregate.
#[must_use]
pub fn description(model: &Model, aggregate: &Aggregate) -> String {
    let mut types = Types {
        model,
        kinds: BTreeMap::new(),
    };
    let described = types.aggregate(aggregate);
    // Text and numbers can always be written.
    let mut text = serde_json::to_string_pretty(&described).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Described<'m> {
    name: &'m str,
    id: String,
    events: Vec<Event<'m>>,
    commands: Vec<Command<'m>>,
    types: BTreeMap<&'m str, Kind<'m>>,
}

#[derive(Serialize)]
struct Event<'m> {
    name: &'m str,
    version: u16,
    creates: bool,
    fields: Vec<Part<'m>>,
}

#[derive(Serialize)]
struct Command<'m> {
    name: &'m str,
    #[serde(rename = "for")]
    target: &'static str,
    emits: Vec<&'m str>,
    fields: Vec<Part<'m>>,
}

#[derive(Serialize)]
struct Part<'m> {
    name: &'m str,
    #[serde(rename = "type")]
    ty: String,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind<'m> {
    Newtype(String),
    Symbols(Vec<&'m str>),
    Fields(Vec<Part<'m>>),
    Union(Vec<Variant<'m>>),
}

#[derive(Serialize)]
struct Variant<'m> {
    name: &'m str,
    fields: Vec<Part<'m>>,
}

/// The types that have been met so far.
struct Types<'m> {
    model: &'m Model,
    /// Nothing for a type that is being described.
    kinds: BTreeMap<&'m str, Option<Kind<'m>>>,
}

impl<'m> Types<'m> {
    fn aggregate(&mut self, aggregate: &'m Aggregate) -> Described<'m> {
        let id = self.ty(&aggregate.id.value);
        let events = aggregate.events.iter().map(|event| Event {
            name: &event.name.stored,
            version: 1,
            creates: event.is_creation(),
            fields: self.fields(&event.fields),
        });
        let events = events.collect();
        let commands = aggregate.commands.iter().map(|command| {
            let mut emits: Vec<&str> = Vec::new();
            for event in command.emits() {
                let name = aggregate.event(event.value).name.stored.as_str();
                if !emits.contains(&name) {
                    emits.push(name);
                }
            }
            Command {
                name: &command.name.stored,
                target: match command.target {
                    Target::New => "new",
                    Target::Existing => "existing",
                    Target::Any => "any",
                },
                emits,
                fields: self.fields(&command.fields),
            }
        });
        let commands = commands.collect();
        let kinds = std::mem::take(&mut self.kinds).into_iter();
        Described {
            name: &aggregate.name.stored,
            id,
            events,
            commands,
            types: kinds
                .filter_map(|(name, kind)| Some((name, kind?)))
                .collect(),
        }
    }

    fn fields(&mut self, fields: &'m [Field]) -> Vec<Part<'m>> {
        let fields = fields.iter().map(|field| Part {
            name: field.stored_name(),
            ty: self.ty(&field.ty),
        });
        fields.collect()
    }

    /// The type as it is written in a schema; a type of the user's own is what it is on the wire.
    fn ty(&mut self, ty: &'m Type) -> String {
        match ty {
            Type::Option(inner) => format!("Option<{}>", self.ty(inner)),
            Type::Vec(inner) => format!("Vec<{}>", self.ty(inner)),
            Type::Set(inner) => format!("BTreeSet<{}>", self.ty(inner)),
            Type::Map(key, value) => format!("BTreeMap<{}, {}>", self.ty(key), self.ty(value)),
            Type::Box(inner) => format!("Box<{}>", self.ty(inner)),
            Type::Declared(id) => self.declared(*id),
            leaf => self.model.type_name(leaf),
        }
    }

    fn declared(&mut self, id: TypeId) -> String {
        let def = self.model.type_def(id);
        let name = def.name.rust.plain();
        if let TypeKind::Own { wire, .. } = &def.kind {
            return self.ty(wire);
        }
        if self.kinds.contains_key(name) {
            return name.to_owned();
        }
        // Named before it is described, since it may contain itself.
        self.kinds.insert(name, None);
        let kind = match &def.kind {
            TypeKind::Newtype(inner) => Some(Kind::Newtype(self.ty(inner))),
            TypeKind::Enum(symbols) => {
                let symbols = symbols.iter().map(|symbol| symbol.name.stored.as_str());
                Some(Kind::Symbols(symbols.collect()))
            }
            TypeKind::Object(fields) => Some(Kind::Fields(self.fields(fields))),
            TypeKind::Union(variants) => {
                let variants = variants.iter().map(|variant| Variant {
                    name: &variant.name.stored,
                    fields: self.fields(&variant.fields),
                });
                Some(Kind::Union(variants.collect()))
            }
            TypeKind::Own { .. } | TypeKind::Mistaken => None,
        };
        self.kinds.insert(name, kind);
        name.to_owned()
    }
}
