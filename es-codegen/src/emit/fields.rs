//! Fields of structs and variants, with what serde has to be told about them.

use super::{docs, scope::Scope};
use crate::model::{Field, Type};
use crate::names::Name;
use proc_macro2::TokenStream;
use quote::quote;

/// Public fields, as they stand in a struct.
pub(super) fn public(scope: &Scope<'_>, fields: &[Field]) -> TokenStream {
    fields
        .iter()
        .map(|field| declaration(scope, field, quote!(pub)))
        .collect()
}

/// Fields without a visibility, as they stand in a variant.
pub(super) fn of_variant(scope: &Scope<'_>, fields: &[Field]) -> TokenStream {
    fields
        .iter()
        .map(|field| declaration(scope, field, quote!()))
        .collect()
}

/// `#[serde(rename = "..")]` where the stored name is not the Rust name.
pub(super) fn rename(name: &Name) -> TokenStream {
    let stored = &name.stored;
    if stored == name.rust.plain() {
        return quote!();
    }
    quote!(#[serde(rename = #stored)])
}

fn declaration(scope: &Scope<'_>, field: &Field, visibility: TokenStream) -> TokenStream {
    let doc = docs::given(field.doc.as_deref());
    let serde = serde(scope, field);
    let name = field.name.ident();
    let ty = scope.ty(&field.ty);
    quote!(#doc #serde #visibility #name: #ty,)
}

fn serde(scope: &Scope<'_>, field: &Field) -> TokenStream {
    let mut told = Vec::new();
    let stored = field.stored_name();
    // serde itself takes the `r#` away.
    if stored != field.name.rust.plain() {
        told.push(quote!(rename = #stored));
    }
    if let Type::Option(inner) = &field.ty {
        let is_none = format!("{}::is_none", compact(scope.prelude("Option")));
        if matches!(**inner, Type::Option(_)) {
            // Left out, `null` and given are three things.
            told.push(quote!(default, skip_serializing_if = #is_none));
            told.push(quote!(with = "es_runtime::double_option"));
        } else {
            told.push(quote!(skip_serializing_if = #is_none));
        }
    }
    if told.is_empty() {
        return quote!();
    }
    quote!(#[serde(#(#told),*)])
}

/// A path as text without the spaces between its tokens.
fn compact(path: TokenStream) -> String {
    path.to_string().replace(' ', "")
}
