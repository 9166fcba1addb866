//! The rules that decide: one `impl` for each command that is not by hand.

use super::{
    docs, errors,
    ownership::{Given, Names, values},
    rules,
    scope::Scope,
};
use crate::{
    leaf::{Leaf, Root},
    model::{Aggregate, Assignment, Command, Emission, Origin, Outcome, Reject, Target, When},
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// The handler of a command; nothing where it is by hand.
pub(super) fn handler(
    scope: &Scope<'_>,
    aggregate: &Aggregate,
    command: &Command,
) -> Option<TokenStream> {
    let Outcome::Emit(emissions) = &command.outcome else {
        return None;
    };
    let rule = Rule::of(scope, aggregate, command, emissions);
    let bind_state = (rule.says(Root::State) && command.target == Target::Existing)
        .then(|| quote!(let state = self;));
    let in_status = rule.in_status();
    let rejections: TokenStream = command
        .rejections
        .iter()
        .map(|reject| rule.reject(reject))
        .collect();
    let (events, emitted) = rule.emitted();

    let signature = rule.signature();
    let allowances = rules::allowances(&rule.leaves, rule.may_clone_copy.get());
    let (handle, name, this) = (rule.handle(), command.name.ident(), aggregate.name.ident());
    let ok = scope.prelude("Ok");
    Some(quote! {
        impl #handle<commands::#name> for #this {
            #allowances
            #signature {
                #bind_state
                #in_status
                #rejections
                #events
                #ok(#emitted)
            }
        }
    })
}

/// What the trait and its method are called for a target, for the documentation of what is by hand.
pub(super) fn trait_name(target: Target) -> &'static str {
    match target {
        Target::New => "HandleNew",
        Target::Existing => "Handle",
        Target::Any => "HandleAny",
    }
}

/// One handler in the making.
struct Rule<'r, 'm> {
    scope: &'r Scope<'m>,
    aggregate: &'r Aggregate,
    command: &'r Command,
    emissions: &'r [Emission],
    leaves: Vec<&'r Leaf>,
    names: Names<'r>,
    may_clone_copy: std::cell::Cell<bool>,
}

impl<'r, 'm> Rule<'r, 'm> {
    fn of(
        scope: &'r Scope<'m>,
        aggregate: &'r Aggregate,
        command: &'r Command,
        emissions: &'r [Emission],
    ) -> Self {
        let asked = command.rejections.iter().flat_map(|reject| {
            let condition = match &reject.when {
                When::Condition(leaf) => Some(leaf),
                When::ByHand => None,
            };
            condition.into_iter().chain(&reject.with)
        });
        let assigned = emissions.iter().flat_map(|emission| &emission.assignments);
        let given = assigned.filter_map(|assignment| match &assignment.from {
            Origin::Leaf(leaf) => Some(leaf),
            _ => None,
        });
        let leaves: Vec<_> = asked.chain(given).collect();
        let says_state = leaves.iter().any(|leaf| rules::says(leaf, Root::State));
        let this = match command.target {
            Target::Existing if !says_state => quote!(self),
            _ => quote!(state),
        };
        Self {
            scope,
            aggregate,
            command,
            emissions,
            leaves,
            names: Names {
                this,
                state: &aggregate.state,
                command: &command.fields,
                event: &[],
            },
            may_clone_copy: std::cell::Cell::new(false),
        }
    }

    fn says(&self, root: Root) -> bool {
        self.leaves.iter().any(|leaf| rules::says(leaf, root))
    }

    fn handle(&self) -> TokenStream {
        self.scope.runtime(trait_name(self.command.target))
    }

    fn signature(&self) -> TokenStream {
        let mut carried = self
            .emissions
            .iter()
            .flat_map(|emission| &emission.assignments);
        let uses_command = self.says(Root::Command)
            || carried.any(|assignment| matches!(assignment.from, Origin::Command(_)));
        let command = if uses_command {
            quote!(command)
        } else {
            quote!(_command)
        };
        let cx = if self.says(Root::Cx) {
            quote!(cx)
        } else {
            quote!(_cx)
        };
        let name = self.command.name.ident();
        let error = errors::name(self.aggregate);
        let (context, emit, result) = (
            self.scope.runtime("Context"),
            self.scope.runtime("Emit"),
            self.scope.prelude("Result"),
        );
        let (method, receiver) = match self.command.target {
            Target::New => (quote!(handle_new), quote!()),
            Target::Existing => (quote!(handle), quote!(&self,)),
            Target::Any => {
                let uses_state = self.says(Root::State) || self.command.allowed.is_some();
                let state = if uses_state {
                    quote!(state)
                } else {
                    quote!(_state)
                };
                let option = self.scope.prelude("Option");
                (quote!(handle_any), quote!(#state: #option<&Self>,))
            }
        };
        quote! {
            fn #method(#receiver #command: commands::#name, #cx: &#context<Self>)
                -> #result<#emit<commands::#name>, #error>
        }
    }

    /// Refuses the command in every status but the allowed ones.
    fn in_status(&self) -> TokenStream {
        let (Some(allowed), Some(lifecycle)) = (&self.command.allowed, &self.aggregate.lifecycle)
        else {
            return quote!();
        };
        let statuses = self.scope.model().statuses(self.aggregate);
        let ty = self.scope.declared(lifecycle.ty);
        let allowed = allowed.iter().filter_map(|symbol| {
            let symbol = statuses.get(symbol.value.0)?.name.ident();
            Some(quote!(#ty::#symbol))
        });
        let allowed: Vec<_> = allowed.collect();
        let is_other = |status: TokenStream| match allowed.as_slice() {
            [one] => quote!(#status != #one),
            several => quote!(!matches!(#status, #(#several)|*)),
        };
        let field = self.aggregate.state_field(lifecycle.field).name.ident();
        let this = &self.names.this;
        let (error, err) = (errors::name(self.aggregate), self.scope.prelude("Err"));
        let name = self.command.name.rust.as_str();
        if self.command.target == Target::Any {
            let some = self.scope.prelude("Some");
            let is_other = is_other(quote!(*status));
            return quote! {
                if let #some(status) = #this.map(|state| state.#field).filter(|status| #is_other) {
                    return #err(#error::WrongStatus { command: #name, status });
                }
            };
        }
        let is_other = is_other(quote!(#this.#field));
        quote! {
            if #is_other {
                return #err(#error::WrongStatus { command: #name, status: #this.#field });
            }
        }
    }

    fn reject(&self, reject: &Reject) -> TokenStream {
        let When::Condition(condition) = &reject.when else {
            return quote!();
        };
        let condition = rules::condition(self.scope, condition);
        let rejection = self.aggregate.rejection(reject.rejection);
        let given: Vec<_> = reject.with.iter().map(Given::Leaf).collect();
        let values = self.values(&given);
        let details = rejection.details.iter().zip(values).map(|(detail, value)| {
            let name = detail.name.ident();
            quote!(#name: #value)
        });
        let details = (!rejection.details.is_empty()).then(|| quote!({ #(#details),* }));
        let (error, err, name) = (
            errors::name(self.aggregate),
            self.scope.prelude("Err"),
            rejection.name.ident(),
        );
        quote! {
            if #condition {
                return #err(#error::#name #details);
            }
        }
    }

    /// The events, each as a statement of its own, and the expression that emits them.
    fn emitted(&self) -> (TokenStream, TokenStream) {
        let assignments = self
            .emissions
            .iter()
            .flat_map(|emission| &emission.assignments);
        let given: Vec<_> = assignments
            .map(|assignment| self.given(assignment))
            .collect();
        let mut values = self.values(&given).into_iter();
        let (mut events, mut locals) = (TokenStream::new(), Vec::new());
        for (place, emission) in self.emissions.iter().enumerate() {
            let event = self.aggregate.event(emission.event.value);
            let name = event.name.ident();
            let fields =
                emission
                    .assignments
                    .iter()
                    .zip(values.by_ref())
                    .map(|(assignment, value)| {
                        let field = event.field(assignment.field).name.ident();
                        quote!(#field: #value)
                    });
            let local = match self.emissions.len() {
                1 => format_ident!("event"),
                _ => format_ident!("event_{}", place + 1),
            };
            events.extend(quote!(let #local = events::#name { #(#fields),* };));
            locals.push(local);
        }
        let emitted = match locals.split_first() {
            None => {
                let emit = self.scope.runtime("Emit");
                quote!(#emit::nothing())
            }
            Some((first, others)) => {
                let emit = self.scope.runtime("emit");
                quote!(#emit(#first)#(.and(#others))*)
            }
        };
        (events, emitted)
    }

    fn given<'a>(&'a self, assignment: &'a Assignment) -> Given<'a> {
        match &assignment.from {
            Origin::Leaf(leaf) => Given::Leaf(leaf),
            Origin::Command(field) => Given::Field(Root::Command, self.command.field(*field)),
            Origin::State(field) => Given::Field(Root::State, self.aggregate.state_field(*field)),
            Origin::Event(_) | Origin::Status(_) => Given::Fixed(TokenStream::new()),
        }
    }

    fn values(&self, given: &[Given<'_>]) -> Vec<TokenStream> {
        let values = values(self.scope, &self.names, given);
        self.may_clone_copy
            .set(self.may_clone_copy.get() | values.may_clone_copy);
        values.values
    }
}

/// `impl Handle<commands::CancelOrder> for Order`, as the documentation shows it.
pub(super) fn by_hand(aggregate: &Aggregate, command: &Command) -> String {
    docs::code(&format!(
        "impl {}<commands::{}> for {}",
        trait_name(command.target),
        command.name.rust,
        aggregate.name.rust
    ))
}
