//! The rules that fold: one `impl` for each event whose effect is not by hand.

use super::{
    docs,
    ownership::{Given, Names, values},
    rules,
    scope::Scope,
};
use crate::{
    leaf::{Leaf, Root},
    model::{Aggregate, Assignment, Effect, Event, Origin, SymbolId},
};
use proc_macro2::TokenStream;
use quote::quote;

/// What an event does; nothing where that is by hand.
pub(super) fn effect(
    scope: &Scope<'_>,
    aggregate: &Aggregate,
    event: &Event,
) -> Option<TokenStream> {
    match &event.effect {
        Effect::Create(assignments) => Some(create(scope, aggregate, event, assignments)),
        Effect::Apply(statements) => Some(apply(scope, aggregate, event, statements)),
        Effect::CreateByHand | Effect::ApplyByHand | Effect::Undeclared => None,
    }
}

/// `impl Apply<events::OrderCancelled> for Order`, as the documentation shows it.
pub(super) fn by_hand(aggregate: &Aggregate, event: &Event) -> String {
    let role = if event.is_creation() {
        "Create"
    } else {
        "Apply"
    };
    docs::code(&format!(
        "impl {role}<events::{}> for {}",
        event.name.rust, aggregate.name.rust
    ))
}

fn create(
    scope: &Scope<'_>,
    aggregate: &Aggregate,
    event: &Event,
    assignments: &[Assignment],
) -> TokenStream {
    let names = Names {
        this: quote!(),
        state: &[],
        command: &[],
        event: &event.fields,
    };
    let given = assignments.iter().map(|assignment| match &assignment.from {
        Origin::Leaf(leaf) => Given::Leaf(leaf),
        Origin::Event(field) => Given::Field(Root::Event, event.field(*field)),
        Origin::Status(symbol) => Given::Fixed(status(scope, aggregate, *symbol)),
        Origin::Command(_) | Origin::State(_) => Given::Fixed(TokenStream::new()),
    });
    let given: Vec<_> = given.collect();
    let uses_event = given.iter().any(|given| match given {
        Given::Leaf(leaf) => rules::says(leaf, Root::Event),
        Given::Field(..) => true,
        Given::Fixed(_) => false,
    });
    let values = values(scope, &names, &given);
    let fields = assignments
        .iter()
        .zip(values.values)
        .map(|(assignment, value)| {
            let field = aggregate.state_field(assignment.field).name.ident();
            quote!(#field: #value)
        });
    let leaves: Vec<_> = given
        .iter()
        .filter_map(|given| match given {
            Given::Leaf(leaf) => Some(*leaf),
            _ => None,
        })
        .collect();
    let allowances = rules::allowances(&leaves, values.may_clone_copy);
    let parameter = if uses_event {
        quote!(event)
    } else {
        quote!(_event)
    };
    let (role, this, name) = (
        scope.runtime("Create"),
        aggregate.name.ident(),
        event.name.ident(),
    );
    quote! {
        impl #role<events::#name> for #this {
            #allowances
            fn create(#parameter: events::#name) -> Self {
                Self { #(#fields),* }
            }
        }
    }
}

fn apply(
    scope: &Scope<'_>,
    aggregate: &Aggregate,
    event: &Event,
    statements: &[Leaf],
) -> TokenStream {
    let says_state = statements.iter().any(|leaf| rules::says(leaf, Root::State));
    let bind_state = says_state.then(|| quote!(let state = self;));
    let this = if says_state {
        quote!(state)
    } else {
        quote!(self)
    };
    let to = event
        .to
        .as_ref()
        .zip(aggregate.lifecycle.as_ref())
        .map(|(to, lifecycle)| {
            let field = aggregate.state_field(lifecycle.field).name.ident();
            let status = status(scope, aggregate, to.value);
            quote!(#this.#field = #status;)
        });
    let leaves: Vec<_> = statements.iter().collect();
    let allowances = rules::allowances(&leaves, false);
    let says_event = statements.iter().any(|leaf| rules::says(leaf, Root::Event));
    let parameter = if says_event {
        quote!(event)
    } else {
        quote!(_event)
    };
    let body: TokenStream = statements
        .iter()
        .map(|leaf| rules::statement(scope, leaf))
        .collect();
    let (role, this, name) = (
        scope.runtime("Apply"),
        aggregate.name.ident(),
        event.name.ident(),
    );
    quote! {
        impl #role<events::#name> for #this {
            #allowances
            fn apply(&mut self, #parameter: events::#name) {
                #bind_state
                #to
                #body
            }
        }
    }
}

/// A status of the aggregate: `OrderStatus::Shipped`.
fn status(scope: &Scope<'_>, aggregate: &Aggregate, symbol: SymbolId) -> TokenStream {
    let symbol = scope.model().statuses(aggregate).get(symbol.0);
    match (&aggregate.lifecycle, symbol) {
        (Some(lifecycle), Some(symbol)) => {
            let (ty, symbol) = (scope.declared(lifecycle.ty), symbol.name.ident());
            quote!(#ty::#symbol)
        }
        _ => TokenStream::new(),
    }
}
