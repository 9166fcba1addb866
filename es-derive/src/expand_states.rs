//! Expands how tests write the states of an aggregate down, as far as they can be.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::Aggregate;

/// The constant of the impl.
pub(crate) fn constant(aggregate: &Aggregate<'_>) -> TokenStream {
    let (krate, ident) = (&aggregate.item.krate, aggregate.item.ident);
    let (rules, revision) = (&aggregate.rules, aggregate.revision);
    quote! {
        const STATES: ::core::option::Option<#krate::expansion::States<Self>> = {
            #[allow(unused_imports)]
            use #krate::expansion::Unwritten as _;
            let __encode = #krate::expansion::Written::<#ident>::ENCODE;
            #krate::expansion::States::of(#rules, #revision, __encode)
        };
    }
}
