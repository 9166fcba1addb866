//! What the names in one generated module mean: what is imported, and what has to be written in full.
//!
//! The domain's own names come first: where an event is called `Option`, the `Option` of the language is written
//! `::std::option::Option` beside it, and only there.

use super::rules;
use crate::{
    leaf::Leaf,
    model::{Int, Model, Type, TypeDef, TypeId},
};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// The model and its types by their Rust names.
pub(super) struct Domain<'m> {
    /// The model.
    pub(super) model: &'m Model,
    types: BTreeMap<&'m str, TypeId>,
}

impl<'m> Domain<'m> {
    /// The names of a model.
    pub(super) fn new(model: &'m Model) -> Self {
        let names = model.types.iter().map(rust_name);
        Self {
            model,
            types: names.zip((0..).map(TypeId)).collect(),
        }
    }
}

/// The names in scope of one generated module.
pub(super) struct Scope<'m> {
    domain: &'m Domain<'m>,
    /// The way from this module to the one that holds the types; nothing inside that one.
    types: Option<TokenStream>,
    /// The type names that this module defines itself.
    own: BTreeSet<String>,
    /// Everything that has to be imported, by the module it comes from.
    imports: RefCell<BTreeMap<Source, BTreeSet<String>>>,
}

/// Where imports come from, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Types,
    Runtime,
    Serde,
    Collections,
}

/// The names of the prelude that generated code uses, and where each is at home.
const PRELUDE: [(&str, &str); 9] = [
    ("Box", "boxed"),
    ("Err", "result::Result"),
    ("None", "option::Option"),
    ("Ok", "result::Result"),
    ("Option", "option"),
    ("Result", "result"),
    ("Some", "option::Option"),
    ("String", "string"),
    ("Vec", "vec"),
];

/// What a leaf may name without saying where it comes from.
const RUNTIME_TYPES: [&str; 6] = ["Bytes", "Date", "Decimal", "Duration", "Timestamp", "Uuid"];
const COLLECTIONS: [&str; 2] = ["BTreeMap", "BTreeSet"];

impl<'m> Scope<'m> {
    /// The scope of a module that stands `depth` modules below the root of what is generated and defines `own`.
    pub(super) fn new(
        domain: &'m Domain<'m>,
        depth: usize,
        own: impl IntoIterator<Item = String>,
    ) -> Self {
        let ups = std::iter::repeat_n(quote!(super::), depth);
        Self {
            domain,
            types: Some(quote!(#(#ups)* types)),
            own: own.into_iter().collect(),
            imports: RefCell::default(),
        }
    }

    /// The scope of the module that holds the types themselves.
    pub(super) fn of_types(domain: &'m Domain<'m>) -> Self {
        Self {
            domain,
            types: None,
            own: BTreeSet::new(),
            imports: RefCell::default(),
        }
    }

    /// The model that the module is made from.
    pub(super) fn model(&self) -> &'m Model {
        self.domain.model
    }

    /// A name of es-runtime.
    pub(super) fn runtime(&self, name: &str) -> TokenStream {
        self.imported(Source::Runtime, name)
    }

    /// A name of serde.
    pub(super) fn serde(&self, name: &str) -> TokenStream {
        self.imported(Source::Serde, name)
    }

    /// A name of the prelude, in full where the domain has one of the same name.
    pub(super) fn prelude(&self, name: &str) -> TokenStream {
        let home = PRELUDE.iter().find(|(known, _)| *known == name);
        match home.filter(|_| self.is_taken(name)) {
            Some((_, home)) => ident(&format!("::std::{home}::{name}")),
            None => ident(name),
        }
    }

    /// One of the declared types.
    pub(super) fn declared(&self, id: TypeId) -> TokenStream {
        let def = self.model().type_def(id);
        let name = def.name.ident();
        match &self.types {
            None => name.into_token_stream(),
            Some(types) if self.own.contains(rust_name(def)) => quote!(#types::#name),
            Some(_) => {
                self.import(Source::Types, rust_name(def));
                name.into_token_stream()
            }
        }
    }

    /// A type as it is written in this module.
    pub(super) fn ty(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::Bool => quote!(bool),
            Type::Int(int) => int_type(*int),
            Type::F64 => quote!(f64),
            Type::String => self.prelude("String"),
            Type::Decimal => self.runtime("Decimal"),
            Type::Uuid => self.runtime("Uuid"),
            Type::Timestamp => self.runtime("Timestamp"),
            Type::Date => self.runtime("Date"),
            Type::Duration => self.runtime("Duration"),
            Type::Bytes => self.runtime("Bytes"),
            Type::Option(inner) => self.generic(self.prelude("Option"), &[inner]),
            Type::Vec(inner) => self.generic(self.prelude("Vec"), &[inner]),
            Type::Map(key, value) => self.generic(self.collection("BTreeMap"), &[key, value]),
            Type::Set(inner) => self.generic(self.collection("BTreeSet"), &[inner]),
            Type::Box(inner) => self.generic(self.prelude("Box"), &[inner]),
            Type::Declared(id) => self.declared(*id),
            Type::Mistaken => TokenStream::new(),
        }
    }

    /// `BTreeMap` or `BTreeSet`.
    pub(super) fn collection(&self, name: &str) -> TokenStream {
        self.imported(Source::Collections, name)
    }

    /// Imports what a leaf names: the declared types, and those of the leaves.
    pub(super) fn names_in(&self, leaf: &Leaf) {
        for name in rules::free_names(leaf)
            .keys()
            .filter(|name| !self.own.contains(*name))
        {
            if self.domain.types.contains_key(name.as_str()) {
                self.import(Source::Types, name);
            } else if RUNTIME_TYPES.contains(&name.as_str()) {
                self.import(Source::Runtime, name);
            } else if COLLECTIONS.contains(&name.as_str()) {
                self.import(Source::Collections, name);
            }
        }
    }

    /// The `use` items for everything that was asked for.
    pub(super) fn imports(&self) -> Vec<TokenStream> {
        self.imports
            .borrow()
            .iter()
            .map(|(source, names)| {
                let from = match source {
                    Source::Types => self.types.clone().unwrap_or_default(),
                    _ => source.path(),
                };
                let names: Vec<_> = names.iter().map(|name| ident(name)).collect();
                match names.as_slice() {
                    [name] => quote!(use #from::#name;),
                    names => quote!(use #from::{#(#names),*};),
                }
            })
            .collect()
    }

    fn generic(&self, name: TokenStream, inner: &[&Type]) -> TokenStream {
        let inner = inner.iter().map(|ty| self.ty(ty));
        quote!(#name<#(#inner),*>)
    }

    fn imported(&self, source: Source, name: &str) -> TokenStream {
        let written = ident(name);
        if self.is_taken(name) {
            let from = source.path();
            return quote!(#from::#written);
        }
        self.import(source, name);
        written
    }

    fn import(&self, source: Source, name: &str) {
        let mut imports = self.imports.borrow_mut();
        imports.entry(source).or_default().insert(name.to_owned());
    }

    /// Whether the domain itself uses the name for a type, here or in what is imported from the types.
    fn is_taken(&self, name: &str) -> bool {
        self.own.contains(name) || self.domain.types.contains_key(name)
    }
}

impl Source {
    fn path(self) -> TokenStream {
        match self {
            Self::Types => quote!(types),
            Self::Runtime => quote!(es_runtime),
            Self::Serde => quote!(serde),
            Self::Collections => quote!(std::collections),
        }
    }
}

fn rust_name(def: &TypeDef) -> &str {
    def.name.rust.as_str()
}

fn ident(name: &str) -> TokenStream {
    name.parse().unwrap_or_default()
}

fn int_type(int: Int) -> TokenStream {
    ident(match int {
        Int::I8 => "i8",
        Int::I16 => "i16",
        Int::I32 => "i32",
        Int::I64 => "i64",
        Int::I128 => "i128",
        Int::Isize => "isize",
        Int::U8 => "u8",
        Int::U16 => "u16",
        Int::U32 => "u32",
        Int::U64 => "u64",
        Int::U128 => "u128",
        Int::Usize => "usize",
    })
}
