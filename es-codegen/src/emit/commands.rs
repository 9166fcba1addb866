//! `mod commands`: a plain struct for each command.

use super::{
    docs, fields,
    module::Module,
    scope::{Domain, Scope},
};
use crate::model::{Aggregate, Command};
use proc_macro2::TokenStream;
use quote::quote;

/// Puts the commands of an aggregate into its file.
pub(super) fn commands(domain: &Domain<'_>, aggregate: &Aggregate, file: &mut Module) {
    if aggregate.commands.is_empty() {
        return;
    }
    let names = aggregate
        .commands
        .iter()
        .map(|command| command.name.rust.as_str().to_owned());
    let scope = Scope::new(domain, 2, names);
    let items: Vec<_> = aggregate
        .commands
        .iter()
        .map(|command| item(&scope, aggregate, command))
        .collect();
    let mut body = file.child();
    body.items(scope.imports());
    for tokens in items {
        body.item(tokens);
    }
    let doc = format!(
        "/// What can be asked of {}.",
        docs::code(aggregate.name.rust.plain())
    );
    file.module(&[&doc, "pub mod commands"], &body);
}

fn item(scope: &Scope<'_>, aggregate: &Aggregate, command: &Command) -> TokenStream {
    let doc = docs::given_or(
        command.doc.as_deref(),
        &docs::sentence(&docs::words(command.name.rust.plain())),
    );
    let (serialize, deserialize) = (scope.serde("Serialize"), scope.serde("Deserialize"));
    let derive = scope.runtime("Command");
    let stored = &command.name.stored;
    let mut places: Vec<_> = command.emits().map(|event| event.value).collect();
    places.dedup();
    let emits = places
        .iter()
        .enumerate()
        .filter(|(at, place)| !places[..*at].contains(place));
    let emits = emits.map(|(_, place)| {
        let event = aggregate.event(*place).name.ident();
        quote!(super::events::#event)
    });
    let name = command.name.ident();
    let fields = fields::public(scope, &command.fields);
    quote! {
        #doc
        #[derive(Debug, Clone, PartialEq, #serialize, #deserialize, #derive)]
        #[command(name = #stored, emits(#(#emits),*))]
        pub struct #name { #fields }
    }
}
