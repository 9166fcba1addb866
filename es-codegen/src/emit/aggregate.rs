//! The file of one aggregate: its state, its errors, its events and commands, and the rules between them.

use super::{
    commands, docs, effects, errors, events, fields, handlers,
    module::Module,
    scenarios,
    scope::{Domain, Scope},
};
use crate::model::{Aggregate, Target};
use proc_macro2::TokenStream;
use quote::quote;

/// The text of the file.
pub(super) fn aggregate(domain: &Domain<'_>, aggregate: &Aggregate) -> String {
    let scope = Scope::new(domain, 1, own_names(aggregate));
    let state = state(&scope, aggregate);
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
    for item in std::iter::once(state).chain(errors) {
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
    let attribute = attribute(scope, aggregate);
    let name = aggregate.name.ident();
    let fields = fields::public(scope, &aggregate.state);
    quote! {
        #doc
        #[derive(Debug, Clone, PartialEq, #serialize, #deserialize, #derive)]
        #attribute
        pub struct #name { #fields }
    }
}

fn attribute(scope: &Scope<'_>, aggregate: &Aggregate) -> TokenStream {
    let stored = &aggregate.name.stored;
    let id = scope.ty(&aggregate.id.value);
    let events = aggregate.events.iter().map(|event| {
        let name = event.name.ident();
        let role = event.is_creation().then(|| quote!(: create));
        quote!(events::#name #role)
    });
    let commands = aggregate.commands.iter().map(|command| {
        let name = command.name.ident();
        let target = match command.target {
            Target::New => quote!(: new),
            Target::Existing => quote!(),
            Target::Any => quote!(: any),
        };
        quote!(commands::#name #target)
    });
    let error = errors::name(aggregate);
    quote! {
        #[aggregate(
            name = #stored,
            id = #id,
            events(#(#events),*),
            commands(#(#commands),*),
            error = #error,
            derive(Debug, Clone, PartialEq)
        )]
    }
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
