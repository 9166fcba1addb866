//! What has changed: older shapes lead to those after them, and what is over stays over.

use super::aggregates::{other_type, places, unset};
use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    index::Index,
    leaf::{Leaf, Root},
    model::{
        Aggregate, Conversion, Event, EventExample, Expected, Field, FieldId, Hop, Model, Origin,
        Retired, Source, SplitPart, TypeHop, TypeKind,
    },
    source::{Span, Spanned},
};
use std::collections::HashSet;

/// Nothing is asked for that does not happen any more: no command emits it, no scenario expects it, and what is read as
/// nothing is not projected.
pub(super) fn check_retired(cx: &mut Diagnostics, model: &Model) {
    for aggregate in &model.aggregates {
        for command in &aggregate.commands {
            for emitted in command.emits() {
                let event = aggregate.event(emitted.value);
                if event.retired.is_some() {
                    let what = format!("`{}` emits", shown(&command.name.stored));
                    refuse_retired(cx, &what, emitted.span, event);
                }
            }
        }
        for scenario in &aggregate.scenarios {
            let given = scenario.given.iter();
            for EventExample { event, .. } in given {
                let what = aggregate.event(event.value);
                if !what.is_seen() {
                    refuse_retired(cx, "the scenario begins with", event.span, what);
                }
            }
            if let Some(Expected::Events(events)) = &scenario.expected {
                for EventExample { event, .. } in events {
                    let what = aggregate.event(event.value);
                    if what.retired.is_some() {
                        refuse_retired(cx, "the scenario expects", event.span, what);
                    }
                }
            }
        }
    }
    for projection in &model.projections {
        for projected in &projection.events {
            let event = model.projected(projected);
            if !event.is_seen() {
                let what = format!("`{}` is made from", shown(&projection.name.stored));
                refuse_retired(cx, &what, projected.event.span, event);
            }
        }
    }
}

fn refuse_retired(cx: &mut Diagnostics, what: &str, span: Span, event: &Event) {
    let (reason, hint) = match event.retired {
        Some(Retired::Split) => (
            "which is read as the events that it was split into",
            "name those",
        ),
        Some(Retired::Ignored) => (
            "which is retired and without effect, so that it is read as nothing",
            "give it an effect again, or take this away",
        ),
        Some(Retired::Folded) | None => (
            "which is retired",
            "take `retired` away, or name the event that took its place",
        ),
    };
    let message = format!("{what} `{}`, {reason}", shown(&event.name.stored));
    cx.report(
        Diagnostic::new(Code::RetiredEvent, span, message)
            .other(event.name.span, "the event")
            .hint(hint),
    );
}

/// The names of events, those that they had before included, tell the events of an aggregate apart; the same holds for
/// aggregates, symbols and variants.
pub(super) fn check_former_names(cx: &mut Diagnostics, model: &Model) {
    let aggregates = model.aggregates.iter();
    let aggregates =
        aggregates.map(|it| (it.name.stored.as_str(), it.name.span, it.was.as_slice()));
    tell_apart(cx, "aggregate", aggregates);
    for aggregate in &model.aggregates {
        let events = aggregate.events.iter();
        let events = events.map(|it| (it.name.stored.as_str(), it.name.span, it.was.as_slice()));
        tell_apart(cx, "event", events);
    }
    // What a type was before has the names of the type.
    for def in model.types.iter().filter(|def| def.past.is_none()) {
        match &def.kind {
            TypeKind::Enum(symbols) => {
                let symbols = symbols.iter();
                let symbols =
                    symbols.map(|it| (it.name.stored.as_str(), it.name.span, it.was.as_slice()));
                tell_apart(cx, "symbol", symbols);
            }
            TypeKind::Union(variants) => {
                let variants = variants.iter();
                let variants =
                    variants.map(|it| (it.name.stored.as_str(), it.name.span, it.was.as_slice()));
                tell_apart(cx, "variant", variants);
            }
            _ => {}
        }
    }
}

fn tell_apart<'n>(
    cx: &mut Diagnostics,
    what: &str,
    named: impl Iterator<Item = (&'n str, Span, &'n [Spanned<String>])> + Clone,
) {
    // Most have been called nothing else.
    if named.clone().all(|(.., was)| was.is_empty()) {
        return;
    }
    let mut seen: Index<'_, Span> = Index::with_capacity(named.size_hint().0);
    for (name, span, _) in named.clone() {
        seen.insert(name, span);
    }
    for name in named.flat_map(|(.., was)| was) {
        if let Some(first) = seen.insert(&name.value, name.span) {
            let message = format!(
                "`{}` already means {} {what}",
                shown(&name.value),
                if *what == *"event" || *what == *"aggregate" {
                    "an"
                } else {
                    "a"
                }
            );
            cx.report(
                Diagnostic::new(Code::NameCollision, name.span, message)
                    .other(*first, "here")
                    .hint("a stored name belongs to one thing for ever"),
            );
        }
    }
}

/// The entries of a map stay apart on the way to what it is: where two of its keys become one, only the user can say what
/// becomes of what they held.
pub(super) fn check_keys_merged(cx: &mut Diagnostics, model: &Model) {
    for event in model.aggregates.iter().flat_map(|it| &it.events) {
        let after = event.older.iter().skip(1).map(|older| &older.fields);
        let after = after.chain([&event.fields]);
        for (older, after) in event.older.iter().zip(after) {
            if let Hop::Fields(sources) = &older.hop {
                check_sources_keep_keys(cx, model, (&older.fields, after), sources, older.span);
            }
        }
    }
    for def in &model.types {
        let Some(past) = &def.past else { continue };
        let next = &model.type_def(past.next).kind;
        match (&past.hop, &def.kind, next) {
            (TypeHop::Fields(sources), TypeKind::Object(before), TypeKind::Object(after)) => {
                check_sources_keep_keys(cx, model, (before, after), sources, def.name.span);
            }
            (TypeHop::Symbols(becomes), TypeKind::Union(before), TypeKind::Union(after)) => {
                for (variant, place) in before.iter().zip(becomes) {
                    for (from, to) in variant.fields.iter().zip(&after[place.0].fields) {
                        let hint = "a union has no step by hand: keep both symbols, or declare another union, and say `retype` where this one was used";
                        check_keeps_keys(cx, model, (from, to), def.name.span, hint);
                    }
                }
            }
            _ => {}
        }
    }
}

fn check_sources_keep_keys(
    cx: &mut Diagnostics,
    model: &Model,
    (before, after): (&[Field], &[Field]),
    sources: &[Source],
    step: Span,
) {
    for (to, source) in after.iter().zip(sources) {
        if let Source::Field(from) = source {
            let hint = "say what becomes of two such entries: in place of this step write `{ by hand: { … } }`, with all fields as they were";
            check_keeps_keys(cx, model, (&before[from.0], to), step, hint);
        }
    }
}

fn check_keeps_keys(
    cx: &mut Diagnostics,
    model: &Model,
    (from, to): (&Field, &Field),
    step: Span,
    hint: &str,
) {
    let Some(merged) = Conversion::between(&model.types, &from.ty, &to.ty)
        .and_then(|conversion| conversion.merged_keys(&model.types, &from.ty))
    else {
        return;
    };
    let def = model.type_def(merged.ty);
    // What becomes others is said by the type as it is: an older one has no name that the schema says.
    let name = def
        .past
        .as_ref()
        .map_or(&def.name, |past| &model.type_def(past.of).name);
    let name = shown(&name.stored);
    let [one, other] = merged.symbols.map(|name| shown(name).to_string());
    let message = format!(
        "two keys of `{}` become one: `{one}` and `{other}` of `{name}`",
        shown(&to.name.stored)
    );
    let older = shown(def.name.rust.plain()).to_string();
    cx.report(
        Diagnostic::new(Code::NoConversion, step, message)
            .label("of two entries of the map only one would be left")
            .other(to.ty_span, "the map")
            .other(
                def.name.span,
                format!("what becomes of the symbols of `{name}`"),
            )
            .hint(hint.replace(
                "as they were",
                &format!("as they were, `{older}` for `{name}`"),
            )),
    );
}

/// An event that has become several is whole in them: each of their fields comes from somewhere, and each of its own
/// lands somewhere.
pub(super) fn check_splits(cx: &mut Diagnostics, model: &Model) {
    for aggregate in &model.aggregates {
        for (place, event) in aggregate.events.iter().enumerate() {
            let last = event.older.len();
            for (at, older) in event.older.iter().enumerate() {
                let Hop::Split(parts) = &older.hop else {
                    continue;
                };
                parts.iter().for_each(|part| {
                    check_part(cx, model, aggregate, &older.fields, part);
                });
                check_lost(cx, &older.fields, parts);
                let has_itself = parts.iter().any(|part| part.event.value.0 == place);
                let is_over = event.retired == Some(Retired::Split);
                let is_end = is_over && at + 1 == last;
                if !(has_itself || is_end) {
                    let name = shown(&event.name.stored);
                    let message = format!("`{name}` is none of the events that it was split into");
                    let hint = "it does not happen any more: say `retired: true`, and leave its `fields` and its effect out; or make it one of them";
                    cx.report(
                        Diagnostic::new(Code::BrokenChange, older.span, message)
                            .other(event.name.span, "the event")
                            .hint(hint),
                    );
                }
            }
        }
    }
}

fn check_part(
    cx: &mut Diagnostics,
    model: &Model,
    aggregate: &Aggregate,
    fields: &[Field],
    part: &SplitPart,
) {
    let event = aggregate.event(part.event.value);
    if !event.is_seen() {
        refuse_retired(cx, "the split leads to", part.event.span, event);
        return;
    }
    for field in unset(&event.fields, places(&part.assignments)) {
        let message = format!(
            "the `{}` of `{}` comes from nowhere",
            shown(&field.name.stored),
            shown(&event.name.stored)
        );
        let hint = other_type(model, field, fields, "the event had").unwrap_or_else(|| {
            format!(
                "give it: `into: {{ {}: {{ {}: … }} }}`",
                shown(&event.name.stored),
                field.name.rust
            )
        });
        cx.report(
            Diagnostic::new(Code::NoSource, part.event.span, message)
                .other(field.name.span, "this field")
                .hint(hint),
        );
    }
}

fn check_lost(cx: &mut Diagnostics, fields: &[Field], parts: &[SplitPart]) {
    let mut landed: HashSet<FieldId> = HashSet::new();
    let mut named: HashSet<&str> = HashSet::new();
    for assignment in parts.iter().flat_map(|part| &part.assignments) {
        match &assignment.from {
            Origin::Event(field) => {
                landed.insert(*field);
            }
            Origin::Leaf(leaf) if takes_all(leaf) => return,
            Origin::Leaf(leaf) => named.extend(mentioned(leaf)),
            Origin::Command(_) | Origin::State(_) | Origin::Status(_) => {}
        }
    }
    for (place, field) in fields.iter().enumerate() {
        if !landed.contains(&FieldId(place)) && !named.contains(field.name.rust.plain()) {
            let message = format!(
                "`{}` lands in none of the events",
                shown(&field.name.stored)
            );
            cx.report(
                Diagnostic::new(Code::LostField, field.name.span, message).hint(
                    "give it to one of them; what nobody needs is taken away by `remove`, in an entry after or before this one",
                ),
            );
        }
    }
}

/// Whether a leaf hands the whole event to something else.
fn takes_all(leaf: &Leaf) -> bool {
    let mut of_event = leaf.mentions.iter().filter(|it| it.root == Root::Event);
    of_event.any(|mention| mention.fields.is_empty())
}

fn mentioned(leaf: &Leaf) -> impl Iterator<Item = &str> {
    let of_event = leaf.mentions.iter().filter(|it| it.root == Root::Event);
    of_event.filter_map(|mention| Some(mention.fields.first()?.name.as_str()))
}
