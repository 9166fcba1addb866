//! The rules that fold: one `impl` for each event whose effect is not by hand.

use super::{
    ownership::{Given, Later, Names, values},
    rules,
    scope::Scope,
    text::Text,
};
use crate::{
    leaf::{Leaf, Root},
    model::{Aggregate, Assignment, Effect, Event, Origin, SymbolId},
};

/// Puts what an event does into the file of its aggregate; nothing where that is by hand.
pub(super) fn effect(text: &mut Text, scope: &Scope<'_>, aggregate: &Aggregate, event: &Event) {
    match &event.effect {
        Effect::Create(assignments) => create(text, scope, aggregate, event, assignments),
        Effect::Apply(statements) => apply(text, scope, aggregate, event, statements),
        Effect::CreateByHand | Effect::ApplyByHand | Effect::Undeclared => {}
    }
}

/// The trait that an effect implements.
pub(super) fn trait_name(event: &Event) -> &'static str {
    if event.is_creation() {
        "Create"
    } else {
        "Apply"
    }
}

fn create(
    text: &mut Text,
    scope: &Scope<'_>,
    aggregate: &Aggregate,
    event: &Event,
    assignments: &[Assignment],
) {
    let names = Names {
        this: "",
        state: &[],
        command: &[],
        event: &event.fields,
        later: Later::Nothing,
    };
    let given = assignments.iter().map(|assignment| match &assignment.from {
        Origin::Leaf(leaf) => Given::Leaf(leaf),
        Origin::Event(field) => Given::Field(Root::Event, event.field(*field)),
        Origin::Status(symbol) => Given::Fixed(status(scope, aggregate, *symbol)),
        Origin::Command(_) | Origin::State(_) => Given::Fixed(String::new()),
    });
    let given: Vec<_> = given.collect();
    let leaves = given.iter().filter_map(|given| match given {
        Given::Leaf(leaf) => Some(*leaf),
        _ => None,
    });
    let leaves: Vec<_> = leaves.collect();
    let carries = given.iter().any(|given| matches!(given, Given::Field(..)));
    let says_event = carries || leaves.iter().any(|leaf| rules::says(leaf, Root::Event));
    let values = values(scope, &names, &given);
    let fields = assignments
        .iter()
        .map(|assignment| aggregate.state_field(assignment.field));
    let fields = fields.map(|field| field.name.rust.to_string());
    let fields: Vec<_> = fields.zip(values.values).collect();

    let name = open(text, scope, aggregate, event);
    for allowance in rules::allowances(&leaves, values.may_clone_copy) {
        text.line(&allowance);
    }
    let parameter = if says_event { "event" } else { "_event" };
    text.open(&format!("fn create({parameter}: {name}) -> Self {{"));
    text.literal("Self", &fields, "");
    text.close("}");
    text.close("}");
}

fn apply(
    text: &mut Text,
    scope: &Scope<'_>,
    aggregate: &Aggregate,
    event: &Event,
    statements: &[Leaf],
) {
    let says = |root| statements.iter().any(|leaf| rules::says(leaf, root));
    let this = if says(Root::State) { "state" } else { "self" };
    let parameter = if says(Root::Event) { "event" } else { "_event" };

    let name = open(text, scope, aggregate, event);
    for allowance in rules::allowances(&statements.iter().collect::<Vec<_>>(), false) {
        text.line(&allowance);
    }
    let signature = format!("fn apply(&mut self, {parameter}: {name})");
    if statements.is_empty() && event.to.is_none() {
        text.line(&format!("{signature} {{}}"));
        return text.close("}");
    }
    text.open(&format!("{signature} {{"));
    if says(Root::State) {
        text.line("let state = self;");
    }
    if let (Some(to), Some(lifecycle)) = (&event.to, &aggregate.lifecycle) {
        let field = &aggregate.state_field(lifecycle.field).name.rust;
        let status = status(scope, aggregate, to.value);
        text.line(&format!("{this}.{field} = {status};"));
    }
    for statement in statements {
        text.line(&rules::statement(scope, statement));
    }
    text.close("}");
    text.close("}");
}

/// Begins the `impl` of what an event does; gives the path of the event.
fn open(text: &mut Text, scope: &Scope<'_>, aggregate: &Aggregate, event: &Event) -> String {
    let name = format!("events::{}", event.name.rust);
    text.item();
    text.open(&format!(
        "impl {}<{name}> for {} {{",
        scope.runtime(trait_name(event)),
        aggregate.name.rust
    ));
    name
}

/// A status of the aggregate: `OrderStatus::Shipped`.
fn status(scope: &Scope<'_>, aggregate: &Aggregate, symbol: SymbolId) -> String {
    let symbol = scope.model().statuses(aggregate).get(symbol.0);
    match (&aggregate.lifecycle, symbol) {
        (Some(lifecycle), Some(symbol)) => {
            format!("{}::{}", scope.declared(lifecycle.ty), symbol.name.rust)
        }
        _ => String::new(),
    }
}
