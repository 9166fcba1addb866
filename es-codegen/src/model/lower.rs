//! Raw structs become the model: names are looked up, and what is left unsaid is filled in.

mod aggregate;
mod change;
mod command;
mod event;
mod older_types;
mod projection;
mod scenario;
mod text;
mod types;
mod values;

pub(super) use types::refuse_infinite;
pub(super) use values::simple_value;

use super::{Allow, Field, Level, Model, Type, TypeId, facts};
use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    index::Index,
    leaf,
    names::{Case, Name, RustName, stored_name_problem},
    read::{
        OneOrMany, Row, Table, Text,
        raw::{self, FieldSpec},
    },
    source::{Source, Span, Spanned},
};
use std::collections::HashMap;

/// Turns what was read into a model; `None` where too little is there, which is then already reported.
pub fn lower(cx: &mut Diagnostics, source: &Source, schema: &raw::Schema) -> Option<Model> {
    // Without its types there is nothing to hold the rest of a schema against.
    if schema.types.is_none() && schema.present.contains(&"types") {
        return None;
    }
    let specs = schema
        .types
        .as_ref()
        .map_or(&[][..], |types| &types.entries);
    let aggregates = schema
        .aggregates
        .as_ref()
        .map_or(&[][..], |aggregates| &aggregates.entries);

    let mut lower = Lower {
        cx,
        source,
        declared: HashMap::new(),
        declared_ever: HashMap::new(),
        room: Room::default(),
    };
    let types = lower.types(specs);
    if lower.room.is_full {
        return None;
    }
    let facts = facts::of_types(&types);
    let domain = schema.domain.clone().unwrap_or(Spanned {
        value: String::new(),
        span: Span::default(),
    });
    let doc = schema.doc.as_ref().map(|doc| doc.value.clone());
    let mut model = Model {
        domain,
        doc,
        levels: lower.levels(schema),
        types,
        aggregates: Vec::new(),
        projections: Vec::new(),
        facts,
    };
    let everywhere = Everywhere::of(aggregates);
    for row in aggregates {
        if let Some(raw) = &row.value {
            let aggregate = lower.aggregate(&model, &everywhere, &row.name, raw);
            if lower.room.is_full {
                return None;
            }
            model.aggregates.push(aggregate);
        }
    }
    let projections = lower.projections(&model, schema);
    if lower.room.is_full {
        return None;
    }
    model.projections = projections;
    Some(model)
}

/// What lowering needs beside the raw structs.
struct Lower<'l> {
    cx: &'l mut Diagnostics,
    source: &'l Source,
    /// The declared types, by the names that leaves call them by.
    declared: HashMap<String, TypeId>,
    /// The same, with those that there were before.
    declared_ever: HashMap<String, TypeId>,
    room: Room,
}

/// One thing has no more fields than this.
const FIELD_LIMIT: usize = 1_000;

/// So many fields may be meant without being written, in all: ten thousand events take a fifth of it.
///
/// A text of n lines can mean n² of them, where each of many events is like one that is large.
const MEANT_LIMIT: usize = 500_000;

/// How much more may follow from what is written.
struct Room {
    left: usize,
    /// Whether it was too much, which is reported; nothing else is then made of the schema.
    is_full: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            left: MEANT_LIMIT,
            is_full: false,
        }
    }
}

impl Room {
    /// Whether there is room for so many fields that what stands at `span` means.
    fn take(&mut self, cx: &mut Diagnostics, count: usize, span: Span) -> bool {
        if count > self.left {
            let message = format!("with this, the schema means more than {MEANT_LIMIT} fields");
            self.refuse(cx, span, message);
        } else {
            self.left -= count;
        }
        !self.is_full
    }

    fn refuse(&mut self, cx: &mut Diagnostics, span: Span, message: String) {
        if !self.is_full {
            let error = Diagnostic::new(Code::TooLarge, span, message);
            cx.report(error.hint("give what belongs together a type of its own"));
        }
        self.is_full = true;
    }
}

/// Which aggregate each event belongs to, to tell a foreign event from one that does not exist.
struct Everywhere<'r> {
    events: HashMap<&'r str, &'r Text>,
}

impl<'r> Everywhere<'r> {
    fn of(aggregates: &'r [Row<raw::Aggregate>]) -> Self {
        let mut events = HashMap::new();
        for row in aggregates {
            let table = row
                .value
                .as_ref()
                .and_then(|aggregate| aggregate.events.as_ref());
            for event in table.map_or(&[][..], |table| &table.entries) {
                events.entry(event.name.value.as_str()).or_insert(&row.name);
            }
        }
        Self { events }
    }
}

impl Lower<'_> {
    /// The name of something whose key is its identity on disk.
    fn stored_name(&mut self, key: &Text, rust: Option<&Text>, case: Case) -> Name {
        if let Some(problem) = stored_name_problem(&key.value) {
            self.cx.report(Diagnostic::new(
                Code::BadName,
                key.span,
                format!("this cannot be a stored name: {problem}"),
            ));
            return Name {
                stored: key.value.clone(),
                rust: RustName::mistaken(),
                span: key.span,
            };
        }
        self.name(key, rust, case, "give it one by `rust: Name`")
    }

    /// The names that something was stored under before.
    fn names_before(&mut self, was: Option<&OneOrMany<Text>>) -> Vec<Text> {
        let was = was.map_or(&[][..], |OneOrMany(was)| was);
        for name in was {
            if let Some(problem) = stored_name_problem(&name.value) {
                self.cx.report(Diagnostic::new(
                    Code::BadName,
                    name.span,
                    format!("this cannot be a stored name: {problem}"),
                ));
            }
        }
        was.to_vec()
    }

    /// The name of something, with the Rust name that is given or follows from the key.
    fn name(&mut self, key: &Text, rust: Option<&Text>, case: Case, way_out: &str) -> Name {
        let found = match rust {
            Some(given) => RustName::given(&given.value)
                .ok_or((given.span, "this is not a Rust name".to_owned())),
            None => RustName::derive(&key.value, case).ok_or_else(|| {
                (
                    key.span,
                    format!("no Rust name follows from `{}`", shown(&key.value)),
                )
            }),
        };
        let rust = found.unwrap_or_else(|(span, message)| {
            self.cx
                .report(Diagnostic::new(Code::NoRustName, span, message).hint(way_out));
            RustName::mistaken()
        });
        Name {
            stored: key.value.clone(),
            rust,
            span: key.span,
        }
    }

    fn fields(&mut self, table: Option<&Table<FieldSpec>>) -> Vec<Field> {
        let rows = table.map_or(&[][..], |table| &table.entries);
        self.check_count(rows);
        rows.iter()
            .map(|row| self.field(&row.name, row.value.as_ref()))
            .collect()
    }

    fn check_count<T>(&mut self, rows: &[Row<T>]) {
        if let Some(row) = rows.get(FIELD_LIMIT) {
            let message = format!("more than {FIELD_LIMIT} fields of one thing");
            self.room.refuse(self.cx, row.name.span, message);
        }
    }

    /// Whether there is room for so many fields that what stands at `span` means.
    fn has_room(&mut self, count: usize, span: Span) -> bool {
        self.room.take(self.cx, count, span)
    }

    fn field(&mut self, key: &Text, spec: Option<&FieldSpec>) -> Field {
        let spec = spec.map(|spec| &spec.0);
        let wire = spec.and_then(|spec| spec.wire.clone());
        let name = self.name(
            key,
            None,
            Case::Snake,
            "choose a key that Rust can say, and give the stored name by `wire`",
        );
        if let Some(problem) =
            stored_name_problem(wire.as_ref().map_or(&key.value, |wire| &wire.value))
        {
            let span = wire.as_ref().map_or(key.span, |wire| wire.span);
            self.cx.report(Diagnostic::new(
                Code::BadName,
                span,
                format!("this cannot be a stored name: {problem}"),
            ));
        }
        let written = spec.and_then(|spec| spec.ty.as_ref());
        let ty = written.map_or(Type::Mistaken, |text| self.ty(text));
        Field {
            name,
            wire,
            ty,
            ty_span: written.map_or(key.span, |text| text.span),
            doc: spec.and_then(|spec| doc(spec.doc.as_ref())),
        }
    }

    fn ty(&mut self, text: &Text) -> Type {
        leaf::parse_type(self.cx, self.source, &self.declared, text)
    }

    fn unknown<'n>(
        &mut self,
        code: Code,
        name: &Text,
        what: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let hint = self.cx.did_you_mean(&name.value, known);
        self.cx.report(
            Diagnostic::new(code, name.span, format!("{what} `{}`", shown(&name.value)))
                .maybe_hint(hint),
        );
    }

    fn contradiction(&mut self, span: Span, message: impl Into<String>, hint: &str) {
        self.cx
            .report(Diagnostic::new(Code::Contradiction, span, message).hint(hint));
    }
}

impl Lower<'_> {
    fn levels(&self, schema: &raw::Schema) -> Vec<Level> {
        let rows = schema.levels.as_ref();
        let rows = rows.map_or(&[][..], |rows| &rows.entries).iter();
        rows.filter_map(|row| {
            Some(Level {
                rule: row.name.clone(),
                level: row.value.clone()?,
            })
        })
        .collect()
    }
}

fn accepted(allow: Option<&OneOrMany<raw::Allow>>) -> Vec<Allow> {
    let allow = allow.map_or(&[][..], |OneOrMany(allow)| allow).iter();
    allow
        .filter_map(|allow| {
            Some(Allow {
                rule: allow.rule.clone()?,
                reason: allow.reason.as_ref().map(|reason| reason.value.clone()),
            })
        })
        .collect()
}

fn doc(text: Option<&Text>) -> Option<String> {
    text.map(|text| text.value.trim_end().to_owned())
}

/// The places of fields by their keys and by their Rust names, of which the key wins.
struct FieldNames<'f> {
    places: Index<'f, usize>,
    fields: &'f [Field],
}

impl<'f> FieldNames<'f> {
    fn of(fields: &'f [Field]) -> Self {
        let mut places = Index::with_capacity(fields.len());
        let stored = fields.iter().map(|field| field.name.stored.as_str());
        let rust = fields.iter().map(|field| field.name.rust.plain());
        for (place, name) in stored.enumerate().chain(rust.enumerate()) {
            places.insert(name, place);
        }
        Self { places, fields }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    fn keys(&self) -> impl Iterator<Item = &'f str> {
        self.fields.iter().map(|field| field.name.stored.as_str())
    }

    /// The field that is carried over into `target`: of the same name and the same type.
    fn carried(&self, target: &Field) -> Option<usize> {
        let place = self.place(&target.name.stored)?;
        let field = &self.fields[place];
        (field.ty == target.ty && field.name.rust == target.name.rust).then_some(place)
    }
}
