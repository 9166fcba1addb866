//! `types.rs`: newtypes, enums, value objects, unions, and the types of the user's own.

use super::{
    docs,
    fields::{self, Marks},
    rules,
    scope::{Domain, Scope},
    text::Text,
};
use crate::model::{Facts, Field, Symbol, Type, TypeDef, TypeId, TypeKind, Variant};

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
    let mut body = Text::new(0);
    let ids = (0..model.types.len()).map(TypeId);
    for id in ids.filter(|id| model.type_def(*id).past.is_none()) {
        body.item();
        item(&mut body, &scope, id);
    }
    let name = docs::code(&model.domain.value);
    let mut file = Text::file(&format!("The types of the domain {name}."));
    scope.write_imports(&mut file);
    file.item();
    file.append(&body.finish());
    file.finish()
}

/// One type.
pub(super) fn item(text: &mut Text, scope: &Scope<'_>, id: TypeId) {
    let def = scope.model().type_def(id);
    match &def.kind {
        TypeKind::Newtype(inner) if scope.model().is_id(id) => identity(text, scope, id, inner),
        TypeKind::Newtype(inner) => newtype(text, scope, id, inner),
        TypeKind::Enum(symbols) => enumeration(text, scope, id, symbols),
        TypeKind::Object(fields) => object(text, scope, id, fields),
        TypeKind::Union(variants) => union(text, scope, id, variants),
        TypeKind::Own { path, .. } => own(text, def, path),
        TypeKind::Mistaken => {}
    }
}

fn identity(text: &mut Text, scope: &Scope<'_>, id: TypeId, inner: &Type) {
    let def = scope.model().type_def(id);
    let aggregates = scope.model().aggregates.iter();
    let owners = aggregates.filter(|aggregate| aggregate.id.value == Type::Declared(id));
    let owners: Vec<_> = owners.map(|owner| docs::code(&owner.name.stored)).collect();
    let otherwise = format!("The identity of {}.", owners.join(" and of "));
    text.doc(def.doc.as_ref().unwrap_or(&otherwise));
    text.line(&format!("#[derive({})]", scope.runtime("Id")));
    if let Some(check) = check(scope, def) {
        text.line(&format!("#[id({check})]"));
    }
    around(text, scope, def, inner, Marks::Id, "");
}

fn newtype(text: &mut Text, scope: &Scope<'_>, id: TypeId, inner: &Type) {
    let def = head(text, scope, id);
    let kind = Kind::of(inner);
    text.line("#[serde(transparent)]");
    let told = match kind {
        Kind::Number => Some("number".to_owned()),
        Kind::Text => Some("text".to_owned()),
        Kind::Plain => None,
    };
    let told: Vec<_> = told.into_iter().chain(check(scope, def)).collect();
    if !told.is_empty() {
        text.column("#[value(", &told, ")]");
    }
    let visibility = if kind == Kind::Plain { "pub " } else { "" };
    around(text, scope, def, inner, Marks::Value, visibility);
}

/// A struct around one value.
fn around(
    text: &mut Text,
    scope: &Scope<'_>,
    def: &TypeDef,
    inner: &Type,
    marks: Marks,
    visibility: &str,
) {
    let mark = fields::mark(scope, inner, marks).map(|mark| format!("{mark} "));
    text.line(&format!(
        "pub struct {}({}{visibility}{});",
        def.name.rust,
        mark.unwrap_or_default(),
        scope.ty(inner)
    ));
}

/// What the derive is told of the values that are valid.
fn check(scope: &Scope<'_>, def: &TypeDef) -> Option<String> {
    let check = def.check.as_ref()?;
    Some(format!("check = {}", rules::expression(scope, check)))
}

/// Nothing is checked in a type that stands beside one that is, as the values of a map beside its keys do.
fn nothing_checked(text: &mut Text, scope: &Scope<'_>, id: TypeId) {
    if scope.is_beside_checked(id) {
        let name = &scope.model().type_def(id).name.rust;
        text.item();
        text.line(&format!(
            "impl {} for {name} {{}}",
            scope.runtime("Checked")
        ));
    }
}

fn enumeration(text: &mut Text, scope: &Scope<'_>, id: TypeId, symbols: &[Symbol]) {
    let def = head(text, scope, id);
    text.open(&format!("pub enum {} {{", def.name.rust));
    for symbol in symbols {
        if let Some(doc) = &symbol.doc {
            text.doc(doc);
        }
        fields::rename(text, &symbol.name, &symbol.was);
        text.line(&format!("{},", symbol.name.rust));
    }
    text.close("}");
}

fn object(text: &mut Text, scope: &Scope<'_>, id: TypeId, fields: &[Field]) {
    let def = head(text, scope, id);
    fields::structure(
        text,
        scope,
        &format!("pub struct {}", def.name.rust),
        fields,
        Marks::Value,
    );
    nothing_checked(text, scope, id);
}

fn union(text: &mut Text, scope: &Scope<'_>, id: TypeId, variants: &[Variant]) {
    let def = head(text, scope, id);
    text.open(&format!("pub enum {} {{", def.name.rust));
    for variant in variants {
        if let Some(doc) = &variant.doc {
            text.doc(doc);
        }
        fields::rename(text, &variant.name, &variant.was);
        fields::variant(text, scope, variant.name.rust.as_str(), &variant.fields);
    }
    text.close("}");
    nothing_checked(text, scope, id);
}

fn own(text: &mut Text, def: &TypeDef, path: &syn::Path) {
    if let Some(doc) = &def.doc {
        text.doc(doc);
    }
    let segments: Vec<_> = path
        .segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect();
    let root = if path.leading_colon.is_some() {
        "::"
    } else {
        ""
    };
    let name = def.name.rust.as_str();
    let rename = match segments.last() {
        Some(last) if last == name => String::new(),
        _ => format!(" as {name}"),
    };
    text.line(&format!("pub use {root}{}{rename};", segments.join("::")));
}

/// The documentation of a type and its derives: as much of the standard ones as its parts have.
fn head<'m>(text: &mut Text, scope: &Scope<'m>, id: TypeId) -> &'m TypeDef {
    let def = scope.model().type_def(id);
    let otherwise = match &def.past {
        Some(past) => {
            let whole = &scope.model().type_def(past.of).name;
            format!(
                "{}, version {}.",
                docs::code(whole.rust.plain()),
                past.version
            )
        }
        None => docs::named(&def.name),
    };
    text.doc(def.doc.as_ref().unwrap_or(&otherwise));
    let Facts {
        copy,
        total,
        ordered,
        unchecked: _,
    } = scope.model().facts(&Type::Declared(id));
    let standard = [
        ("Debug", true),
        ("Clone", true),
        ("Copy", copy),
        ("PartialEq", true),
        ("Eq", total),
        ("PartialOrd", total || ordered),
        ("Ord", total),
        ("Hash", total),
    ];
    let standard = standard
        .iter()
        .filter(|(_, has)| *has)
        .map(|(name, _)| (*name).to_owned());
    let ours = [
        scope.serde("Serialize"),
        scope.serde("Deserialize"),
        scope.runtime("Value"),
    ];
    let derives: Vec<_> = standard.chain(ours).collect();
    text.row("#[derive(", &derives, ")]");
    def
}
