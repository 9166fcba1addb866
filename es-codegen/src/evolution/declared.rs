//! The history that a schema declares: what its events and types are, and what follows from their changes.

use super::history::{
    AggregateHistory, Allow, Content, EventHistory, Field, History, Hop, Kind, Made, Retired,
    Shape, Step, Symbol, TypeHistory, TypeVersion, Variant, Version,
};
use crate::{
    emit::fingerprint::{of_fold, of_rows},
    hash,
    leaf::{Leaf, compact},
    model::{self, Conversion, Model, Source, Type, TypeDef, TypeHop, TypeId, TypeKind},
    source::Spanned,
};
use std::collections::{BTreeMap, BTreeSet};

/// The history that a model declares.
#[must_use]
pub fn declared(model: &Model) -> History {
    let aggregates = model.aggregates.iter();
    let projections = model.projections.iter().map(|projection| Made {
        name: projection.name.stored.clone(),
        fingerprint: rows(model, projection),
        place: projection.name.span,
    });
    History {
        domain: model.domain.value.clone(),
        aggregates: aggregates.map(|it| aggregate(model, it)).collect(),
        types: types(model),
        projections: projections.collect(),
    }
}

fn aggregate(model: &Model, aggregate: &model::Aggregate) -> AggregateHistory {
    let commands = aggregate.commands.iter().map(|command| Made {
        name: command.name.stored.clone(),
        fingerprint: hash::of(asked(model, aggregate, command).bytes()),
        place: command.name.span,
    });
    AggregateHistory {
        name: aggregate.name.stored.clone(),
        category: aggregate.category().to_owned(),
        place: aggregate.name.span,
        id: shape(model, &aggregate.id.value),
        events: aggregate
            .events
            .iter()
            .map(|it| event(model, aggregate, it))
            .collect(),
        commands: commands.collect(),
        state: state(model, aggregate),
        allow: accepted(&aggregate.allow),
    }
}

fn event(model: &Model, aggregate: &model::Aggregate, event: &model::Event) -> EventHistory {
    let reads_as = model.reads_as(event);
    let versions = (0..event.version()).map(|at| {
        let shape = event.older.get(at).map_or(&event.fields, |it| &it.fields);
        let change = at.checked_sub(1).map(|before| &event.older[before]);
        let is_over = at == event.older.len() && event.retired == Some(model::Retired::Split);
        Version {
            number: number(at + 1),
            reads_as: number(reads_as[at]),
            fields: (!is_over).then(|| fields(model, shape)),
            hop: change.map(|change| hop(model, aggregate, &change.hop, &change.fields, shape)),
            place: change.map_or(event.name.span, |change| change.span),
        }
    });
    EventHistory {
        name: event.name.stored.clone(),
        was: texts(&event.was),
        retired: event.retired.map(|retired| match retired {
            model::Retired::Folded => Retired::Folded,
            model::Retired::Ignored => Retired::Ignored,
            model::Retired::Split => Retired::Split,
        }),
        place: event.name.span,
        versions: versions.collect(),
        allow: accepted(&event.allow),
    }
}

fn hop(
    model: &Model,
    aggregate: &model::Aggregate,
    hop: &model::Hop,
    before: &[model::Field],
    after: &[model::Field],
) -> Hop {
    let steps = match hop {
        model::Hop::Fields(sources) => steps(model, before, after, sources),
        model::Hop::ByHand { .. } => vec![Step::ByHand],
        model::Hop::Split(parts) => {
            let into = parts.iter().map(|part| {
                let event = aggregate.event(part.event.value);
                event.name.stored.clone()
            });
            vec![Step::Split {
                into: into.collect(),
            }]
        }
    };
    Hop { steps }
}

/// What is done to fields, said by their stored names.
fn steps(
    model: &Model,
    before: &[model::Field],
    after: &[model::Field],
    sources: &[Source],
) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut kept: BTreeSet<usize> = BTreeSet::new();
    let mut follows: BTreeSet<String> = BTreeSet::new();
    let mut flattened: BTreeMap<usize, Vec<(String, String)>> = BTreeMap::new();
    for (field, source) in after.iter().zip(sources) {
        let name = field.stored_name().to_owned();
        match source {
            Source::Added(leaf) => steps.push(Step::Add {
                field: name,
                value: said(leaf),
            }),
            Source::Converted(from, leaf) => {
                kept.insert(from.0);
                let with = Some(said(leaf));
                steps.push(Step::Retype { field: name, with });
            }
            Source::Nested(places) => {
                kept.extend(places.iter().map(|place| place.0));
                let parts = parts(model, &field.ty).iter().zip(places);
                let parts = parts.map(|(part, place)| {
                    let was = before[place.0].stored_name().to_owned();
                    (part.stored_name().to_owned(), was)
                });
                steps.push(Step::Nest {
                    field: name,
                    parts: parts.collect(),
                });
            }
            Source::Part(whole, part) => {
                kept.insert(whole.0);
                let parts = parts(model, &before[whole.0].ty);
                let part = parts
                    .get(part.0)
                    .map_or("", |part| part.stored_name())
                    .to_owned();
                flattened.entry(whole.0).or_default().push((name, part));
            }
            Source::Mapped(from, values) => {
                kept.insert(from.0);
                steps.push(Step::Map {
                    field: Some(name),
                    values: values.clone(),
                });
            }
            Source::Field(from) => {
                kept.insert(from.0);
                let from = &before[from.0];
                if from.stored_name() != name {
                    steps.push(Step::Rename {
                        from: from.stored_name().to_owned(),
                        to: name.clone(),
                    });
                }
                if from.ty == field.ty {
                    continue;
                }
                let conversion = Conversion::between(&model.types, &from.ty, &field.ty);
                let followed = followed(model, &from.ty, &field.ty);
                match conversion {
                    _ if !followed.is_empty() => follows.extend(followed),
                    Some(Conversion::Some(_) | Conversion::One(_) | Conversion::OneOfSet(_)) => {
                        steps.push(Step::Wrap { field: name });
                    }
                    _ => steps.push(Step::Retype {
                        field: name,
                        with: None,
                    }),
                }
            }
        }
    }
    steps.extend(flattened.into_iter().map(|(whole, parts)| Step::Flatten {
        field: before[whole].stored_name().to_owned(),
        parts,
    }));
    let gone = before
        .iter()
        .enumerate()
        .filter(|(place, _)| !kept.contains(place));
    steps.extend(gone.map(|(_, field)| Step::Remove {
        field: field.stored_name().to_owned(),
    }));
    steps.extend(follows.into_iter().map(Step::Follows));
    steps
}

/// The types of which one has an older version where the other has the one after it.
fn followed(model: &Model, from: &Type, to: &Type) -> Vec<String> {
    match (from, to) {
        (Type::Option(from), Type::Option(to))
        | (Type::Vec(from), Type::Vec(to))
        | (Type::Set(from), Type::Set(to))
        | (Type::Box(from), Type::Box(to)) => followed(model, from, to),
        (Type::Map(from_key, from), Type::Map(to_key, to)) => {
            let mut found = followed(model, from_key, to_key);
            found.extend(followed(model, from, to));
            found
        }
        (Type::Declared(from), Type::Declared(to)) if from != to => {
            let past = model.type_def(*from).past.as_ref();
            let past = past.filter(|past| past.next == *to);
            past.map(|past| name(model, past.of)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn parts<'m>(model: &'m Model, ty: &Type) -> &'m [model::Field] {
    match ty {
        Type::Declared(id) => match &model.type_def(*id).kind {
            TypeKind::Object(fields) => fields,
            _ => &[],
        },
        _ => &[],
    }
}

/// The types that events hold, each with all it has been.
fn types(model: &Model) -> Vec<TypeHistory> {
    let stored = stored(model);
    let ids = (0..model.types.len()).map(TypeId);
    let ids = ids.filter(|id| stored.contains(id));
    ids.map(|id| {
        let def = model.type_def(id);
        let mut versions = Vec::new();
        let mut at = Some(id);
        while let Some(this) = at {
            versions.push(this);
            at = model.type_def(this).older;
        }
        versions.reverse();
        let versions = versions.iter().enumerate().map(|(at, this)| {
            let older = at.checked_sub(1).map(|before| versions[before]);
            TypeVersion {
                number: number(at + 1),
                kind: kind(model, model.type_def(*this)),
                hop: older.map(|older| type_hop(model, older)),
                // The entry stands where it says what was before it.
                place: older.map_or(def.name.span, |older| model.type_def(older).name.span),
            }
        });
        TypeHistory {
            name: name(model, id),
            place: def.name.span,
            versions: versions.collect(),
            allow: accepted(&def.allow),
        }
    })
    .collect()
}

/// The types that events hold, as they are today.
fn stored(model: &Model) -> BTreeSet<TypeId> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Type> = Vec::new();
    for aggregate in &model.aggregates {
        open.push(&aggregate.id.value);
        for event in &aggregate.events {
            let older = event.older.iter().flat_map(|older| &older.fields);
            open.extend(event.fields.iter().chain(older).map(|field| &field.ty));
        }
    }
    let mut seen = BTreeSet::new();
    while let Some(ty) = open.pop() {
        match ty {
            Type::Option(inner) | Type::Vec(inner) | Type::Set(inner) | Type::Box(inner) => {
                open.push(inner);
            }
            Type::Map(key, value) => open.extend([&**key, &**value]),
            Type::Declared(id) if seen.insert(*id) => {
                let def = model.type_def(*id);
                let whole = def.past.as_ref().map_or(*id, |past| past.of);
                found.insert(whole);
                // All that it has been is written down with it.
                let mut at = Some(whole);
                while let Some(this) = at {
                    seen.insert(this);
                    let def = model.type_def(this);
                    open.extend(held(def));
                    at = def.older;
                }
            }
            _ => {}
        }
    }
    found
}

fn held(def: &TypeDef) -> Vec<&Type> {
    match &def.kind {
        TypeKind::Newtype(ty) | TypeKind::Own { wire: ty, .. } => vec![ty],
        TypeKind::Object(fields) => fields.iter().map(|field| &field.ty).collect(),
        TypeKind::Union(variants) => variants
            .iter()
            .flat_map(|variant| &variant.fields)
            .map(|field| &field.ty)
            .collect(),
        TypeKind::Enum(_) | TypeKind::Mistaken => Vec::new(),
    }
}

fn kind(model: &Model, def: &TypeDef) -> Kind {
    match &def.kind {
        TypeKind::Newtype(inner) => {
            Kind::Newtype(shape(model, inner), def.check.as_ref().map(said))
        }
        TypeKind::Enum(symbols) => Kind::Symbols(
            symbols
                .iter()
                .map(|symbol| Symbol {
                    name: symbol.name.stored.clone(),
                    was: texts(&symbol.was),
                })
                .collect(),
        ),
        TypeKind::Object(parts) => Kind::Fields(fields(model, parts)),
        TypeKind::Union(variants) => Kind::Union(
            variants
                .iter()
                .map(|variant| Variant {
                    name: variant.name.stored.clone(),
                    was: texts(&variant.was),
                    content: Content::Fields(fields(model, &variant.fields)),
                })
                .collect(),
        ),
        TypeKind::Own { path, wire } => Kind::Own {
            rust: path_text(path),
            wire: shape(model, wire),
            sample: def.sample.clone(),
        },
        // A model that passed the check holds none.
        TypeKind::Mistaken => Kind::Fields(Vec::new()),
    }
}

fn path_text(path: &syn::Path) -> String {
    let segments = path.segments.iter();
    let segments: Vec<_> = segments.map(|segment| segment.ident.to_string()).collect();
    segments.join("::")
}

/// What led away from an older version of a type.
fn type_hop(model: &Model, older: TypeId) -> Hop {
    let def = model.type_def(older);
    let Some(past) = &def.past else {
        return Hop::default();
    };
    let after = model.type_def(past.next);
    let steps = match (&past.hop, &def.kind, &after.kind) {
        (TypeHop::Fields(sources), TypeKind::Object(before), TypeKind::Object(after)) => {
            steps(model, before, after, sources)
        }
        (TypeHop::Symbols(becomes), TypeKind::Enum(before), TypeKind::Enum(after)) => {
            let before = before.iter().map(|it| it.name.stored.as_str());
            let after: Vec<&str> = after.iter().map(|it| it.name.stored.as_str()).collect();
            let becomes = becomes.iter().map(|becomes| becomes.0);
            symbol_steps(before, &after, becomes)
        }
        (TypeHop::Symbols(becomes), TypeKind::Union(before), TypeKind::Union(after)) => {
            let pairs = before.iter().zip(becomes);
            let follows: BTreeSet<String> = pairs
                .flat_map(|(variant, becomes)| {
                    let after = &after[becomes.0].fields;
                    let pairs = variant.fields.iter().zip(after);
                    pairs.flat_map(|(from, to)| followed(model, &from.ty, &to.ty))
                })
                .collect();
            let before = before.iter().map(|it| it.name.stored.as_str());
            let after: Vec<&str> = after.iter().map(|it| it.name.stored.as_str()).collect();
            let mut steps = symbol_steps(before, &after, becomes.iter().map(|it| it.0));
            steps.extend(follows.into_iter().map(Step::Follows));
            steps
        }
        _ => vec![Step::ByHand],
    };
    // That it follows itself, where it holds itself, goes without saying.
    let itself = Step::Follows(name(model, past.of));
    let steps = steps.into_iter().filter(|step| *step != itself).collect();
    Hop { steps }
}

fn symbol_steps<'n>(
    before: impl Iterator<Item = &'n str>,
    after: &[&str],
    becomes: impl Iterator<Item = usize>,
) -> Vec<Step> {
    let (mut kept, mut values) = (BTreeSet::new(), Vec::new());
    for (old, place) in before.zip(becomes) {
        if after[place] == old {
            kept.insert(place);
        } else {
            values.push((old.to_owned(), after[place].to_owned()));
        }
    }
    let added = after
        .iter()
        .enumerate()
        .filter(|(place, _)| !kept.contains(place));
    let added: Vec<_> = added.map(|(_, name)| (*name).to_owned()).collect();
    let mut steps = Vec::new();
    if !added.is_empty() {
        steps.push(Step::AddSymbols(added));
    }
    if !values.is_empty() {
        steps.push(Step::Map {
            field: None,
            values,
        });
    }
    steps
}

fn fields(model: &Model, fields: &[model::Field]) -> Vec<Field> {
    let fields = fields.iter().map(|field| Field {
        name: field.stored_name().to_owned(),
        shape: shape(model, &field.ty),
        place: field.name.span,
    });
    fields.collect()
}

fn shape(model: &Model, ty: &Type) -> Shape {
    let inner = |ty: &Type| Box::new(shape(model, ty));
    match ty {
        Type::Option(ty) => Shape::Option(inner(ty)),
        Type::Vec(ty) => Shape::Vec(inner(ty)),
        Type::Set(ty) => Shape::Set(inner(ty)),
        Type::Map(key, value) => Shape::Map(inner(key), inner(value)),
        // A box is nothing that is stored.
        Type::Box(ty) => shape(model, ty),
        Type::Declared(id) => {
            let def = model.type_def(*id);
            let whole = def.past.as_ref().map_or(*id, |past| past.of);
            Shape::Type(name(model, whole), def.version(model))
        }
        leaf => Shape::Leaf(model.type_name(leaf)),
    }
}

fn name(model: &Model, id: TypeId) -> String {
    model.type_def(id).name.rust.plain().to_owned()
}

fn texts(texts: &[Spanned<String>]) -> Vec<String> {
    texts.iter().map(|text| text.value.clone()).collect()
}

fn accepted(allow: &[model::Allow]) -> Vec<Allow> {
    let allow = allow.iter().map(|allow| Allow {
        rule: allow.rule.value.clone(),
        reason: allow.reason.clone(),
        place: allow.rule.span,
    });
    allow.collect()
}

/// Lowering has made sure that there are not more.
fn number(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// What a command is: its fields, on what it is carried out, and the events that it may lead to.
fn asked(model: &Model, aggregate: &model::Aggregate, command: &model::Command) -> String {
    let emits = command.emits();
    let emits: BTreeSet<&str> = emits
        .map(|event| aggregate.event(event.value).name.stored.as_str())
        .collect();
    format!(
        "{:?} {emits:?} {}",
        command.target,
        listed(model, &command.fields)
    )
}

fn listed(model: &Model, fields: &[model::Field]) -> String {
    let fields = fields.iter().map(|field| {
        format!(
            "{:?}: {}\n",
            field.stored_name(),
            model.type_name(&field.ty)
        )
    });
    fields.collect()
}

/// What makes the states of an aggregate what they are.
fn state(model: &Model, aggregate: &model::Aggregate) -> String {
    let text = format!(
        "{}{}{:?}",
        listed(model, &aggregate.state),
        of_fold(model, aggregate),
        aggregate.revision
    );
    hash::of(text.bytes())
}

/// What makes the rows of a projection what they are.
fn rows(model: &Model, projection: &model::Projection) -> String {
    let text = format!(
        "{}{}{}{:?}",
        listed(model, &projection.columns),
        projection.key,
        of_rows(model, projection),
        projection.revision
    );
    hash::of(text.bytes())
}

/// What a leaf says, however it is laid out.
fn said(leaf: &Leaf) -> String {
    compact(&leaf.tokens)
}
