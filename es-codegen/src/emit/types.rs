//! `types.rs`: newtypes, enums, value objects, unions, and the types of the user's own.

use super::{
    docs, fields,
    module::Module,
    scope::{Domain, Scope},
};
use crate::model::{Facts, Field, Symbol, Type, TypeDef, TypeId, TypeKind, Variant};
use proc_macro2::TokenStream;
use quote::quote;

/// What the derive writes for a newtype.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Arithmetic, besides what text has.
    Number,
    /// Constructors, `Display` and `FromStr`.
    Text,
    /// Nothing, so that what is inside is public.
    Plain,
}

impl Kind {
    /// By what the newtype is made over.
    pub(super) fn of(inner: &Type) -> Self {
        match inner {
            Type::Int(_) | Type::F64 | Type::Decimal => Self::Number,
            Type::String | Type::Uuid | Type::Timestamp | Type::Date | Type::Duration => Self::Text,
            _ => Self::Plain,
        }
    }
}

/// The text of `types.rs`.
pub(super) fn types(domain: &Domain<'_>) -> String {
    let model = domain.model;
    let scope = Scope::of_types(domain);
    let items: Vec<_> = (0..model.types.len())
        .map(|place| item(&scope, TypeId(place)))
        .collect();
    let about = format!(
        "The types of the domain {}.",
        docs::code(&model.domain.value)
    );
    let mut file = Module::file(&[about]);
    file.items(scope.imports());
    for tokens in items {
        file.item(tokens);
    }
    file.finish()
}

fn item(scope: &Scope<'_>, id: TypeId) -> TokenStream {
    let def = scope.model().type_def(id);
    match &def.kind {
        TypeKind::Newtype(inner) if scope.model().is_id(id) => identity(scope, def, inner),
        TypeKind::Newtype(inner) => newtype(scope, id, inner),
        TypeKind::Enum(symbols) => enumeration(scope, id, symbols),
        TypeKind::Object(fields) => object(scope, id, fields),
        TypeKind::Union(variants) => union(scope, id, variants),
        TypeKind::Own { path, .. } => own(def, path),
        TypeKind::Mistaken => TokenStream::new(),
    }
}

fn identity(scope: &Scope<'_>, def: &TypeDef, inner: &Type) -> TokenStream {
    let derive = scope.runtime("Id");
    let owners = scope.model().aggregates.iter().filter(|aggregate| {
        matches!(aggregate.id.value, Type::Declared(id) if std::ptr::eq(scope.model().type_def(id), def))
    });
    let owners: Vec<_> = owners.map(|owner| docs::code(&owner.name.stored)).collect();
    let doc = docs::given_or(
        def.doc.as_deref(),
        &format!("The identity of {}.", owners.join(" and of ")),
    );
    let (name, inner) = (def.name.ident(), scope.ty(inner));
    quote! {
        #doc
        #[derive(#derive)]
        pub struct #name(#inner);
    }
}

fn newtype(scope: &Scope<'_>, id: TypeId, inner: &Type) -> TokenStream {
    let def = scope.model().type_def(id);
    let derives = derives(scope, scope.model().facts(&Type::Declared(id)));
    let (kind, visibility) = match Kind::of(inner) {
        Kind::Number => (quote!(#[value(number)]), quote!()),
        Kind::Text => (quote!(#[value(text)]), quote!()),
        Kind::Plain => (quote!(), quote!(pub)),
    };
    let (name, inner) = (def.name.ident(), scope.ty(inner));
    let doc = docs::given_or(def.doc.as_deref(), &about(def));
    quote! {
        #doc
        #derives
        #[serde(transparent)]
        #kind
        pub struct #name(#visibility #inner);
    }
}

fn enumeration(scope: &Scope<'_>, id: TypeId, symbols: &[Symbol]) -> TokenStream {
    let def = scope.model().type_def(id);
    let derives = derives(scope, scope.model().facts(&Type::Declared(id)));
    let name = def.name.ident();
    let doc = docs::given_or(def.doc.as_deref(), &about(def));
    let symbols = symbols.iter().map(|symbol| {
        let doc = docs::given(symbol.doc.as_deref());
        let rename = fields::rename(&symbol.name);
        let name = symbol.name.ident();
        quote!(#doc #rename #name,)
    });
    quote! {
        #doc
        #derives
        pub enum #name { #(#symbols)* }
    }
}

fn object(scope: &Scope<'_>, id: TypeId, fields: &[Field]) -> TokenStream {
    let def = scope.model().type_def(id);
    let derives = derives(scope, scope.model().facts(&Type::Declared(id)));
    let (name, fields) = (def.name.ident(), fields::public(scope, fields));
    let doc = docs::given_or(def.doc.as_deref(), &about(def));
    quote! {
        #doc
        #derives
        pub struct #name { #fields }
    }
}

fn union(scope: &Scope<'_>, id: TypeId, variants: &[Variant]) -> TokenStream {
    let def = scope.model().type_def(id);
    let derives = derives(scope, scope.model().facts(&Type::Declared(id)));
    let name = def.name.ident();
    let doc = docs::given_or(def.doc.as_deref(), &about(def));
    let variants = variants.iter().map(|variant| {
        let doc = docs::given(variant.doc.as_deref());
        let rename = fields::rename(&variant.name);
        let (name, fields) = (
            variant.name.ident(),
            fields::of_variant(scope, &variant.fields),
        );
        quote!(#doc #rename #name { #fields },)
    });
    quote! {
        #doc
        #derives
        pub enum #name { #(#variants)* }
    }
}

fn own(def: &TypeDef, path: &syn::Path) -> TokenStream {
    let doc = docs::given(def.doc.as_deref());
    let name = def.name.ident();
    let is_last = path.segments.last().is_some_and(|last| last.ident == name);
    let rename = if is_last { quote!() } else { quote!(as #name) };
    quote!(#doc pub use #path #rename;)
}

/// The derives of a value type: as much of the standard ones as its parts have.
fn derives(scope: &Scope<'_>, facts: Facts) -> TokenStream {
    let copy = facts.copy.then(|| quote!(, Copy));
    let order = if facts.total {
        quote!(, Eq, PartialOrd, Ord, Hash)
    } else if facts.ordered {
        quote!(, PartialOrd)
    } else {
        quote!()
    };
    let (serialize, deserialize) = (scope.serde("Serialize"), scope.serde("Deserialize"));
    let value = scope.runtime("Value");
    // Two lists, since one would not fit on a line.
    quote! {
        #[derive(Debug, Clone #copy, PartialEq #order)]
        #[derive(#serialize, #deserialize, #value)]
    }
}

fn about(def: &TypeDef) -> String {
    docs::sentence(&docs::words(def.name.rust.plain()))
}
