//! Aggregates: what is asked for leads somewhere, and what happens is said in full.

use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    leaf::{Leaf, Root},
    model::{
        Aggregate, Assignment, Command, Effect, Event, Field, FieldId, Hop, Lifecycle, Model,
        Origin, Outcome, Symbol, Target, Type,
    },
    source::Spanned,
};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::HashMap;

/// Every aggregate has an event that creates it.
pub(super) fn check_creation(cx: &mut Diagnostics, model: &Model) {
    for aggregate in &model.aggregates {
        // Events that could not be read are reported where they stand.
        if aggregate.events.is_empty() && cx.has_errors() {
            continue;
        }
        let creates =
            |event: &Event| event.is_creation() || matches!(event.effect, Effect::Undeclared);
        if !aggregate.events.iter().any(creates) {
            let error = Diagnostic::new(
                Code::NoCreation,
                aggregate.name.span,
                format!("no event creates `{}`", shown(&aggregate.name.stored)),
            );
            cx.report(error.hint("the first event of a stream makes the state: give it `create: { field: value }` instead of `apply`"));
        }
    }
}

/// An event that creates sets every field of the state.
pub(super) fn check_created_state(cx: &mut Diagnostics, model: &Model) {
    for aggregate in &model.aggregates {
        // What an event took over is said in the other event.
        for event in aggregate.events.iter().filter(|event| event.like.is_none()) {
            let Effect::Create(assignments) = &event.effect else {
                continue;
            };
            for field in unset(&aggregate.state, places(assignments)) {
                let message = format!(
                    "`{}` creates `{}` without its `{}`",
                    shown(&event.name.stored),
                    shown(&aggregate.name.stored),
                    shown(&field.name.stored)
                );
                let hint =
                    other_type(model, field, &event.fields, "the event has").unwrap_or_else(|| {
                        format!(
                            "set it: `create: {{ {}: … }}`, or give the event a field of that name",
                            field.name.rust
                        )
                    });
                cx.report(
                    Diagnostic::new(Code::UnsetState, event.name.span, message)
                        .other(field.name.span, "a field of the state")
                        .hint(hint),
                );
            }
        }
    }
}

/// Every command leads to an event.
pub(super) fn check_emissions(cx: &mut Diagnostics, model: &Model) {
    for command in commands(model) {
        let hint = match &command.outcome {
            Outcome::Emit(emissions) if emissions.is_empty() => {
                "name the event: `emit: Event`; or write `handle: by hand` and the events under `emits`"
            }
            Outcome::ByHand { emits } if emits.is_empty() => {
                "name the events that the handler may return: `emits: [Event]`"
            }
            _ => continue,
        };
        cx.report(
            Diagnostic::new(
                Code::EmitsNothing,
                command.name.span,
                format!("`{}` emits nothing", shown(&command.name.stored)),
            )
            .hint(hint),
        );
    }
}

/// Every field of an emitted event comes from somewhere: information is complete.
pub(super) fn check_sources(cx: &mut Diagnostics, model: &Model) {
    for aggregate in &model.aggregates {
        for command in &aggregate.commands {
            let Outcome::Emit(emissions) = &command.outcome else {
                continue;
            };
            for emission in emissions {
                let event = aggregate.event(emission.event.value);
                for field in unset(&event.fields, places(&emission.assignments)) {
                    let state = if command.target == Target::Existing {
                        aggregate.state.as_slice()
                    } else {
                        &[]
                    };
                    let message = format!(
                        "the `{}` of `{}` comes from nowhere",
                        shown(&field.name.stored),
                        shown(&event.name.stored)
                    );
                    let hint = other_type(model, field, &command.fields, "the command has")
                        .or_else(|| other_type(model, field, state, "the state has"))
                        .unwrap_or_else(|| {
                            let found = format!(
                                "the command has {}{}",
                                listed(&command.fields),
                                and_the_state(command, state)
                            );
                            format!(
                                "{found}; give it: `emit: {{ {}: {{ {}: … }} }}`",
                                shown(&event.name.stored),
                                field.name.rust
                            )
                        });
                    let error = Diagnostic::new(Code::NoSource, emission.event.span, message)
                        .other(field.name.span, "this field");
                    cx.report(error.hint(hint));
                }
            }
        }
    }
}

/// A command for what is new leads to one creating event, and that is the first; one for what exists leads to none.
pub(super) fn check_targets(cx: &mut Diagnostics, model: &Model) {
    for aggregate in &model.aggregates {
        for command in &aggregate.commands {
            let emits: Vec<&Spanned<_>> = command.emits().collect();
            let event = |emitted: &Spanned<_>| aggregate.event(emitted.value);
            let is_known = emits
                .iter()
                .all(|emitted| !matches!(event(emitted).effect, Effect::Undeclared));
            if !is_known || emits.is_empty() {
                continue;
            }
            let creating: Vec<&&Spanned<_>> = emits
                .iter()
                .filter(|emitted| event(emitted).is_creation())
                .collect();
            let name = shown(&command.name.stored);
            let (place, message, hint) = match (command.target, creating.as_slice()) {
                (Target::New, []) => (
                    emits[0].span,
                    format!(
                        "`{name}` is for what does not exist yet, and emits no event that creates it"
                    ),
                    "emit one that has `create`, or take `for: new` away",
                ),
                (Target::New, [first, ..])
                    if !command.is_by_hand() && first.span != emits[0].span =>
                {
                    (
                        emits[0].span,
                        format!("`{name}` emits this before anything exists"),
                        "emit the event that creates first",
                    )
                }
                (Target::New, [_, second, ..]) if !command.is_by_hand() => (
                    second.span,
                    format!("`{name}` creates twice"),
                    "emit one event that creates",
                ),
                (Target::Existing, [first, ..]) => (
                    first.span,
                    format!("`{name}` is for what exists, and emits an event that creates"),
                    "add `for: new`, or emit an event that has `apply`",
                ),
                _ => continue,
            };
            cx.report(
                Diagnostic::new(Code::WrongTarget, place, message)
                    .other(command.name.span, "the command")
                    .hint(hint),
            );
        }
    }
}

/// Every status of a lifecycle is led to by some event; an effect by hand may lead to any.
pub(super) fn check_statuses(cx: &mut Diagnostics, model: &Model) {
    // What is misspelt may be what leads to it.
    if cx.has_any(&[
        Code::UnknownSymbol,
        Code::NoRustName,
        Code::NoEffect,
        Code::RustSyntax,
        Code::Quoting,
    ]) {
        return;
    }
    for aggregate in &model.aggregates {
        // Events that could not be read are reported where they stand.
        if aggregate.events.is_empty() && cx.has_errors() {
            continue;
        }
        let Some(lifecycle) = &aggregate.lifecycle else {
            continue;
        };
        let symbols = model.statuses(aggregate);
        let Some(reached) = reached(aggregate, lifecycle, symbols) else {
            continue;
        };
        for (symbol, _) in symbols.iter().zip(reached).filter(|(_, reached)| !reached) {
            let message = format!(
                "no event of `{}` leads to the status `{}`",
                shown(&aggregate.name.stored),
                shown(&symbol.name.stored)
            );
            let error = Diagnostic::new(Code::UnreachableStatus, symbol.name.span, message)
                .other(lifecycle.span, "the lifecycle");
            cx.report(error.hint(format!(
                "give an event `to: {}`, or take the symbol away",
                shown(&symbol.name.stored)
            )));
        }
    }
}

/// Every event is emitted by some command.
pub(super) fn check_never_emitted(cx: &mut Diagnostics, model: &Model) {
    // A command that could not be understood may be the one that emits it.
    if cx.has_errors() {
        return;
    }
    for aggregate in &model.aggregates {
        let mut emitted = vec![false; aggregate.events.len()];
        for id in aggregate.commands.iter().flat_map(Command::emits) {
            emitted[id.value.0] = true;
        }
        for (place, event) in aggregate.events.iter().enumerate() {
            // What is over, or comes from elsewhere, is not emitted on purpose.
            emitted[place] |= event.retired.is_some() || event.imported;
            for older in &event.older {
                if let Hop::Split(parts) = &older.hop {
                    parts
                        .iter()
                        .for_each(|part| emitted[part.event.value.0] = true);
                }
            }
        }
        for (event, _) in aggregate
            .events
            .iter()
            .zip(emitted)
            .filter(|(_, emitted)| !emitted)
        {
            let warning = Diagnostic::new(
                Code::NeverEmitted,
                event.name.span,
                format!("no command emits `{}`", shown(&event.name.stored)),
            );
            cx.report(warning.hint("add it to the `emit` of the command that leads to it"));
        }
    }
}

fn commands(model: &Model) -> impl Iterator<Item = &Command> {
    model
        .aggregates
        .iter()
        .flat_map(|aggregate| &aggregate.commands)
}

/// The fields that something is assigned to.
pub(super) fn places(assignments: &[Assignment]) -> impl Iterator<Item = FieldId> {
    assignments.iter().map(|assignment| assignment.field)
}

/// The fields that nothing is assigned to; those whose type is a mistake aside, since nothing can be carried over into them.
pub(super) fn unset(fields: &[Field], places: impl Iterator<Item = FieldId>) -> Vec<&Field> {
    let mut assigned = vec![false; fields.len()];
    for place in places {
        assigned[place.0] = true;
    }
    fields
        .iter()
        .zip(assigned)
        .filter(|(field, assigned)| !assigned && field.ty != Type::Mistaken)
        .map(|(field, _)| field)
        .collect()
}

/// Says that a field of that name is there, but of another type.
pub(super) fn other_type(
    model: &Model,
    field: &Field,
    among: &[Field],
    owner: &str,
) -> Option<String> {
    let same = among
        .iter()
        .find(|other| other.name.rust == field.name.rust)?;
    let (theirs, ours) = (model.type_name(&same.ty), model.type_name(&field.ty));
    Some(format!(
        "{owner} `{}`, but as `{theirs}` and not as `{ours}`",
        field.name.rust
    ))
}

fn listed(fields: &[Field]) -> String {
    match fields {
        [] => "no fields".to_owned(),
        few => few
            .iter()
            .take(8)
            .map(|field| format!("`{}`", field.name.rust))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn and_the_state(command: &Command, state: &[Field]) -> String {
    if command.target == Target::Existing {
        format!(", the state {}", listed(state))
    } else {
        String::new()
    }
}

/// For each symbol whether an event leads to it; nothing where any may be led to.
fn reached(aggregate: &Aggregate, lifecycle: &Lifecycle, symbols: &[Symbol]) -> Option<Vec<bool>> {
    let mut reached = vec![false; symbols.len()];
    let names = symbols.iter().map(|symbol| symbol.name.rust.as_str());
    // Two of one name are another mistake.
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, name) in names.enumerate() {
        places.entry(name).or_default().push(place);
    }
    for event in &aggregate.events {
        if let Some(to) = &event.to {
            reached[to.value.0] = true;
        }
        match &event.effect {
            Effect::CreateByHand | Effect::ApplyByHand | Effect::Undeclared => return None,
            Effect::Create(assignments) => {
                for assignment in assignments
                    .iter()
                    .filter(|assignment| assignment.field == lifecycle.field)
                {
                    match &assignment.from {
                        Origin::Status(symbol) => reached[symbol.0] = true,
                        Origin::Leaf(leaf) => mark(leaf, &places, &mut reached)?,
                        Origin::Command(_) | Origin::State(_) | Origin::Event(_) => return None,
                    }
                }
            }
            Effect::Apply(statements) => {
                let field = aggregate.state_field(lifecycle.field).name.rust.plain();
                for statement in statements
                    .iter()
                    .filter(|statement| may_set(statement, field))
                {
                    mark(statement, &places, &mut reached)?;
                }
            }
        }
    }
    Some(reached)
}

/// Whether a statement may set the field: it mentions it, or hands the whole state to something else.
fn may_set(statement: &Leaf, field: &str) -> bool {
    let of_state = statement
        .mentions
        .iter()
        .filter(|mention| mention.root == Root::State);
    of_state.into_iter().any(|mention| {
        mention
            .fields
            .first()
            .is_none_or(|first| first.name == field)
    })
}

/// Marks the symbols that a leaf names behind `::`; nothing where it names none, and so may mean any.
fn mark(leaf: &Leaf, places: &HashMap<&str, Vec<usize>>, reached: &mut [bool]) -> Option<()> {
    let mut names = Vec::new();
    names_behind_colons(&leaf.tokens, &mut names);
    let mut found = None;
    let found_places = names.iter().filter_map(|name| places.get(name.as_str()));
    for place in found_places.flatten() {
        reached[*place] = true;
        found = Some(());
    }
    found
}

fn names_behind_colons(tokens: &TokenStream, names: &mut Vec<String>) {
    let mut colons = 0;
    for tree in tokens.clone() {
        match &tree {
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                colons += 1;
                continue;
            }
            TokenTree::Ident(ident) if colons == 2 => names.push(ident.to_string()),
            TokenTree::Group(group) => names_behind_colons(&group.stream(), names),
            _ => {}
        }
        colons = 0;
    }
}
