//! What is expanded beside mistakes: the same impls without content, so that one mistake is one error.

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Mistakes;
use crate::expand_aggregate;
use crate::expand_checks;
use crate::expand_command;
use crate::expand_event;
use crate::expand_projection;
use crate::expand_value;
use crate::model::{
    Aggregate, Command, Effect, Event, Id, Item, ListedEvent, Projection, Target, Value, last,
};

/// The same types and impls, but no rule is asked for: which rule an entry needs may be what is wrong.
pub(crate) fn aggregate(mut aggregate: Aggregate<'_>, mistakes: Mistakes) -> TokenStream {
    let Mistakes { found, placed } = mistakes;
    if is_generic(&aggregate.item) {
        return quote!(#found #placed);
    }
    let events = &mut aggregate.events;
    events.retain(ListedEvent::is_typed);
    keep_first(events, |event| last(&event.path));
    for event in events {
        event.effect = Effect::Unknown;
    }
    let commands = &mut aggregate.commands;
    keep_first(commands, |command| last(&command.path));
    for command in commands {
        command.target = Target::Unknown;
    }
    let shape = expand_aggregate::types_and_impls(&aggregate, None);
    quote!(#found #shape)
}

fn keep_first<T, K: PartialEq>(entries: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let mut seen = Vec::new();
    entries.retain(|entry| {
        let key = key(entry);
        let is_new = !seen.contains(&key);
        seen.push(key);
        is_new
    });
}

pub(crate) fn event(event: &Event<'_>, mistakes: Mistakes) -> TokenStream {
    let found = mistakes.found;
    if is_generic(&event.item) {
        return found;
    }
    let (krate, ident) = (&event.item.krate, event.item.ident);
    let names_and_version = expand_event::names_and_version(event);
    quote! {
        #found
        #[automatically_derived]
        impl #krate::Event for #ident {
            #names_and_version
        }
    }
}

/// The command may emit anything.
pub(crate) fn command(command: &Command<'_>, mistakes: Mistakes) -> TokenStream {
    let found = mistakes.found;
    if is_generic(&command.item) {
        return found;
    }
    let (krate, ident) = (&command.item.krate, command.item.ident);
    let command_impl = expand_command::command_impl(command);
    quote! {
        #found
        #command_impl
        #[automatically_derived]
        impl<__E> #krate::Emits<__E> for #ident {}
    }
}

/// The projection is folded from nothing, so no rule is asked for.
pub(crate) fn projection(projection: &Projection<'_>, mistakes: Mistakes) -> TokenStream {
    let Mistakes { found, placed } = mistakes;
    if is_generic(&projection.item) {
        return quote!(#found #placed);
    }
    let (krate, ident) = (&projection.item.krate, projection.item.ident);
    let name = &projection.name.text;
    let key = expand_projection::key_type(&projection.key);
    let columns_type = expand_projection::columns_type(projection);
    let columns = expand_projection::columns(projection);
    let finders = expand_projection::finders(projection);
    quote! {
        #found
        const _: () = {
            #columns_type

            #[automatically_derived]
            impl #krate::Projection for #ident {
                const NAME: &'static ::core::primitive::str = #name;
                type Key = #key;
                const EVENTS: &'static [#krate::describe::ProjectedEvent] = &[];
                type Columns = __Columns;
                const COLUMNS: Self::Columns = #columns;

                fn description() -> #krate::describe::RowsDescription {
                    ::core::unreachable!()
                }

                fn key(&self) -> Self::Key {
                    ::core::unreachable!()
                }

                fn take_in(
                    _: ::core::primitive::usize,
                    _: &mut #krate::Rows<'_, Self>,
                    _: &#krate::EventContext<'_>,
                ) -> ::core::result::Result<(), #krate::ProjectError> {
                    ::core::unreachable!()
                }
            }
        };

        #finders
    }
}

pub(crate) fn id(id: &Id<'_>, mistakes: Mistakes) -> TokenStream {
    let found = mistakes.found;
    if is_generic(&id.item) {
        return found;
    }
    let (krate, ident) = (&id.item.krate, id.item.ident);
    let serde = quote!(#krate::expansion::serde);
    let checked = expand_checks::nothing(krate, ident);
    quote! {
        #found
        #checked
        #[automatically_derived]
        impl #krate::Id for #ident {}
        #[automatically_derived]
        impl ::core::clone::Clone for #ident {
            fn clone(&self) -> Self {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        impl ::core::cmp::PartialEq for #ident {
            fn eq(&self, _: &Self) -> ::core::primitive::bool {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        impl ::core::cmp::Eq for #ident {}
        #[automatically_derived]
        impl ::core::hash::Hash for #ident {
            fn hash<__H: ::core::hash::Hasher>(&self, _: &mut __H) {}
        }
        #[automatically_derived]
        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = ::core::fmt::Error;

            fn from_str(_: &::core::primitive::str) -> ::core::result::Result<Self, Self::Err> {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        impl #serde::Serialize for #ident {
            fn serialize<__S: #serde::Serializer>(
                &self,
                _: __S,
            ) -> ::core::result::Result<__S::Ok, __S::Error> {
                ::core::unreachable!()
            }
        }
        #[automatically_derived]
        impl<'__de> #serde::Deserialize<'__de> for #ident {
            fn deserialize<__D: #serde::Deserializer<'__de>>(
                _: __D,
            ) -> ::core::result::Result<Self, __D::Error> {
                ::core::unreachable!()
            }
        }
    }
}

pub(crate) fn value(value: &Value<'_>, mistakes: Mistakes) -> TokenStream {
    let found = mistakes.found;
    if is_generic(&value.item) {
        return found;
    }
    let (krate, ident) = (&value.item.krate, value.item.ident);
    let value_impl = expand_value::value_impl(krate, ident);
    let kind = expand_value::newtype(value);
    let checked = expand_checks::nothing(krate, ident);
    quote!(#found #value_impl #kind #checked)
}

/// Which arguments are meant nobody knows, so there is nothing to write impls for.
fn is_generic(item: &Item<'_>) -> bool {
    !item.generics.params.is_empty()
}
