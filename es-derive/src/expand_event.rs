//! Expands `derive(Event)`: its stored names and version, the way from the version before, its tags and its description.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use crate::expand_describe;
use crate::model::{Event, Tag, TagValue, last};
use crate::place;

pub(crate) fn expand(event: &Event<'_>) -> TokenStream {
    let krate = &event.item.krate;
    let ident = event.item.ident;
    let names_and_version = names_and_version(event);
    let way = event.from.as_ref().map(|older| way(event, older));
    let tags = tags(event);
    let is_next = event.older().map(|older| is_next(event, older));
    let description = expand_describe::event(event);
    quote! {
        #[automatically_derived]
        impl #krate::Event for #ident {
            #names_and_version
            #way
            #tags
        }
        #is_next
        #description
    }
}

/// The constants, those aside that are as the trait has them.
pub(crate) fn names_and_version(event: &Event<'_>) -> TokenStream {
    let krate = &event.item.krate;
    let (name, number) = (&event.name.text, event.version);
    let version = (number > 1).then(
        || quote!(const VERSION: #krate::SchemaVersion = #krate::SchemaVersion::new(#number);),
    );
    let reads_as = event.reads_as.filter(|(_, reads_as)| *reads_as < number);
    let reads_as = reads_as.map(|(_, reads_as)| {
        quote!(const READS_AS: #krate::SchemaVersion = #krate::SchemaVersion::new(#reads_as);)
    });
    let was = &event.was;
    let was = (!was.is_empty())
        .then(|| quote!(const WAS: &'static [&'static ::core::primitive::str] = &[#(#was,)*];));
    let is_split_before = event.split.as_ref().map(|_| {
        quote!(
            const IS_SPLIT_BEFORE: ::core::primitive::bool = true;
        )
    });
    quote! {
        const NAME: &'static ::core::primitive::str = #name;
        #version
        #reads_as
        #was
        #is_split_before
    }
}

/// How what is stored in an older shape is read. Where there is no hop, the compiler tells so at the name of the older type.
fn way(event: &Event<'_>, older: &Path) -> TokenStream {
    let krate = &event.item.krate;
    let place = place::at(last(older).span());
    let krate_there = place::moved(krate, place);
    let read = quote_spanned!(place=> #krate_there::expansion::read_from::<#older, Self>(__cx));
    let needs_earlier = match event.looks_at_earlier {
        true => quote!(__schema < Self::VERSION),
        false => quote! {
            __schema < Self::VERSION && #krate::expansion::needs_earlier::<#older, Self>(__schema)
        },
    };
    quote! {
        fn needs_earlier(__schema: #krate::SchemaVersion) -> ::core::primitive::bool {
            #needs_earlier
        }

        fn read_older(
            __cx: &#krate::EventContext<'_>,
        ) -> ::core::result::Result<Self, #krate::DecodeError> {
            #read
        }
    }
}

/// Makes the older type the version before, and checks that it is.
fn is_next(event: &Event<'_>, older: &Path) -> TokenStream {
    let place = place::at(last(older).span());
    let krate = place::moved(&event.item.krate, place);
    let ident = place::moved(event.item.ident, place);
    let (name, version) = (last(older), event.version);
    let other_version = format!(
        "version {version} of an event is made from version {}, which `{name}` is not",
        version - 1,
    );
    let other_name = format!(
        "`{name}` is no version of this event: it has another stored name; where the event was renamed, it has the new one too"
    );
    quote_spanned! {place=>
        #[automatically_derived]
        impl #krate::expansion::Before<#ident> for #older {}
        const _: () = {
            ::core::assert!(#krate::expansion::is_next::<#older, #ident>(), #other_version);
            ::core::assert!(#krate::expansion::has_same_name::<#older, #ident>(), #other_name);
        };
    }
}

/// The function that gathers the tags, where there are any.
fn tags(event: &Event<'_>) -> Option<TokenStream> {
    if event.tags.is_empty() {
        return None;
    }
    let krate = &event.item.krate;
    let expressions = event.tags.iter().filter_map(|tag| match &tag.value {
        TagValue::Expression(expression) => Some(expression.to_token_stream()),
        TagValue::Field(_) => None,
    });
    // The name by which expressions speak of the event.
    let expressions: TokenStream = expressions.collect();
    let bind = (!expressions.is_empty()).then(|| {
        let event = place::spoken_of("event", expressions);
        quote!(let #event = self;)
    });
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
