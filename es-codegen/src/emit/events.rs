//! `mod events`: a plain struct for each event.

use super::{
    docs, fields,
    module::Module,
    rules,
    scope::{Domain, Scope},
};
use crate::model::{Aggregate, Event, Tag, TagValue};
use proc_macro2::TokenStream;
use quote::quote;

/// Puts the events of an aggregate into its file.
pub(super) fn events(domain: &Domain<'_>, aggregate: &Aggregate, file: &mut Module) {
    if aggregate.events.is_empty() {
        return;
    }
    let names = aggregate
        .events
        .iter()
        .map(|event| event.name.rust.as_str().to_owned());
    let scope = Scope::new(domain, 2, names);
    let items: Vec<_> = aggregate
        .events
        .iter()
        .map(|event| item(&scope, event))
        .collect();
    let mut body = file.child();
    body.items(scope.imports());
    for tokens in items {
        body.item(tokens);
    }
    let doc = format!(
        "/// What can happen to {}.",
        docs::code(aggregate.name.rust.plain())
    );
    file.module(&[&doc, "pub mod events"], &body);
}

fn item(scope: &Scope<'_>, event: &Event) -> TokenStream {
    let doc = docs::given_or(
        event.doc.as_deref(),
        &docs::sentence(&docs::words(event.name.rust.plain())),
    );
    let (serialize, deserialize) = (scope.serde("Serialize"), scope.serde("Deserialize"));
    let derive = scope.runtime("Event");
    let stored = &event.name.stored;
    let tags = tags(scope, event);
    let name = event.name.ident();
    let fields = fields::public(scope, &event.fields);
    quote! {
        #doc
        #[derive(Debug, Clone, PartialEq, #serialize, #deserialize, #derive)]
        #[event(name = #stored #tags)]
        pub struct #name { #fields }
    }
}

fn tags(scope: &Scope<'_>, event: &Event) -> TokenStream {
    if event.tags.is_empty() {
        return quote!();
    }
    let tags = event.tags.iter().map(|tag| self::tag(scope, event, tag));
    quote!(, tags(#(#tags),*))
}

fn tag(scope: &Scope<'_>, event: &Event, tag: &Tag) -> TokenStream {
    let name = &tag.name.value;
    let value = match &tag.value {
        TagValue::Leaf(leaf) => rules::expression(scope, leaf),
        TagValue::Field(field) => {
            let field = event.field(*field);
            let ident = field.name.ident();
            // The derive names the tag of a field by its stored name.
            if field.stored_name() == name {
                return quote!(#ident);
            }
            quote!(event.#ident)
        }
    };
    match syn::parse_str::<syn::Ident>(name) {
        Ok(name) => quote!(#name = #value),
        Err(_) => quote!(#name = #value),
    }
}
