//! The file of one aggregate: its state, its errors, its events and commands, and the rules between them.

use super::{
    commands, docs, effects, errors, events, fields, handlers,
    module::Module,
    scenarios,
    scope::{Domain, Scope},
};
use crate::model::{Aggregate, Target};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The text of the file.
pub(super) fn aggregate(domain: &Domain<'_>, aggregate: &Aggregate) -> String {
    let scope = Scope::new(domain, 1, own_names(aggregate));
    let state = state(&scope, aggregate);
    let attribute = attribute(&scope, aggregate);
    let errors = errors::errors(&scope, aggregate);
    let handlers = aggregate
        .commands
        .iter()
        .filter_map(|command| handlers::handler(&scope, aggregate, command));
    let effects = aggregate
        .events
        .iter()
        .filter_map(|event| effects::effect(&scope, aggregate, event));
    let rules: Vec<_> = handlers.chain(effects).collect();

    let about = format!("The aggregate {}.", docs::code(&aggregate.name.stored));
    let mut file = Module::file(&[about]);
    file.items(scope.imports());
    file.item_with(state, "#[aggregate]\n", &attribute);
    for item in errors {
        file.item(item);
    }
    events::events(domain, aggregate, &mut file);
    commands::commands(domain, aggregate, &mut file);
    for rule in rules {
        file.item(rule);
    }
    scenarios::scenarios(domain, aggregate, &mut file);
    file.finish()
}

/// The type names that the file itself defines, those by the derive included.
fn own_names(aggregate: &Aggregate) -> Vec<String> {
    let name = aggregate.name.rust.as_str();
    ["", "Command", "Error", "Event"]
        .map(|suffix| format!("{name}{suffix}"))
        .into()
}

fn state(scope: &Scope<'_>, aggregate: &Aggregate) -> TokenStream {
    let doc = docs::lines(&documentation(aggregate));
    let (serialize, deserialize) = (scope.serde("Serialize"), scope.serde("Deserialize"));
    let derive = scope.runtime("Aggregate");
    let name = aggregate.name.ident();
    let fields = fields::public(scope, &aggregate.state);
    quote! {
        #doc
        #[derive(Debug, Clone, PartialEq, #serialize, #deserialize, #derive)]
        #[aggregate]
        pub struct #name { #fields }
    }
}

/// What the derive is told, one event and one command a line.
fn attribute(scope: &Scope<'_>, aggregate: &Aggregate) -> String {
    let events = aggregate.events.iter().map(|event| {
        let role = if event.is_creation() { ": create" } else { "" };
        format!("        events::{}{role},\n", event.name.rust)
    });
    let commands = aggregate.commands.iter().map(|command| {
        let target = match command.target {
            Target::New => ": new",
            Target::Existing => "",
            Target::Any => ": any",
        };
        format!("        commands::{}{target},\n", command.name.rust)
    });
    let list = |key: &str, items: String| {
        if items.is_empty() {
            format!("    {key}(),\n")
        } else {
            format!("    {key}(\n{items}    ),\n")
        }
    };
    let name = format!("    name = {},\n", Literal::string(&aggregate.name.stored));
    let id = format!("    id = {},\n", scope.ty(&aggregate.id.value));
    let error = format!("    error = {},\n", errors::name(aggregate));
    let events = list("events", events.collect());
    let commands = list("commands", commands.collect());
    format!("#[aggregate(\n{name}{id}{events}{commands}{error})]\n")
}

/// What the schema says about the aggregate, and what is left to be written by hand.
fn documentation(aggregate: &Aggregate) -> String {
    let name = docs::words(aggregate.name.rust.plain());
    let doc = aggregate.doc.clone();
    let doc = doc.unwrap_or_else(|| format!("The state of {} {name}.", docs::article(&name)));
    let commands = aggregate
        .commands
        .iter()
        .filter(|command| command.is_by_hand());
    let commands = commands.map(|command| handlers::by_hand(aggregate, command));
    let events = aggregate.events.iter().filter(|event| event.is_by_hand());
    let events = events.map(|event| effects::by_hand(aggregate, event));
    let by_hand: Vec<_> = commands
        .chain(events)
        .map(|what| format!("- {what}"))
        .collect();
    if by_hand.is_empty() {
        return doc;
    }
    format!(
        "{}\n\nWritten by hand, in another module of this crate:\n\n{}",
        doc.trim(),
        by_hand.join("\n")
    )
}
