//! Expands `derive(Value)`: arithmetic, text or symbols, by the kind of value, what is checked in it, and its
//! description.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Path};

use crate::expand_checks;
use crate::expand_describe;
use crate::expand_newtype;
use crate::model::Value;
use crate::stored::Symbol;

pub(crate) fn expand(value: &Value<'_>) -> TokenStream {
    let (krate, ident) = (&value.item.krate, value.item.ident);
    let value_impl = value_impl(krate, ident);
    let kind = newtype(value);
    let symbols = value.symbols.as_ref();
    let symbols = symbols.map(|symbols| expand_symbols(krate, ident, symbols));
    let checked = expand_checks::value(value);
    let description = expand_describe::value(value);
    quote!(#value_impl #kind #symbols #checked #description)
}

/// What a newtype can do by what it is made over.
pub(crate) fn newtype(value: &Value<'_>) -> Option<TokenStream> {
    let (krate, ident) = (&value.item.krate, value.item.ident);
    let inner = value.item.inner()?;
    if value.number.is_some() {
        return Some(expand_newtype::number(krate, ident, inner));
    }
    let is_text = value.text.is_some();
    is_text.then(|| expand_newtype::text(krate, ident, inner))
}

pub(crate) fn value_impl(krate: &Path, ident: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #krate::Value for #ident {}
    }
}

/// An enum without data: its symbols by their stored names.
fn expand_symbols(krate: &Path, ident: &Ident, symbols: &[(&Ident, Symbol)]) -> TokenStream {
    let variants: Vec<&Ident> = symbols.iter().map(|(variant, _)| *variant).collect();
    let written: Vec<&str> = symbols.iter().map(|(_, s)| s.written.as_str()).collect();
    let read = symbols.iter().map(|(_, symbol)| {
        let Symbol {
            written, also_read, ..
        } = symbol;
        quote!(#written #(| #also_read)*)
    });
    quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #ident {
            /// All symbols, in the order of declaration.
            pub const ALL: &'static [Self] = &[#(Self::#variants,)*];

            /// The stored name of the symbol.
            #[must_use]
            pub const fn as_str(&self) -> &'static ::core::primitive::str {
                match *self {
                    #(Self::#variants => #written,)*
                }
            }
        }
        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                __f.pad(self.as_str())
            }
        }
        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = #krate::UnknownSymbol;

            fn from_str(
                __text: &::core::primitive::str,
            ) -> ::core::result::Result<Self, #krate::UnknownSymbol> {
                match __text {
                    #(#read => ::core::result::Result::Ok(Self::#variants),)*
                    _ => ::core::result::Result::Err(
                        #krate::UnknownSymbol::new(__text, &[#(#written,)*]),
                    ),
                }
            }
        }
    }
}
