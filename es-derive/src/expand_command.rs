//! Expands `derive(Command)`: its stored name, its body, what is checked in it, and the events it may lead to.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Path;

use crate::expand_checks;
use crate::expand_describe;
use crate::model::{Command, last};
use crate::place;

pub(crate) fn expand(command: &Command<'_>) -> TokenStream {
    let krate = &command.item.krate;
    let ident = command.item.ident;
    let command_impl = command_impl(command);
    let emits: Vec<&Path> = command.emits.iter().flatten().collect();
    let checks = emits.iter().map(|event| check_event(command, event));
    let description = expand_describe::command(command);
    quote! {
        #command_impl
        #description
        #(
            #[automatically_derived]
            impl #krate::Emits<#emits> for #ident {}
        )*
        const _: () = {
            #(#checks)*
        };
    }
}

pub(crate) fn command_impl(command: &Command<'_>) -> TokenStream {
    let krate = &command.item.krate;
    let ident = command.item.ident;
    let name = &command.name.text;
    let place = place::at(ident.span());
    let moved = place::moved(krate, place);
    let encode = quote_spanned!(place=> #moved::expansion::encode_as(self, #name));
    let check = expand_checks::command(command);
    quote! {
        #[automatically_derived]
        impl #krate::Command for #ident {
            fn name(&self) -> &'static ::core::primitive::str {
                #name
            }

            fn encode(
                &self,
            ) -> ::core::result::Result<::std::vec::Vec<::core::primitive::u8>, #krate::EncodeError>
            {
                #encode
            }

            #check
        }
    }
}

/// Fails at the command's name unless an aggregate lists it, and at the event's name unless the event is one of that
/// aggregate's.
fn check_event(command: &Command<'_>, event: &Path) -> TokenStream {
    let krate = &command.item.krate;
    let ident = command.item.ident;
    let at_command = place::at(ident.span());
    let at_event = place::at(last(event).span());
    let aggregate = quote_spanned!(at_command=> <#ident as #krate::Dispatch>::Aggregate);
    quote_spanned! {at_event=>
        #krate::expansion::event_of::<#aggregate, #event>();
    }
}
