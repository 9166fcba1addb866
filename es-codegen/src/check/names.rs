//! Names: what becomes one in Rust or on the wire must have been one in the schema.

use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    index::Index,
    model::{Field, Model, TypeKind},
    names::{Name, RustName, stored_name_problem},
    source::Span,
};
use std::collections::HashMap;

/// The longest name of a file, in bytes, on every disk that is in use.
const FILE_NAME_LIMIT: usize = 255;

/// The domain has a name that can be stored.
pub(super) fn check_domain(cx: &mut Diagnostics, model: &Model) {
    let domain = &model.domain;
    // Without a place the key is missing, which the reader reports.
    if domain.span.start != domain.span.end
        && let Some(problem) = stored_name_problem(&domain.value)
    {
        cx.report(Diagnostic::new(
            Code::BadName,
            domain.span,
            format!("this cannot be the name of a domain: {problem}"),
        ));
    }
}

/// Types, aggregates, what is generated for each aggregate, and rows share one namespace.
pub(super) fn check_types_aggregates_and_rows(cx: &mut Diagnostics, model: &Model) {
    let mut seen: HashMap<String, (&Name, Option<&str>)> = HashMap::new();
    let types = model.types.iter().map(|def| (&def.name, None));
    let aggregates = model.aggregates.iter().flat_map(|aggregate| {
        let whole = std::iter::once((&aggregate.name, None));
        whole.chain(["Event", "Command", "Error"].map(|suffix| (&aggregate.name, Some(suffix))))
    });
    let projections = model.projections.iter();
    let projections = projections.map(|projection| (&projection.name, None));
    for (name, suffix) in types
        .chain(aggregates)
        .chain(projections)
        .filter(|(name, _)| !name.rust.is_mistaken())
    {
        let rust = format!("{}{}", name.rust.plain(), suffix.unwrap_or_default());
        match seen.get(&rust) {
            None => {
                seen.insert(rust, (name, suffix));
            }
            Some((first, first_suffix)) if suffix.is_none() && first_suffix.is_none() => {
                collision(cx, name, first)
            }
            Some((first, first_suffix)) => {
                // Both say what the generated code needs the name for; the mistake is shown where a name was chosen.
                let (chosen, owner) = if suffix.is_none() {
                    (name, *first)
                } else {
                    (*first, name)
                };
                let suffix = suffix.or(*first_suffix).unwrap_or_default().to_lowercase();
                let message = format!(
                    "`{rust}` is what the generated code calls the {suffix}s of `{}`",
                    shown(&owner.stored)
                );
                cx.report(
                    Diagnostic::new(Code::NameCollision, chosen.span, message)
                        .other(owner.span, "the aggregate")
                        .hint("choose another name"),
                );
            }
        }
    }
}

/// The files of aggregates and projections have different names, also on a disk that does not tell large letters from small ones, and
/// names that a file can have.
pub(super) fn check_files(cx: &mut Diagnostics, model: &Model) {
    let mut seen: HashMap<String, &Name> = HashMap::new();
    let aggregates = model.aggregates.iter();
    let aggregates = aggregates.map(|aggregate| (&aggregate.name, "aggregate"));
    let projections = model.projections.iter();
    let projections = projections.map(|projection| (&projection.name, "projection"));
    let names = aggregates.chain(projections);
    for (name, what) in names.filter(|(name, _)| !name.rust.is_mistaken()) {
        let file = format!("{}.rs", RustName::module(name.rust.plain()).plain());
        if file.len() > FILE_NAME_LIMIT {
            let message = format!(
                "`{}` is too long for the name of a file",
                shown(&name.stored)
            );
            cx.report(
                Diagnostic::new(Code::BadName, name.span, message)
                    .hint(format!("give the {what} a shorter Rust name by `rust`")),
            );
            continue;
        }
        let Some(first) = seen.insert(folded(&file), name) else {
            continue;
        };
        // Of the same Rust name is another mistake, which is told already.
        if first.rust != name.rust {
            let (one, other) = (shown(&first.stored), shown(&name.stored));
            let message = format!("the code of `{one}` and `{other}` would both stand in `{file}`");
            cx.report(
                Diagnostic::new(Code::NameCollision, name.span, message)
                    .other(first.span, "first defined here")
                    .hint("give one of them another Rust name by `rust`"),
            );
        }
    }
}

/// A name as a disk sees it that does not tell large letters from small ones: `ß`, `SS` and `ſs` are the same.
fn folded(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

/// The events of an aggregate have different Rust names.
pub(super) fn check_events(cx: &mut Diagnostics, model: &Model) {
    for aggregate in &model.aggregates {
        check_different(cx, aggregate.events.iter().map(|event| &event.name));
    }
}

/// The commands of an aggregate have different Rust names.
pub(super) fn check_commands(cx: &mut Diagnostics, model: &Model) {
    for aggregate in &model.aggregates {
        check_different(cx, aggregate.commands.iter().map(|command| &command.name));
    }
}

/// The rejections of an aggregate have different Rust names, and none that is built in.
pub(super) fn check_rejections(cx: &mut Diagnostics, model: &Model) {
    for aggregate in &model.aggregates {
        check_different(
            cx,
            aggregate.rejections.iter().map(|rejection| &rejection.name),
        );
        for rejection in &aggregate.rejections {
            check_different(cx, rejection.details.iter().map(|detail| &detail.name));
            if matches!(
                rejection.name.rust.plain(),
                "Missing" | "Exists" | "WrongStatus" | "Invalid"
            ) {
                let message = format!(
                    "the rejection `{}` is built in",
                    rejection.name.rust.plain()
                );
                cx.report(
                    Diagnostic::new(Code::NameCollision, rejection.name.span, message)
                        .hint("choose another name"),
                );
            }
        }
    }
}

/// The scenarios of an aggregate become tests of different names.
pub(super) fn check_scenarios(cx: &mut Diagnostics, model: &Model) {
    for aggregate in &model.aggregates {
        check_different(
            cx,
            aggregate.scenarios.iter().map(|scenario| &scenario.name),
        );
    }
}

/// The fields of one thing have different Rust names.
pub(super) fn check_fields(cx: &mut Diagnostics, model: &Model) {
    for fields in field_lists(model) {
        check_different(cx, fields.iter().map(|field| &field.name));
    }
}

/// The fields of one thing have different stored names.
pub(super) fn check_wire_names(cx: &mut Diagnostics, model: &Model) {
    for fields in
        field_lists(model).filter(|fields| fields.iter().any(|field| field.wire.is_some()))
    {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for field in fields {
            let span = field
                .wire
                .as_ref()
                .map_or(field.name.span, |wire| wire.span);
            if let Some(first) = seen.get(field.stored_name()) {
                let message = format!("two fields are stored as `{}`", shown(field.stored_name()));
                let error = Diagnostic::new(Code::NameCollision, span, message).label("this one");
                cx.report(
                    error
                        .other(*first, "and this one")
                        .hint("give one of them another `wire`"),
                );
            } else {
                seen.insert(field.stored_name(), span);
            }
        }
    }
}

/// The symbols of an enum and the variants of a union have different Rust names.
pub(super) fn check_symbols_and_variants(cx: &mut Diagnostics, model: &Model) {
    for def in &model.types {
        match &def.kind {
            TypeKind::Enum(symbols) => {
                check_different(cx, symbols.iter().map(|symbol| &symbol.name))
            }
            TypeKind::Union(variants) => {
                check_different(cx, variants.iter().map(|variant| &variant.name))
            }
            TypeKind::Newtype(_)
            | TypeKind::Object(_)
            | TypeKind::Own { .. }
            | TypeKind::Mistaken => {}
        }
    }
}

/// Every list of fields in the model; those that an event took over belong to the other event.
pub(super) fn field_lists(model: &Model) -> impl Iterator<Item = &[Field]> {
    let types = model.types.iter().flat_map(|def| match &def.kind {
        TypeKind::Object(fields) => vec![fields.as_slice()],
        TypeKind::Union(variants) => variants
            .iter()
            .map(|variant| variant.fields.as_slice())
            .collect(),
        TypeKind::Newtype(_) | TypeKind::Enum(_) | TypeKind::Own { .. } | TypeKind::Mistaken => {
            Vec::new()
        }
    });
    let aggregates = model.aggregates.iter().flat_map(|aggregate| {
        let commands = aggregate
            .commands
            .iter()
            .map(|command| command.fields.as_slice());
        let events = aggregate
            .events
            .iter()
            .filter(|event| event.like.is_none())
            .map(|event| event.fields.as_slice());
        let older = aggregate.events.iter().flat_map(|event| &event.older);
        std::iter::once(aggregate.state.as_slice())
            .chain(commands)
            .chain(events)
            .chain(older.map(|older| older.fields.as_slice()))
    });
    let projections = model.projections.iter();
    let projections = projections.map(|projection| projection.columns.as_slice());
    types.chain(aggregates).chain(projections)
}

fn check_different<'n>(cx: &mut Diagnostics, names: impl Iterator<Item = &'n Name>) {
    let mut seen: Index<'_, &Name> = Index::with_capacity(names.size_hint().0);
    for name in names.filter(|name| !name.rust.is_mistaken()) {
        if let Some(first) = seen.insert(name.rust.as_str(), name) {
            collision(cx, name, first);
        }
    }
}

fn collision(cx: &mut Diagnostics, second: &Name, first: &Name) {
    let message = if first.stored == second.stored {
        format!("`{}` is defined twice", shown(&first.stored))
    } else {
        format!(
            "`{}` and `{}` are both `{}` in Rust",
            shown(&first.stored),
            shown(&second.stored),
            first.rust
        )
    };
    let error = Diagnostic::new(Code::NameCollision, second.span, message)
        .other(first.span, "first defined here");
    cx.report(error.hint(
        "rename one of them, or give one another Rust name where `rust` or `wire` can be said",
    ));
}
