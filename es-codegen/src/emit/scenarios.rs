//! `mod scenarios`: a test for each scenario.

use super::{
    docs, errors, literals,
    module::Module,
    scope::{Domain, Scope},
};
use crate::model::{Aggregate, EventExample, Expected, FieldValue, Refusal, Scenario, ValueKind};
use proc_macro2::TokenStream;
use quote::quote;

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
    let error = aggregate.scenarios.iter().any(is_rejected).then(|| {
        let error = errors::name(aggregate);
        quote!(#error,)
    });
    let has_events = |scenario: &Scenario| {
        !scenario.given.is_empty()
            || matches!(&scenario.expected, Some(Expected::Events(events)) if !events.is_empty())
    };
    let events = aggregate
        .scenarios
        .iter()
        .any(has_events)
        .then(|| quote!(events,));
    let mut imports = vec![quote!(use super::{#name, #error commands, #events};)];
    imports.extend(scope.imports());
    imports.push(quote!(
        use es_runtime::testing;
    ));
    imports
}

fn is_rejected(scenario: &Scenario) -> bool {
    match &scenario.expected {
        Some(Expected::Rejected(refusal)) => {
            matches!(refusal.value, Refusal::Rejection(_) | Refusal::WrongStatus)
        }
        _ => false,
    }
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
    let then = expected(scope, aggregate, scenario);
    let state = state(scope, aggregate, &scenario.state);
    quote! {
        #doc
        #[test]
        fn #test() {
            testing::given::<#name>(#given) #now .when(commands::#when #values) #then #state;
        }
    }
}

fn expected(scope: &Scope<'_>, aggregate: &Aggregate, scenario: &Scenario) -> TokenStream {
    let rejected = match &scenario.expected {
        None => return quote!(.then_granted()),
        Some(Expected::Events(expected)) if expected.is_empty() => return quote!(.then_nothing()),
        Some(Expected::Events(expected)) => {
            let events = events(scope, aggregate, expected);
            return quote!(.then(#events));
        }
        Some(Expected::Rejected(refusal)) => match refusal.value {
            Refusal::Missing => return quote!(.then_missing()),
            Refusal::Exists => return quote!(.then_exists()),
            Refusal::WrongStatus => quote!(WrongStatus),
            Refusal::Rejection(id) => {
                let name = aggregate.rejection(id).name.ident();
                quote!(#name)
            }
        },
    };
    let what = rejected.to_string();
    let error = errors::name(aggregate);
    quote!(.then_rejected_as(#what, |error| matches!(error, #error::#rejected { .. })))
}

fn events(scope: &Scope<'_>, aggregate: &Aggregate, examples: &[EventExample]) -> TokenStream {
    let events = examples.iter().map(|example| {
        let event = aggregate.event(example.event.value);
        let name = event.name.ident();
        let values = literals::fields(scope, &event.fields, &example.values);
        quote!(events::#name #values.into())
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
                quote!(assert_eq!(state.#field, #expected);)
            }
        }
    });
    quote!(.then_state(|state| { #(#looks)* }))
}
