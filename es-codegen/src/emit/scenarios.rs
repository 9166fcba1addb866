//! `mod scenarios`: a test for each scenario.

use super::{
    docs, errors, literals,
    module::Module,
    scope::{Domain, Scope},
};
use crate::model::{Aggregate, EventExample, Expected, FieldValue, Refusal, Scenario, ValueKind};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

const HEAD: [&str; 4] = [
    "/// The scenarios of the schema as tests.",
    "///",
    "/// They need `es-runtime` among the dev-dependencies, with its feature `testing`.",
    "#[cfg(test)]",
];

/// Puts the scenarios of an aggregate into its file.
pub(super) fn scenarios(domain: &Domain<'_>, aggregate: &Aggregate, file: &mut Module) {
    if aggregate.scenarios.is_empty() {
        return;
    }
    let scope = Scope::new(
        domain,
        2,
        [
            aggregate.name.rust.as_str().to_owned(),
            errors::name(aggregate).to_string(),
        ],
    );
    let tests: Vec<_> = aggregate
        .scenarios
        .iter()
        .map(|scenario| test(&scope, aggregate, scenario))
        .collect();
    let mut body = file.child();
    body.items(imports(&scope, aggregate));
    for tokens in tests {
        body.item(tokens);
    }
    let mut head = HEAD.to_vec();
    head.push("mod scenarios");
    file.module(&head, &body);
}

fn imports(scope: &Scope<'_>, aggregate: &Aggregate) -> Vec<TokenStream> {
    let name = aggregate.name.ident();
    let rejected = aggregate.scenarios.iter().any(is_rejected);
    let error = rejected.then(|| errors::name(aggregate)).into_iter();
    let has_events = aggregate.scenarios.iter().any(has_events);
    let event = has_events.then(|| event_name(aggregate)).into_iter();
    let events = has_events.then(|| quote!(events)).into_iter();
    let mut imports =
        vec![quote!(use super::{#name #(, #error)* #(, #event)*, commands #(, #events)*};)];
    imports.extend(scope.imports());
    imports
}

/// The enum of all events, which the derive writes.
fn event_name(aggregate: &Aggregate) -> Ident {
    format_ident!("{}Event", aggregate.name.rust.plain())
}

fn is_rejected(scenario: &Scenario) -> bool {
    match &scenario.expected {
        Some(Expected::Rejected(refusal)) => {
            matches!(refusal.value, Refusal::Rejection(_) | Refusal::WrongStatus)
        }
        _ => false,
    }
}

fn has_events(scenario: &Scenario) -> bool {
    let expects =
        matches!(&scenario.expected, Some(Expected::Events(events)) if !events.is_empty());
    expects || !scenario.given.is_empty()
}

fn test(scope: &Scope<'_>, aggregate: &Aggregate, scenario: &Scenario) -> TokenStream {
    let doc = docs::given(scenario.doc.as_deref());
    let (test, name) = (scenario.name.ident(), aggregate.name.ident());
    let given = events(scope, aggregate, &scenario.given);
    let now = scenario.now.as_ref().map(|now| {
        let now = &now.value;
        quote!(.now(#now))
    });
    let command = aggregate.command(scenario.when.command.value);
    let when = command.name.ident();
    let values = literals::fields(scope, &command.fields, &scenario.when.values);
    let then = match &scenario.expected {
        Some(Expected::Events(expected)) if !expected.is_empty() => {
            let expected = events(scope, aggregate, expected);
            Some(quote!(let then = #expected;))
        }
        _ => None,
    };
    let answer = answer(aggregate, scenario);
    let testing = scope.runtime("testing");
    let state = state(scope, aggregate, &scenario.state);
    quote! {
        #doc
        #[test]
        fn #test() {
            let given = #given;
            let when = commands::#when #values;
            #then
            #testing::given::<#name>(given) #now .when(when) #answer #state;
        }
    }
}

fn answer(aggregate: &Aggregate, scenario: &Scenario) -> TokenStream {
    let refusal = match &scenario.expected {
        None => return quote!(.then_granted()),
        Some(Expected::Events(expected)) if expected.is_empty() => return quote!(.then_nothing()),
        Some(Expected::Events(_)) => return quote!(.then(then)),
        Some(Expected::Rejected(refusal)) => refusal.value,
    };
    let error = errors::name(aggregate);
    match refusal {
        Refusal::Missing => quote!(.then_missing()),
        Refusal::Exists => quote!(.then_exists()),
        Refusal::WrongStatus => rejected_as(&error, &format_ident!("WrongStatus")),
        Refusal::Rejection(id) => {
            let rejection = aggregate.rejection(id);
            let name = rejection.name.ident();
            if rejection.details.is_empty() {
                quote!(.then_rejected(#error::#name))
            } else {
                rejected_as(&error, &name)
            }
        }
    }
}

/// A rejection whose details are left open.
fn rejected_as(error: &Ident, name: &Ident) -> TokenStream {
    let what = name.to_string();
    quote!(.then_rejected_as(#what, |error| matches!(error, #error::#name { .. })))
}

fn events(scope: &Scope<'_>, aggregate: &Aggregate, examples: &[EventExample]) -> TokenStream {
    let set = event_name(aggregate);
    let events = examples.iter().map(|example| {
        let event = aggregate.event(example.event.value);
        let name = event.name.ident();
        let values = literals::fields(scope, &event.fields, &example.values);
        quote!(#set::from(events::#name #values))
    });
    quote!([#(#events),*])
}

fn state(scope: &Scope<'_>, aggregate: &Aggregate, values: &[FieldValue]) -> TokenStream {
    if values.is_empty() {
        return quote!();
    }
    let looks = values.iter().map(|value| {
        let field = aggregate.state_field(value.field).name.ident();
        match value.value.kind {
            ValueKind::Bool(true) => quote!(assert!(state.#field);),
            ValueKind::Bool(false) => quote!(assert!(!state.#field);),
            _ => {
                let expected = literals::literal(scope, &value.value);
                if literals::is_plain(&value.value) {
                    quote!(assert_eq!(state.#field, #expected);)
                } else {
                    let ty = scope.ty(&aggregate.state_field(value.field).ty);
                    quote!(let expected: #ty = #expected; assert_eq!(state.#field, expected);)
                }
            }
        }
    });
    quote!(.then_state(|state| { #(#looks)* }))
}
