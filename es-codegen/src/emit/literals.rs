//! Values of scenarios as Rust, typed by where they stand.

use super::{json, scope::Scope, types::Kind};
use crate::model::{Field, FieldValue, TypeId, TypeKind, Value, ValueKind};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The fields of a struct literal, braces included.
pub(super) fn fields(scope: &Scope<'_>, fields: &[Field], values: &[FieldValue]) -> TokenStream {
    let values = values.iter().map(|given| {
        let name = fields[given.field.0].name.ident();
        let value = literal(scope, &given.value);
        quote!(#name: #value)
    });
    quote!({ #(#values),* })
}

/// What the text of a name or a type consists of.
pub(super) fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_default()
}

/// A value as an expression.
pub(super) fn literal(scope: &Scope<'_>, value: &Value) -> TokenStream {
    let list = |values: &[Value]| {
        let values: Vec<_> = values.iter().map(|value| literal(scope, value)).collect();
        quote!([#(#values),*])
    };
    match &value.kind {
        ValueKind::Bool(value) => quote!(#value),
        ValueKind::Int(digits) => digits.parse().unwrap_or_default(),
        ValueKind::F64(number) => float(scope, *number),
        ValueKind::String(text) => quote!(#text.to_owned()),
        ValueKind::Decimal(text)
        | ValueKind::Uuid(text)
        | ValueKind::Timestamp(text)
        | ValueKind::Date(text)
        | ValueKind::Duration(text)
        | ValueKind::Bytes(text) => parsed(scope, text),
        ValueKind::None => tokens(&scope.prelude("None")),
        ValueKind::Some(inner) => {
            let (some, inner) = (tokens(&scope.prelude("Some")), literal(scope, inner));
            quote!(#some(#inner))
        }
        ValueKind::Vec(values) => {
            let list = list(values);
            if values.iter().all(is_plain) {
                quote!(vec! #list)
            } else {
                // What has several lines is laid out better outside a macro.
                let vec = tokens(&scope.prelude("Vec"));
                quote!(#vec::from(#list))
            }
        }
        ValueKind::Set(values) => {
            let (set, list) = (tokens(&scope.collection("BTreeSet")), list(values));
            quote!(#set::from(#list))
        }
        ValueKind::Map(entries) => {
            let map = tokens(&scope.collection("BTreeMap"));
            let entries = entries.iter().map(|(key, value)| {
                let (key, value) = (literal(scope, key), literal(scope, value));
                quote!((#key, #value))
            });
            quote!(#map::from([#(#entries),*]))
        }
        ValueKind::Box(inner) => {
            let (boxed, inner) = (tokens(&scope.prelude("Box")), literal(scope, inner));
            quote!(#boxed::new(#inner))
        }
        ValueKind::Newtype(id, inner) => newtype(scope, *id, inner),
        ValueKind::Symbol(id, symbol) => {
            let name = tokens(&scope.declared(*id));
            match &scope.model().type_def(*id).kind {
                TypeKind::Enum(symbols) => {
                    let symbol = symbols[symbol.0].name.ident();
                    quote!(#name::#symbol)
                }
                _ => TokenStream::new(),
            }
        }
        ValueKind::Object(id, values) => {
            let name = tokens(&scope.declared(*id));
            match &scope.model().type_def(*id).kind {
                TypeKind::Object(parts) => {
                    let values = fields(scope, parts, values);
                    quote!(#name #values)
                }
                _ => TokenStream::new(),
            }
        }
        ValueKind::Variant(id, variant, values) => {
            let name = tokens(&scope.declared(*id));
            match &scope.model().type_def(*id).kind {
                TypeKind::Union(variants) => {
                    let variant = &variants[variant.0];
                    let values = fields(scope, &variant.fields, values);
                    let variant = variant.name.ident();
                    quote!(#name::#variant #values)
                }
                _ => TokenStream::new(),
            }
        }
        ValueKind::Own(_, wire) => {
            let json = json::json(scope.model(), wire);
            let testing = tokens(&scope.runtime("testing"));
            quote!(#testing::from_json(#json))
        }
    }
}

/// Whether a value says itself what type it is of, and stands on one line.
pub(super) fn is_plain(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Bool(_)
        | ValueKind::Int(_)
        | ValueKind::String(_)
        | ValueKind::None
        | ValueKind::Symbol(..) => true,
        ValueKind::Some(inner) | ValueKind::Box(inner) | ValueKind::Newtype(_, inner) => {
            is_plain(inner)
        }
        _ => false,
    }
}

fn newtype(scope: &Scope<'_>, id: TypeId, inner: &Value) -> TokenStream {
    let is_open = match &scope.model().type_def(id).kind {
        TypeKind::Newtype(inner) => !scope.model().is_id(id) && Kind::of(inner) == Kind::Plain,
        _ => false,
    };
    let (name, inner) = match &inner.kind {
        _ if is_open => {
            let (name, inner) = (tokens(&scope.declared(id)), literal(scope, inner));
            return quote!(#name(#inner));
        }
        // It is read from the same text as what is inside.
        ValueKind::Decimal(text)
        | ValueKind::Uuid(text)
        | ValueKind::Timestamp(text)
        | ValueKind::Date(text)
        | ValueKind::Duration(text) => return parsed(scope, text),
        ValueKind::F64(number) if !is_exact(*number) => {
            return parsed(scope, &format!("{number:?}"));
        }
        ValueKind::String(text) => (tokens(&scope.declared(id)), quote!(#text)),
        _ => (tokens(&scope.declared(id)), literal(scope, inner)),
    };
    quote!(#name::from(#inner))
}

/// A value that is written as text; where it stands says what it becomes.
fn parsed(scope: &Scope<'_>, text: &str) -> TokenStream {
    let testing = tokens(&scope.runtime("testing"));
    quote!(#testing::parse(#text))
}

fn float(scope: &Scope<'_>, number: f64) -> TokenStream {
    if !is_exact(number) {
        return parsed(scope, &format!("{number:?}"));
    }
    let digits = Literal::f64_unsuffixed(number.abs());
    if number.is_sign_negative() {
        quote!(-#digits)
    } else {
        quote!(#digits)
    }
}

/// Whether a float is a plain number of eighths. Clippy takes some others for misspelt constants, which a value of a
/// scenario never is: those are parsed.
fn is_exact(number: f64) -> bool {
    number.abs() < 1e15 && (number * 8.0).fract() == 0.0
}
