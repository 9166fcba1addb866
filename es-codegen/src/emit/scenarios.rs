//! `mod scenarios`: a test for each scenario.

use super::{
    errors,
    literals::{self, tokens},
    pretty,
    scope::{Domain, Scope},
    text::Text,
};
use crate::model::{Aggregate, EventExample, Expected, FieldValue, Refusal, Scenario, ValueKind};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

const ABOUT: &str = "The scenarios of the schema as tests.

They need `es-runtime` among the dev-dependencies, with its feature `testing`.";

/// Puts the scenarios of an aggregate into its file.
pub(super) fn scenarios(text: &mut Text, domain: &Domain<'_>, aggregate: &Aggregate) {
    if aggregate.scenarios.is_empty() {
        return;
    }
    let name = aggregate.name.rust.as_str().to_owned();
    let own = [name, errors::name(aggregate), event_name(aggregate)];
    let scope = Scope::new(domain, 2, own);
    let mut body = Text::new(text.depth() + 1);
    for scenario in &aggregate.scenarios {
        body.item();
        body.append(&pretty::item(
            test(&scope, aggregate, scenario),
            text.depth() + 1,
        ));
    }
    text.item();
    text.doc(ABOUT);
    text.line("#[cfg(test)]");
    text.open("mod scenarios {");
    text.row("use super::{", &siblings(aggregate), "};");
    scope.write_imports(text);
    text.item();
    text.append(&body.finish());
    text.close("}");
}

/// What the tests need of the module that they stand in.
fn siblings(aggregate: &Aggregate) -> Vec<String> {
    let mut names = vec![aggregate.name.rust.as_str().to_owned()];
    let has_events = aggregate.scenarios.iter().any(has_events);
    names.extend(
        aggregate
            .scenarios
            .iter()
            .any(is_rejected)
            .then(|| errors::name(aggregate)),
    );
    names.extend(has_events.then(|| event_name(aggregate)));
    names.push("commands".to_owned());
    names.extend(has_events.then(|| "events".to_owned()));
    names
}

/// The enum of all events, which the derive writes.
fn event_name(aggregate: &Aggregate) -> String {
    format!("{}Event", aggregate.name.rust.plain())
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
    let doc = scenario.doc.iter().flat_map(|doc| doc.trim().lines());
    let doc = doc.map(|line| format!(" {}", line.trim_end()));
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
    let testing = tokens(&scope.runtime("testing"));
    let state = state(scope, aggregate, &scenario.state);
    quote! {
        #(#[doc = #doc])*
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
    let error = format_ident!("{}", errors::name(aggregate));
    match refusal {
        Refusal::Missing => quote!(.then_missing()),
        Refusal::Exists => quote!(.then_exists()),
        Refusal::Invalid => quote!(.then_invalid_somewhere()),
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
    let set = format_ident!("{}", event_name(aggregate));
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
                    let ty = tokens(&scope.ty(&aggregate.state_field(value.field).ty));
                    quote!(let expected: #ty = #expected; assert_eq!(state.#field, expected);)
                }
            }
        }
    });
    quote!(.then_state(|state| { #(#looks)* }))
}
