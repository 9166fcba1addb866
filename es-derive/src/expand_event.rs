//! Expands `derive(Event)`: its stored name, its tags and its description.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::expand_describe;
use crate::model::{Event, Tag, TagValue};
use crate::place;

pub(crate) fn expand(event: &Event<'_>) -> TokenStream {
    let krate = &event.item.krate;
    let ident = event.item.ident;
    let name = &event.name.text;
    let tags = tags(event);
    let description = expand_describe::event(event);
    quote! {
        #[automatically_derived]
        impl #krate::Event for #ident {
            const NAME: &'static ::core::primitive::str = #name;
            #tags
        }
        #description
    }
}

/// The function that gathers the tags, where there are any.
fn tags(event: &Event<'_>) -> Option<TokenStream> {
    if event.tags.is_empty() {
        return None;
    }
    let krate = &event.item.krate;
    let is_expression = |tag: &Tag| matches!(tag.value, TagValue::Expression(_));
    // The name by which expressions speak of the event.
    let bind = event.tags.iter().any(is_expression);
    let bind = bind.then(|| quote!(let event = self;));
    let pushes = event.tags.iter().map(|tag| push(event, tag));
    Some(quote! {
        fn tags(&self) -> ::std::vec::Vec<#krate::Tag> {
            #bind
            let mut __tags = ::std::vec::Vec::new();
            #(#pushes)*
            __tags
        }
    })
}

fn push(event: &Event<'_>, tag: &Tag) -> TokenStream {
    let place = place::at(tag.span);
    let krate = place::moved(&event.item.krate, place);
    let name = &tag.name;
    let value = match &tag.value {
        TagValue::Field(field) => {
            let field = place::moved(field, place);
            quote_spanned!(place=> self.#field)
        }
        TagValue::Expression(expression) => quote_spanned!(place=> (#expression)),
    };
    quote_spanned! {place=>
        #krate::expansion::push_tag(&mut __tags, #name, &#value);
    }
}
