//! Descriptions as JSON; what the keys mean stands at [`AggregateDescription::to_json`].

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{
    AggregateDescription, Content, EventDescription, EventRole, FieldDescription, ListedEvent,
    RowsDescription, Shape, ShapeFn, StateDescription, TypeDescription, TypeKind,
};
use crate::command::Target;

/// The description of an aggregate.
pub(super) fn aggregate(aggregate: &AggregateDescription) -> String {
    let json = Types::default().aggregate(aggregate);
    // Text and numbers can always be written.
    let mut text = serde_json::to_string_pretty(&json).unwrap_or_default();
    text.push('\n');
    text
}

/// What makes the states of an aggregate what they are.
pub(super) fn state(state: &StateDescription) -> String {
    let mut types = Types::default();
    let described = DescribedState {
        name: state.name,
        state: types.content(state.content),
        events: state
            .events
            .iter()
            .map(|(name, version)| (*name, version.get()))
            .collect(),
        rules: state.rules,
        revision: state.revision,
        types: types.kinds,
    };
    // Text and numbers can always be written.
    serde_json::to_string(&described).unwrap_or_default()
}

/// What makes the rows of a projection what they are. Indexes are no part of that: they are made anew from the same rows.
pub(super) fn rows(rows: &RowsDescription) -> String {
    let mut types = Types::default();
    let events = rows.events.iter();
    let mut split: Vec<_> = events
        .flat_map(|event| {
            let split = event.split.iter();
            split.map(|(name, version)| (event.category, *name, version.get()))
        })
        .collect();
    split.sort_unstable();
    split.dedup();
    let described = DescribedRows {
        name: rows.name,
        row: types.content(rows.content),
        key: rows.key,
        events: rows
            .events
            .iter()
            .map(|event| (event.category, event.name, event.version.get()))
            .collect(),
        split,
        rules: rows.rules,
        revision: rows.revision,
        types: types.kinds,
    };
    // Text and numbers can always be written.
    serde_json::to_string(&described).unwrap_or_default()
}

#[derive(Serialize)]
struct DescribedRows {
    name: &'static str,
    row: Parts,
    key: &'static [&'static str],
    events: Vec<(&'static str, &'static str, u16)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    split: Vec<(&'static str, &'static str, u16)>,
    rules: &'static str,
    revision: u32,
    types: BTreeMap<String, Kind>,
}

#[derive(Serialize)]
struct DescribedState {
    name: &'static str,
    state: Parts,
    events: Vec<(&'static str, u16)>,
    rules: &'static str,
    revision: u32,
    types: BTreeMap<String, Kind>,
}

#[derive(Serialize)]
struct DescribedAggregate {
    name: &'static str,
    id: String,
    events: Vec<DescribedEvent>,
    commands: Vec<DescribedCommand>,
    types: BTreeMap<String, Kind>,
}

#[derive(Serialize)]
struct DescribedEvent {
    name: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    was: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    version: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    reads_as: Option<u16>,
    creates: bool,
    fields: Vec<DescribedField>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    older: Vec<OlderShape>,
}

/// A shape that an event was stored in before.
#[derive(Serialize)]
struct OlderShape {
    version: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    reads_as: Option<u16>,
    fields: Vec<DescribedField>,
}

#[derive(Serialize)]
struct DescribedCommand {
    name: &'static str,
    #[serde(rename = "for")]
    target: &'static str,
    emits: &'static [&'static str],
    fields: Vec<DescribedField>,
}

#[derive(Serialize)]
struct DescribedField {
    name: &'static str,
    #[serde(rename = "type")]
    ty: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Kind {
    Symbols {
        symbols: Vec<&'static str>,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        was: Was,
    },
    Union {
        union: Vec<Variant>,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        was: Was,
    },
    Struct(Parts),
}

/// Other names, each with the one as which it is read.
type Was = BTreeMap<&'static str, &'static str>;

#[derive(Serialize)]
struct Variant {
    name: &'static str,
    #[serde(flatten)]
    content: Parts,
}

/// What a struct or a variant holds; all of it is nothing where it holds nothing.
#[derive(Default, Serialize)]
struct Parts {
    #[serde(skip_serializing_if = "Option::is_none")]
    newtype: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Vec<DescribedField>>,
}

/// The types that have been met so far.
#[derive(Default)]
struct Types {
    /// By module and name, the name that each is given.
    named: HashMap<(&'static str, &'static str), String>,
    kinds: BTreeMap<String, Kind>,
}

impl Types {
    fn aggregate(mut self, aggregate: &AggregateDescription) -> DescribedAggregate {
        let id = self.ty(aggregate.id);
        let events = aggregate.events.iter().map(|listed| self.event(listed));
        let events = events.collect();
        let commands = aggregate.commands.iter().map(|listed| DescribedCommand {
            name: listed.command.name,
            target: match listed.target {
                Target::New => "new",
                Target::Existing => "existing",
                Target::Any => "any",
            },
            emits: listed.command.emits,
            fields: self.fields(listed.command.fields),
        });
        let commands = commands.collect();
        DescribedAggregate {
            name: aggregate.name,
            id,
            events,
            commands,
            types: self.kinds,
        }
    }

    fn event(&mut self, listed: &ListedEvent) -> DescribedEvent {
        let event = &listed.event;
        let fields = self.fields(event.fields);
        let mut older = Vec::new();
        let mut next = event.older;
        while let Some(shape) = next.map(|shape| shape()) {
            older.push(OlderShape {
                version: shape.version.get(),
                reads_as: reads_as(&shape),
                fields: self.fields(shape.fields),
            });
            next = shape.older;
        }
        DescribedEvent {
            name: event.name,
            was: event.was,
            role: match listed.role {
                EventRole::Creates | EventRole::Changes => None,
                EventRole::Retired => Some("retired"),
                EventRole::Split => Some("split"),
            },
            version: event.version.get(),
            reads_as: reads_as(event),
            creates: listed.role == EventRole::Creates,
            fields,
            older,
        }
    }

    fn fields(&mut self, fields: &[FieldDescription]) -> Vec<DescribedField> {
        let fields = fields.iter().map(|field| DescribedField {
            name: field.name,
            ty: self.ty(field.shape),
        });
        fields.collect()
    }

    /// The type as it is written in a schema.
    fn ty(&mut self, shape: ShapeFn) -> String {
        match shape() {
            Shape::Leaf(name) => name.to_owned(),
            Shape::Optional(inner) => format!("Option<{}>", self.ty(inner)),
            Shape::List(inner) => format!("Vec<{}>", self.ty(inner)),
            Shape::Set(inner) => format!("BTreeSet<{}>", self.ty(inner)),
            Shape::Map(key, value) => format!("BTreeMap<{}, {}>", self.ty(key), self.ty(value)),
            Shape::Boxed(inner) => format!("Box<{}>", self.ty(inner)),
            Shape::Type(ty) => self.name(ty),
        }
    }

    /// The name of a type, which is described as well where it is met for the first time.
    fn name(&mut self, ty: &TypeDescription) -> String {
        if let Some(name) = self.named.get(&(ty.module, ty.name)) {
            return name.clone();
        }
        let namesakes = self.named.keys().filter(|(_, name)| *name == ty.name);
        let name = match namesakes.count() {
            0 => ty.name.to_owned(),
            others => format!("{}#{}", ty.name, others + 1),
        };
        // Named before it is described, since it may contain itself.
        self.named.insert((ty.module, ty.name), name.clone());
        let kind = match ty.kind {
            TypeKind::Symbols(all) => Kind::Symbols {
                symbols: all.iter().map(|symbol| symbol.name).collect(),
                was: was(all.iter().map(|symbol| (symbol.name, symbol.was))),
            },
            TypeKind::Struct(content) => Kind::Struct(self.content(content)),
            TypeKind::Union(variants) => {
                let union = variants.iter().map(|variant| Variant {
                    name: variant.name,
                    content: self.content(variant.content),
                });
                Kind::Union {
                    union: union.collect(),
                    was: was(variants.iter().map(|variant| (variant.name, variant.was))),
                }
            }
        };
        self.kinds.insert(name.clone(), kind);
        name
    }

    fn content(&mut self, content: Content) -> Parts {
        let mut parts = Parts::default();
        match content {
            Content::Unit => {}
            Content::Value(value) => parts.newtype = Some(self.ty(value)),
            Content::Items(items) => {
                parts.items = Some(items.iter().map(|item| self.ty(*item)).collect());
            }
            Content::Fields(fields) => parts.fields = Some(self.fields(fields)),
        }
        parts
    }
}

/// The oldest version whose code may read the event, where it is not the event's own.
fn reads_as(event: &EventDescription) -> Option<u16> {
    (event.reads_as < event.version).then_some(event.reads_as.get())
}

fn was(all: impl Iterator<Item = (&'static str, &'static [&'static str])>) -> Was {
    all.flat_map(|(name, was)| was.iter().map(move |other| (*other, name)))
        .collect()
}
