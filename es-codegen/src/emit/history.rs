//! `history.rs`: what events and types were before, and how each older shape becomes the one after it.

use super::{
    convert, docs,
    fields::{self, Marks},
    ownership::{Given, Later, Names, Values, values},
    rules,
    scope::{Domain, Scope},
    text::{Text, fresh, quoted},
    types,
};
use crate::{
    leaf::{Leaf, Root},
    model::{
        Aggregate, Conversion, Event, Field, Hop, Model, OlderShape, Origin, Source, SplitPart,
        SymbolId, Type, TypeHop, TypeId, TypeKind,
    },
};
use std::iter;

/// Whether something was otherwise before.
pub(super) fn has_history(model: &Model) -> bool {
    model.types.iter().any(|def| def.past.is_some())
        || model.aggregates.iter().any(has_older_events)
}

fn has_older_events(aggregate: &Aggregate) -> bool {
    aggregate.events.iter().any(|event| !event.older.is_empty())
}

/// The text of the file.
pub(super) fn history(domain: &Domain<'_>) -> String {
    let model = domain.model;
    let name = docs::code(&model.domain.value);
    let mut file = Text::file(&format!(
        "What stored events of the domain {name} were before, and how they become what they are."
    ));
    older_types(&mut file, domain);
    for aggregate in model.aggregates.iter().filter(|it| has_older_events(it)) {
        older_events(&mut file, domain, aggregate);
    }
    file.finish()
}

/// What an older shape of an event is called.
pub(super) fn name_of(event: &Event, version: usize) -> String {
    event.name.rust.followed_by(&format!("V{version}"))
}

/// The way to an older shape of an event from a module that stands two modules below the root.
pub(super) fn path_of(aggregate: &Aggregate, event: &Event, version: usize) -> String {
    format!(
        "super::super::history::{}::{}",
        aggregate.module(),
        name_of(event, version)
    )
}

/// What the derive of an event is told of its history, `version` being the shape that it stands on, and `reads_as` what
/// each of its shapes may be read as.
pub(super) fn told(
    domain: &Domain<'_>,
    event: &Event,
    version: usize,
    reads_as: &[usize],
    path: impl Fn(usize) -> String,
) -> Vec<String> {
    let mut told = Vec::new();
    if version > 1 {
        told.push(format!("version = {version}"));
    }
    let reads_as = reads_as.get(version - 1).copied().unwrap_or(version);
    if reads_as < version {
        told.push(format!("reads_as = {reads_as}"));
    }
    if let Some(older) = version.checked_sub(2).and_then(|at| event.older.get(at)) {
        let path = path(version - 1);
        match &older.hop {
            Hop::Split(_) => told.push(format!("split({path})")),
            hop => {
                told.push(format!("from({path})"));
                if looks_back(domain, &older.fields, after(event, version - 2), hop) {
                    told.push("earlier".to_owned());
                }
            }
        }
    }
    if !event.was.is_empty() {
        let was: Vec<_> = event.was.iter().map(|name| quoted(&name.value)).collect();
        told.push(format!("was({})", was.join(", ")));
    }
    told
}

/// The fields behind the change at `at`.
fn after(event: &Event, at: usize) -> &[Field] {
    let after = event.older.get(at + 1);
    after.map_or(&event.fields, |after| &after.fields)
}

/// Whether a hop asks for the earlier events of the stream.
fn looks_back(domain: &Domain<'_>, before: &[Field], after: &[Field], hop: &Hop) -> bool {
    match hop {
        Hop::ByHand { earlier } => *earlier,
        Hop::Split(_) => false,
        Hop::Fields(sources) => {
            let follows = after.iter().zip(sources).any(|(field, source)| {
                matches!(source, Source::Field(from) if before[from.0].ty != field.ty)
            });
            sources_look_back(sources) || follows && domain.types_look_back
        }
    }
}

/// Whether a type, on its way to what it is, asks for the earlier events of the stream.
pub(super) fn types_look_back(model: &Model) -> bool {
    let mut hops = model
        .types
        .iter()
        .filter_map(|def| Some(&def.past.as_ref()?.hop));
    hops.any(|hop| matches!(hop, TypeHop::Fields(sources) if sources_look_back(sources)))
}

fn sources_look_back(sources: &[Source]) -> bool {
    sources.iter().any(|source| match source {
        Source::Added(leaf) | Source::Converted(_, leaf) => leaf.mentions.iter().any(|mention| {
            let field = mention.fields.first().map(|field| field.name.as_str());
            let reached = field.or(mention.method.as_deref()).unwrap_or_default();
            mention.root == Root::Cx && reached.starts_with("earlier")
        }),
        _ => false,
    })
}

fn older_types(file: &mut Text, domain: &Domain<'_>) {
    let model = domain.model;
    let ids = (0..model.types.len()).map(TypeId);
    let older: Vec<TypeId> = ids
        .filter(|id| model.type_def(*id).past.is_some())
        .collect();
    if older.is_empty() {
        return;
    }
    let names = older
        .iter()
        .map(|id| model.type_def(*id).name.rust.to_string());
    let scope = Scope::of_older_types(domain, names);
    let mut body = Text::new(1);
    for id in older {
        body.item();
        types::item(&mut body, &scope, id);
        type_hop(&mut body, &scope, id);
    }
    file.item();
    file.doc("What types were before.");
    file.open("pub mod types {");
    scope.write_imports(file);
    file.item();
    file.append(&body.finish());
    file.close("}");
}

/// What has to be allowed of a type that holds itself: it may ask `cx` for nothing but hand it on.
const ONLY_HANDED_ON: &str =
    "#[allow(clippy::only_used_in_recursion, reason = \"the type holds itself\")]";

/// Whether values of one type hold values of the other.
fn holds(ty: &Type, id: TypeId) -> bool {
    match ty {
        Type::Option(inner) | Type::Vec(inner) | Type::Set(inner) | Type::Box(inner) => {
            holds(inner, id)
        }
        Type::Map(key, value) => holds(key, id) || holds(value, id),
        Type::Declared(declared) => *declared == id,
        _ => false,
    }
}

fn type_hop(text: &mut Text, scope: &Scope<'_>, id: TypeId) {
    let def = scope.model().type_def(id);
    let Some(past) = &def.past else { return };
    // Nothing is named that is not written.
    if matches!(past.hop, TypeHop::ByHand) {
        return;
    }
    let next = scope.model().type_def(past.next);
    let (from, to) = (scope.declared(id), scope.declared(past.next));
    match (&past.hop, &def.kind, &next.kind) {
        (TypeHop::Fields(sources), TypeKind::Object(before), TypeKind::Object(after)) => {
            let mut made = made(scope, before, after, sources);
            let mut types = before.iter().map(|field| &field.ty);
            if types.any(|ty| holds(ty, id)) {
                made.allowances.push(ONLY_HANDED_ON.to_owned());
            }
            upcast(text, scope, &from, &to, made);
        }
        (TypeHop::Symbols(becomes), TypeKind::Enum(before), TypeKind::Enum(after)) => {
            let (parameter, _) = parameters(true, false);
            open(text, scope, (&from, &to), None, parameter, "_cx");
            text.open("match event {");
            for (symbol, SymbolId(place)) in before.iter().zip(becomes) {
                let becomes = &after[*place].name.rust;
                text.line(&format!("{from}::{} => Self::{becomes},", symbol.name.rust));
            }
            close(text);
            text.close("}");
        }
        (TypeHop::Symbols(becomes), TypeKind::Union(before), TypeKind::Union(after)) => {
            let is_upcast = before
                .iter()
                .zip(becomes)
                .any(|(variant, SymbolId(place))| {
                    let pairs = variant.fields.iter().zip(&after[*place].fields);
                    let mut pairs = pairs.map(|(from, to)| between(scope, &from.ty, &to.ty));
                    pairs.any(|conversion| convert::says_cx(&conversion))
                });
            let cx = if is_upcast { "cx" } else { "_cx" };
            let fields = before.iter().flat_map(|variant| &variant.fields);
            let allowance = fields.map(|field| &field.ty).any(|ty| holds(ty, id));
            let allowance = allowance.then_some(ONLY_HANDED_ON);
            open(text, scope, (&from, &to), allowance, "event", cx);
            text.open("match event {");
            for (variant, SymbolId(place)) in before.iter().zip(becomes) {
                let pairs = variant.fields.iter().zip(&after[*place].fields);
                let set = pairs.map(|(before, after)| {
                    let conversion = between(scope, &before.ty, &after.ty);
                    let bound = bound_name(&variant.fields, before, cx);
                    let value = convert::convert(scope, &conversion, &bound, &after.ty);
                    (after.name.rust.to_string(), value)
                });
                let set: Vec<_> = set.collect();
                let names = variant.fields.iter().map(|field| {
                    let name = field.name.rust.to_string();
                    match bound_name(&variant.fields, field, cx) {
                        bound if bound == name => name,
                        bound => format!("{name}: {bound}"),
                    }
                });
                let names: Vec<_> = names.collect();
                let pattern = match names.as_slice() {
                    [] => "{}".to_owned(),
                    names => format!("{{ {} }}", names.join(", ")),
                };
                let head = format!(
                    "{from}::{} {pattern} => Self::{}",
                    variant.name.rust, after[*place].name.rust
                );
                text.literal(&head, &set, ",");
            }
            close(text);
            text.close("}");
        }
        _ => {}
    }
}

/// What a field of a variant is called where a pattern has taken it out: its name, unless `taken` is called so, which is
/// still to be spoken of.
fn bound_name(fields: &[Field], field: &Field, taken: &str) -> String {
    fresh(field.name.rust.as_str(), |name| {
        name == taken
            || name != field.name.rust.as_str()
                && fields.iter().any(|other| other.name.rust.as_str() == name)
    })
}

fn older_events(file: &mut Text, domain: &Domain<'_>, aggregate: &Aggregate) {
    let own = aggregate
        .events
        .iter()
        .flat_map(|event| (1..=event.older.len()).map(|version| name_of(event, version)));
    let this = aggregate.name.rust.to_string();
    let scope = Scope::new(
        domain,
        2,
        own.chain([this, format!("{}Event", aggregate.name.rust)]),
    );
    let mut body = Text::new(1);
    for event in &aggregate.events {
        let reads_as = domain.model.reads_as(event);
        for (at, older) in event.older.iter().enumerate() {
            body.item();
            let told = told(domain, event, at + 1, &reads_as, |version| {
                name_of(event, version)
            });
            shape(&mut body, &scope, event, at, older, told);
            hop(&mut body, &scope, aggregate, event, at, older);
        }
    }
    let body = body.finish();
    file.item();
    file.doc(&format!(
        "What events of {} were before.",
        docs::code(aggregate.name.rust.plain())
    ));
    file.open(&format!("pub mod {} {{", aggregate.module()));
    let siblings = format!("super::super::{}", aggregate.module());
    file.item();
    let (this, set) = (
        &aggregate.name.rust,
        format!("{}Event", aggregate.name.rust),
    );
    let has_split = body.contains(&format!("{}<{this}>", scope.runtime_name("Split")));
    let mut names = Vec::new();
    if has_split {
        names.extend([this.to_string(), set]);
    }
    if body.contains("events::") {
        names.push("events".to_owned());
    }
    match names.as_slice() {
        [] => {}
        [name] => file.line(&format!("use {siblings}::{name};")),
        names => file.row(&format!("use {siblings}::{{"), names, "};"),
    }
    scope.continue_imports(file);
    file.item();
    file.append(&body);
    file.close("}");
}

/// The older shape itself, with what its derive is told of those before it.
fn shape(
    text: &mut Text,
    scope: &Scope<'_>,
    event: &Event,
    at: usize,
    older: &OlderShape,
    told: Vec<String>,
) {
    let version = at + 1;
    text.doc(&format!(
        "{}, version {version}.",
        docs::code(&event.name.stored)
    ));
    fields::derive(text, scope, "Event");
    let name = format!("name = {}", quoted(&event.name.stored));
    let attribute: Vec<_> = iter::once(name).chain(told).collect();
    text.column("#[event(", &attribute, ")]");
    let head = format!("pub struct {}", name_of(event, version));
    fields::structure(text, scope, &head, &older.fields, Marks::None);
}

/// What leads from it to the shape after it; nothing where that is by hand.
fn hop(
    text: &mut Text,
    scope: &Scope<'_>,
    aggregate: &Aggregate,
    event: &Event,
    at: usize,
    older: &OlderShape,
) {
    let from = name_of(event, at + 1);
    match &older.hop {
        Hop::Fields(sources) => {
            let to = if at + 1 == event.older.len() {
                format!("events::{}", event.name.rust)
            } else {
                name_of(event, at + 2)
            };
            let made = made(scope, &older.fields, after(event, at), sources);
            upcast(text, scope, &from, &to, made);
        }
        Hop::Split(parts) => split(text, scope, aggregate, &from, older, parts),
        Hop::ByHand { .. } => {}
    }
}

fn split(
    text: &mut Text,
    scope: &Scope<'_>,
    aggregate: &Aggregate,
    from: &str,
    older: &OlderShape,
    parts: &[SplitPart],
) {
    let given: Vec<Given<'_>> = parts
        .iter()
        .flat_map(|part| &part.assignments)
        .map(|assignment| match &assignment.from {
            Origin::Leaf(leaf) => Given::Leaf(leaf),
            Origin::Event(field) => Given::Field(Root::Event, &older.fields[field.0]),
            _ => Given::Fixed(String::new()),
        })
        .collect();
    let values = values(scope, &names(&older.fields), &given);
    let (event, cx) = said(&given);
    let (event, cx) = parameters(event, cx);
    let this = &aggregate.name.rust;
    text.item();
    text.open(&format!(
        "impl {}<{this}> for {from} {{",
        scope.runtime("Split")
    ));
    allowances(text, &given, &values);
    text.open(&format!(
        "fn split({event}: Self, {cx}: &{}<'_>) -> {}<{this}Event> {{",
        scope.runtime("EventContext"),
        scope.prelude("Vec")
    ));
    text.open("vec![");
    let mut values = values.values.into_iter();
    for part in parts {
        let target = aggregate.event(part.event.value);
        let set = part.assignments.iter().zip(values.by_ref());
        let set = set.map(|(assignment, value)| {
            let field = target.field(assignment.field);
            (field.name.rust.to_string(), value)
        });
        let set: Vec<_> = set.collect();
        let name = &target.name.rust;
        text.literal(&format!("{this}Event::{name}(events::{name}"), &set, "),");
    }
    text.close("]");
    text.close("}");
    text.close("}");
}

/// The values of a shape, and what they need.
struct Made {
    set: Vec<(String, String)>,
    allowances: Vec<String>,
    says_event: bool,
    says_cx: bool,
}

/// What each field of a shape is, made of the shape before it.
fn made(scope: &Scope<'_>, before: &[Field], after: &[Field], sources: &[Source]) -> Made {
    let field = |place: &crate::model::FieldId| Given::Field(Root::Event, &before[place.0]);
    // The parts of a value object that was flattened are reached by a path, like one that the schema says.
    let paths: Vec<Option<Leaf>> = sources
        .iter()
        .map(|source| match source {
            Source::Part(whole, part) => {
                let whole = &before[whole.0];
                let parts = parts_of(scope, &whole.ty);
                let part = parts.get(part.0)?;
                Some(Leaf::path(
                    Root::Event,
                    &[&whole.name.rust, &part.name.rust],
                ))
            }
            _ => None,
        })
        .collect();
    let mut given: Vec<Given<'_>> = Vec::with_capacity(sources.len());
    for (source, path) in sources.iter().zip(&paths) {
        match source {
            Source::Field(place) | Source::Mapped(place, _) => given.push(field(place)),
            Source::Added(leaf) | Source::Converted(_, leaf) => given.push(Given::Leaf(leaf)),
            Source::Nested(places) => given.extend(places.iter().map(field)),
            Source::Part(..) => given.extend(path.as_ref().map(Given::Leaf)),
        }
    }
    let found = values(scope, &names(before), &given);
    let (says_event, mut says_cx) = said(&given);
    let allowances = found_allowances(&given, &found);
    let mut values = found.values.into_iter();
    let mut set = Vec::with_capacity(after.len());
    for (field, source) in after.iter().zip(sources) {
        let mut next = || values.next().unwrap_or_default();
        let value = match source {
            Source::Field(place) => {
                let conversion = between(scope, &before[place.0].ty, &field.ty);
                says_cx |= convert::says_cx(&conversion);
                convert::convert(scope, &conversion, &next(), &field.ty)
            }
            Source::Mapped(_, pairs) => mapped(scope, &field.ty, pairs, &next()),
            Source::Nested(places) => {
                let parts = parts_of(scope, &field.ty);
                let set = parts.iter().zip(places);
                let set = set.map(|(part, _)| format!("{}: {}", part.name.rust, next()));
                let set: Vec<_> = set.collect();
                format!("{} {{ {} }}", scope.ty(&field.ty), set.join(", "))
            }
            Source::Added(_) | Source::Converted(..) | Source::Part(..) => next(),
        };
        set.push((field.name.rust.to_string(), value));
    }
    Made {
        set,
        allowances,
        says_event,
        says_cx,
    }
}

fn upcast(text: &mut Text, scope: &Scope<'_>, from: &str, to: &str, made: Made) {
    let (event, cx) = parameters(made.says_event, made.says_cx);
    text.item();
    text.open(&format!(
        "impl {}<{from}> for {to} {{",
        scope.runtime("Upcast")
    ));
    for allowance in &made.allowances {
        text.line(allowance);
    }
    text.open(&signature(scope, from, event, cx));
    text.literal("Self", &made.set, "");
    text.close("}");
    text.close("}");
}

/// Begins an `impl` and its function.
fn open(
    text: &mut Text,
    scope: &Scope<'_>,
    (from, to): (&str, &str),
    allowance: Option<&str>,
    event: &str,
    cx: &str,
) {
    text.item();
    text.open(&format!(
        "impl {}<{from}> for {to} {{",
        scope.runtime("Upcast")
    ));
    if let Some(allowance) = allowance {
        text.line(allowance);
    }
    text.open(&signature(scope, from, event, cx));
}

fn close(text: &mut Text) {
    text.close("}");
    text.close("}");
}

fn signature(scope: &Scope<'_>, from: &str, event: &str, cx: &str) -> String {
    let context = scope.runtime("EventContext");
    format!("fn upcast({event}: {from}, {cx}: &{context}<'_>) -> Self {{")
}

fn parameters(says_event: bool, says_cx: bool) -> (&'static str, &'static str) {
    (
        if says_event { "event" } else { "_event" },
        if says_cx { "cx" } else { "_cx" },
    )
}

/// Whether the event and what stands beside it are spoken of.
fn said(given: &[Given<'_>]) -> (bool, bool) {
    let says = |root: Root| {
        given.iter().any(|given| match given {
            Given::Leaf(leaf) => rules::says(leaf, root),
            Given::Field(of, _) => *of == root,
            Given::Fixed(_) => false,
        })
    };
    (says(Root::Event), says(Root::Cx))
}

fn allowances(text: &mut Text, given: &[Given<'_>], values: &Values) {
    for allowance in found_allowances(given, values) {
        text.line(&allowance);
    }
}

fn found_allowances(given: &[Given<'_>], values: &Values) -> Vec<String> {
    let leaves = given.iter().filter_map(|given| match given {
        Given::Leaf(leaf) => Some(*leaf),
        _ => None,
    });
    rules::allowances(&leaves.collect::<Vec<_>>(), values.may_clone_copy)
}

fn names(before: &[Field]) -> Names<'_> {
    Names {
        this: "",
        state: &[],
        command: &[],
        event: before,
        later: Later::Nothing,
    }
}

/// The conversion between two types, which lowering has made sure of.
fn between(scope: &Scope<'_>, from: &Type, to: &Type) -> Conversion {
    Conversion::between(&scope.model().types, from, to).unwrap_or(Conversion::Same)
}

fn parts_of<'m>(scope: &Scope<'m>, ty: &Type) -> &'m [Field] {
    match ty {
        Type::Declared(id) => match &scope.model().type_def(*id).kind {
            TypeKind::Object(fields) => fields,
            _ => &[],
        },
        _ => &[],
    }
}

/// A value, some of which have become others.
fn mapped(scope: &Scope<'_>, ty: &Type, pairs: &[(String, String)], value: &str) -> String {
    let symbols = match ty {
        Type::Declared(id) => match &scope.model().type_def(*id).kind {
            TypeKind::Enum(symbols) => symbols.as_slice(),
            _ => &[],
        },
        _ => &[],
    };
    let arms = pairs.iter().map(|(old, new)| {
        let symbol = |stored: &str| {
            let symbol = symbols.iter().find(|symbol| symbol.name.stored == *stored);
            symbol.map(|symbol| format!("{}::{}", scope.ty(ty), symbol.name.rust))
        };
        match (symbol(old), symbol(new)) {
            (Some(old), Some(new)) => format!("    {old} => {new},\n"),
            _ => format!("    {} => {}.to_owned(),\n", quoted(old), quoted(new)),
        }
    });
    let arms: String = arms.collect();
    let is_named =
        |symbol: &crate::model::Symbol| pairs.iter().any(|(old, _)| *old == symbol.name.stored);
    let (subject, other) = if symbols.is_empty() {
        (format!("{value}.as_str()"), format!("    _ => {value},\n"))
    } else if symbols.iter().all(is_named) {
        (value.to_owned(), String::new())
    } else {
        (value.to_owned(), "    other => other,\n".to_owned())
    };
    format!("match {subject} {{\n{arms}{other}}}")
}
