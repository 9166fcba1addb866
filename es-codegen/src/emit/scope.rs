//! What the names in one generated module mean: what is imported, and what has to be written in full.
//!
//! The domain's own names come first: where an event is called `Option`, the `Option` of the language is written
//! `::std::option::Option` beside it, and only there.

use super::{history, rules, text::Text};
use crate::{
    leaf::Leaf,
    model::{Model, Type, TypeDef, TypeId},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// The model and its types by their Rust names.
pub(super) struct Domain<'m> {
    /// The model.
    pub(super) model: &'m Model,
    types: BTreeMap<&'m str, TypeId>,
    beside_checked: BTreeSet<TypeId>,
    /// Whether a type, on its way to what it is, asks for the earlier events of the stream.
    pub(super) types_look_back: bool,
}

impl<'m> Domain<'m> {
    /// The names of a model.
    pub(super) fn new(model: &'m Model) -> Self {
        let names = model.types.iter().map(rust_name);
        Self {
            model,
            types: names.zip((0..).map(TypeId)).collect(),
            beside_checked: model.beside_checked(),
            types_look_back: history::types_look_back(model),
        }
    }
}

/// The names in scope of one generated module.
pub(super) struct Scope<'m> {
    domain: &'m Domain<'m>,
    /// The way from this module to the one that holds the types; nothing inside that one.
    types: Option<String>,
    /// The type names that this module defines itself.
    own: BTreeSet<String>,
    /// Whether they are what types were before.
    is_past: bool,
    /// Everything that has to be imported, by the module it comes from.
    imports: RefCell<BTreeMap<Source, BTreeSet<String>>>,
}

/// Where imports come from, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// What types were before; only what was before speaks of them.
    Past,
    Types,
    Runtime,
    Serde,
    Collections,
}

/// The names of the prelude that generated code uses, and where each is at home.
const PRELUDE: [(&str, &str); 10] = [
    ("Box", "boxed"),
    ("Err", "result::Result"),
    ("From", "convert"),
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
        Self {
            domain,
            types: Some("super::".repeat(depth) + "types"),
            own: own.into_iter().collect(),
            is_past: false,
            imports: RefCell::default(),
        }
    }

    /// The scope of the module that holds what these types were before.
    pub(super) fn of_older_types(
        domain: &'m Domain<'m>,
        own: impl IntoIterator<Item = String>,
    ) -> Self {
        Self {
            is_past: true,
            ..Self::new(domain, 2, own)
        }
    }

    /// The scope of the module that holds the types themselves.
    pub(super) fn of_types(domain: &'m Domain<'m>) -> Self {
        Self {
            domain,
            types: None,
            own: BTreeSet::new(),
            is_past: false,
            imports: RefCell::default(),
        }
    }

    /// The model that the module is made from.
    pub(super) fn model(&self) -> &'m Model {
        self.domain.model
    }

    /// Whether a type has to say that nothing in it is checked.
    pub(super) fn is_beside_checked(&self, id: TypeId) -> bool {
        self.domain.beside_checked.contains(&id)
    }

    /// A name of es-runtime.
    pub(super) fn runtime(&self, name: &str) -> String {
        self.imported(Source::Runtime, name)
    }

    /// A name of es-runtime as it is written here, whether or not it is used.
    pub(super) fn runtime_name(&self, name: &str) -> String {
        if self.is_taken(name) {
            format!("{}::{name}", Source::Runtime.path())
        } else {
            name.to_owned()
        }
    }

    /// A name of serde.
    pub(super) fn serde(&self, name: &str) -> String {
        self.imported(Source::Serde, name)
    }

    /// A name of the prelude, in full where the domain has one of the same name.
    pub(super) fn prelude(&self, name: &str) -> String {
        let home = PRELUDE.iter().find(|(known, _)| *known == name);
        match home.filter(|_| self.is_taken(name)) {
            Some((_, home)) => format!("::std::{home}::{name}"),
            None => name.to_owned(),
        }
    }

    /// One of the declared types.
    pub(super) fn declared(&self, id: TypeId) -> String {
        let def = self.model().type_def(id);
        let name = rust_name(def);
        if def.past.is_some() {
            match (self.is_past, self.own.contains(name)) {
                (true, _) => {}
                // An event may be called as a type is, and so is what it was before.
                (false, true) => return format!("super::types::{name}"),
                (false, false) => self.import(Source::Past, name),
            }
            return name.to_owned();
        }
        match &self.types {
            Some(types) if self.own.contains(name) => return format!("{types}::{name}"),
            Some(_) => self.import(Source::Types, name),
            None => {}
        }
        name.to_owned()
    }

    /// A type as it is written in this module.
    pub(super) fn ty(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => "bool".to_owned(),
            Type::Int(int) => int.name().to_owned(),
            Type::F64 => "f64".to_owned(),
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
            Type::Mistaken => String::new(),
        }
    }

    /// `BTreeMap` or `BTreeSet`.
    pub(super) fn collection(&self, name: &str) -> String {
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

    /// Writes the `use` items for everything that was asked for.
    pub(super) fn write_imports(&self, text: &mut Text) {
        if !self.imports.borrow().is_empty() {
            text.item();
        }
        self.continue_imports(text);
    }

    /// The same, right behind other `use` items.
    pub(super) fn continue_imports(&self, text: &mut Text) {
        let imports = self.imports.borrow();
        for (source, names) in imports.iter() {
            let from = match (source, &self.types) {
                (Source::Types, Some(types)) => types,
                _ => source.path(),
            };
            let names: Vec<_> = names.iter().cloned().collect();
            match names.as_slice() {
                [name] => text.line(&format!("use {from}::{name};")),
                names => text.row(&format!("use {from}::{{"), names, "};"),
            }
        }
    }

    fn generic(&self, name: String, inner: &[&Type]) -> String {
        let inner: Vec<_> = inner.iter().map(|ty| self.ty(ty)).collect();
        format!("{name}<{}>", inner.join(", "))
    }

    fn imported(&self, source: Source, name: &str) -> String {
        if self.is_taken(name) {
            return format!("{}::{name}", source.path());
        }
        self.import(source, name);
        name.to_owned()
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
    fn path(self) -> &'static str {
        match self {
            Self::Past => "super::types",
            Self::Types => "types",
            Self::Runtime => "es_runtime",
            Self::Serde => "serde",
            Self::Collections => "std::collections",
        }
    }
}

fn rust_name(def: &TypeDef) -> &str {
    def.name.rust.as_str()
}
