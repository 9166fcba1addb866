//! The description of an aggregate as JSON: the same that its derives give as `DESCRIPTION.to_json()`.
//!
//! What the keys mean stands at `AggregateDescription::to_json` in es-runtime, and a test of both holds them together.

use crate::{
    model::{self, Aggregate, Field, Hop, Model, Retired, Target, Type, TypeId, TypeKind},
    names::Name,
    source::Spanned,
};
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    was: Vec<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    version: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    reads_as: Option<usize>,
    creates: bool,
    fields: Vec<Part<'m>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    older: Vec<Older<'m>>,
}

/// A shape that an event was stored in before.
#[derive(Serialize)]
struct Older<'m> {
    version: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    reads_as: Option<usize>,
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
    Fields(Vec<Part<'m>>),
    #[serde(untagged)]
    Symbols {
        symbols: Vec<&'m str>,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        was: Was<'m>,
    },
    #[serde(untagged)]
    Union {
        union: Vec<Variant<'m>>,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        was: Was<'m>,
    },
}

/// Other names, each with the one as which it is read.
type Was<'m> = BTreeMap<&'m str, &'m str>;

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
        let mut events = Vec::with_capacity(aggregate.events.len());
        for event in &aggregate.events {
            self.event(event, &mut events);
        }
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
            name: aggregate.category(),
            id,
            events,
            commands,
            types: kinds
                .filter_map(|(name, kind)| Some((name, kind?)))
                .collect(),
        }
    }

    /// An event, behind those of its older shapes that are read as several.
    fn event(&mut self, event: &'m model::Event, events: &mut Vec<Event<'m>>) {
        let reads_as = self.model.reads_as(event);
        let shapes = event.older.iter().map(|older| &older.fields);
        let shapes: Vec<&'m Vec<Field>> = shapes.chain([&event.fields]).collect();
        for last in 0..shapes.len() {
            let is_split = matches!(
                event.older.get(last).map(|older| &older.hop),
                Some(Hop::Split(_))
            );
            let is_newest = last + 1 == shapes.len();
            if !is_split && (!is_newest || event.retired == Some(Retired::Split)) {
                continue;
            }
            let role = match event.retired {
                _ if is_split => Some("split"),
                Some(Retired::Ignored) => Some("retired"),
                _ => None,
            };
            let read_as = |at: usize| (reads_as[at] <= at).then_some(reads_as[at]);
            let fields = self.fields(shapes[last]);
            let older = (0..last).rev().map(|at| Older {
                version: at + 1,
                reads_as: read_as(at),
                fields: self.fields(shapes[at]),
            });
            let older = older.collect();
            events.push(Event {
                name: &event.name.stored,
                was: event.was.iter().map(|was| was.value.as_str()).collect(),
                role,
                version: last + 1,
                reads_as: read_as(last),
                creates: role.is_none() && event.is_creation(),
                fields,
                older,
            });
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
                let names = symbols.iter().map(|symbol| symbol.name.stored.as_str());
                let was = symbols.iter().map(|symbol| (&symbol.name, &symbol.was));
                Some(Kind::Symbols {
                    symbols: names.collect(),
                    was: names_before(was),
                })
            }
            TypeKind::Object(fields) => Some(Kind::Fields(self.fields(fields))),
            TypeKind::Union(variants) => {
                let was = variants.iter().map(|variant| (&variant.name, &variant.was));
                let was = names_before(was);
                let union = variants.iter().map(|variant| Variant {
                    name: &variant.name.stored,
                    fields: self.fields(&variant.fields),
                });
                Some(Kind::Union {
                    union: union.collect(),
                    was,
                })
            }
            TypeKind::Own { .. } | TypeKind::Mistaken => None,
        };
        self.kinds.insert(name, kind);
        name.to_owned()
    }
}

fn names_before<'m>(named: impl Iterator<Item = (&'m Name, &'m Vec<Spanned<String>>)>) -> Was<'m> {
    named
        .flat_map(|(name, was)| {
            let was = was.iter();
            was.map(|was| (was.value.as_str(), name.stored.as_str()))
        })
        .collect()
}
