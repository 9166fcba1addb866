//! Stored names: what serde writes for a field or a symbol, by the rules of its attributes.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::{Attribute, Field, Ident, LitStr, Result, Token, Type, Variant, parenthesized, token};

/// How `rename_all` of a type spells the names inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

/// The spellings of a type: one for what is written, one for what is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spelling {
    written: Option<Case>,
    read: Option<Case>,
}

/// The stored names of a symbol, a variant or a field.
pub(crate) struct Symbol {
    pub(crate) written: String,
    /// Other texts that are read as the same.
    pub(crate) also_read: Vec<String>,
    /// Whether what is written is read as the same.
    pub(crate) is_read_back: bool,
}

impl Spelling {
    /// The spellings that the attributes of a type ask for.
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let serde = Serde::read(attributes);
        Self {
            written: serde.rename_all.written.and_then(|name| Case::parse(&name)),
            read: serde.rename_all.read.and_then(|name| Case::parse(&name)),
        }
    }

    /// The spellings of the fields in a variant, where `outer` are the attributes of the enum.
    pub(crate) fn inside(outer: &[Attribute], variant: &Variant) -> Self {
        let of_all = Serde::read(outer).rename_all_fields;
        let own = Serde::read(&variant.attrs).rename_all;
        let case = |name: Option<String>| name.and_then(|name| Case::parse(&name));
        Self {
            written: case(own.written.or(of_all.written)),
            read: case(own.read.or(of_all.read)),
        }
    }

    /// The stored names of a field.
    pub(crate) fn field(self, ident: &Ident, field: &Field) -> Symbol {
        self.names(ident, &field.attrs, Case::of_field)
    }

    /// The stored names of a symbol or a variant.
    pub(crate) fn symbol(self, variant: &Variant) -> Symbol {
        self.names(&variant.ident, &variant.attrs, Case::of_symbol)
    }

    fn names(
        self,
        ident: &Ident,
        attributes: &[Attribute],
        spell: fn(Case, &str) -> String,
    ) -> Symbol {
        let (name, serde) = (ident.unraw().to_string(), Serde::read(attributes));
        let spelt =
            |case: Option<Case>| case.map_or_else(|| name.clone(), |case| spell(case, &name));
        let written = serde.rename.written.unwrap_or_else(|| spelt(self.written));
        let mut also_read = serde.aliases;
        also_read.push(serde.rename.read.unwrap_or_else(|| spelt(self.read)));
        let all = also_read.len();
        also_read.retain(|other| *other != written);
        Symbol {
            is_read_back: also_read.len() < all,
            written,
            also_read,
        }
    }
}

impl Case {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "lowercase" => Self::Lower,
            "UPPERCASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "snake_case" => Self::Snake,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            _ => return None,
        })
    }

    /// Spells a name that is in snake case, as fields are.
    fn of_field(self, name: &str) -> String {
        match self {
            Self::Lower | Self::Snake => name.to_owned(),
            Self::Upper | Self::ScreamingSnake => name.to_ascii_uppercase(),
            Self::Pascal => name.split('_').map(capitalised).collect(),
            Self::Camel => uncapitalised(&Self::Pascal.of_field(name)),
            Self::Kebab => name.replace('_', "-"),
            Self::ScreamingKebab => name.to_ascii_uppercase().replace('_', "-"),
        }
    }

    /// Spells a name that is in Pascal case, as variants are.
    fn of_symbol(self, name: &str) -> String {
        match self {
            Self::Lower => name.to_ascii_lowercase(),
            Self::Upper => name.to_ascii_uppercase(),
            Self::Pascal => name.to_owned(),
            Self::Camel => uncapitalised(name),
            Self::Snake => snake(name),
            Self::ScreamingSnake => snake(name).to_ascii_uppercase(),
            Self::Kebab => snake(name).replace('_', "-"),
            Self::ScreamingKebab => snake(name).to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}

fn uncapitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_lowercase().to_string() + letters.as_str()
    })
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (at, letter) in name.char_indices() {
        if at > 0 && letter.is_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// How the stored text tells which variant of an enum it holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Tagging {
    /// The variant stands under its name.
    External,
    /// The name stands in a field beside those of the variant.
    Internal,
    /// The name stands in one field, and the variant in another, which is called so.
    Adjacent(String),
    /// Only the shape tells.
    None,
}

impl Tagging {
    /// The tagging of a variant, where `outer` are the attributes of the enum.
    pub(crate) fn of(outer: &[Attribute], variant: &Variant) -> Self {
        let serde = Serde::read(outer);
        if serde.is_untagged || Serde::read(&variant.attrs).is_untagged {
            return Self::None;
        }
        match (serde.is_tagged, serde.content) {
            (_, Some(content)) => Self::Adjacent(content),
            (true, None) => Self::Internal,
            (false, None) => Self::External,
        }
    }
}

/// How a type or a variant is stored, beside its name.
#[derive(Clone, Copy)]
pub(crate) struct TypeStorage {
    /// As its one field.
    pub(crate) is_transparent: bool,
    /// In a form that only the attributes know.
    pub(crate) is_converted: bool,
    /// With a name for the whole of it.
    pub(crate) is_tagged: bool,
}

impl TypeStorage {
    /// By the attributes of the type or the variant. A struct that has a tag stores one field more than its own.
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let serde = Serde::read(attributes);
        Self {
            is_transparent: serde.is_transparent,
            is_converted: serde.is_converted,
            is_tagged: serde.is_tagged,
        }
    }
}

/// How a field is stored, beside its name.
pub(crate) struct FieldStorage {
    /// Its own fields stand among those beside it.
    pub(crate) is_flat: bool,
    /// Not at all.
    pub(crate) is_skipped: bool,
    /// In a form that only the attributes know.
    pub(crate) is_converted: bool,
    /// Written, and never read.
    pub(crate) is_forgotten: bool,
    /// When it is left out.
    pub(crate) omitted: Omitted,
}

/// Whether a field is left out of what is stored at times.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Omitted {
    Never,
    /// Where it is nothing, as its type says.
    WhereNothing,
    /// By a rule that only the attributes know.
    ByRule,
}

impl FieldStorage {
    /// By the attributes of the field.
    pub(crate) fn of(field: &Field) -> Self {
        let serde = Serde::read(&field.attrs);
        let omitted = match serde.omitted_if {
            None => Omitted::Never,
            Some(rule) if rule.ends_with("Option::is_none") && is_option(&field.ty) => {
                Omitted::WhereNothing
            }
            Some(_) => Omitted::ByRule,
        };
        Self {
            is_flat: serde.is_flat,
            is_skipped: serde.is_skipped,
            is_converted: serde.is_converted,
            is_forgotten: serde.is_forgotten,
            omitted,
        }
    }
}

fn is_option(ty: &Type) -> bool {
    match ty {
        Type::Path(ty) => {
            let last = ty.path.segments.last();
            last.is_some_and(|last| last.ident == "Option")
        }
        _ => false,
    }
}

/// The module of es-runtime that stores an option in an option as the two options that it is.
const DOUBLE_OPTION: &str = "::double_option";

/// The keys by which serde is told to store something in another form, `with` aside.
const CONVERSIONS: [&str; 7] = [
    "deserialize_with",
    "from",
    "getter",
    "into",
    "remote",
    "serialize_with",
    "try_from",
];

/// What serde's attributes say about names and places. Whatever is wrong in them is serde's to tell.
#[derive(Default)]
struct Serde {
    rename: Names,
    rename_all: Names,
    aliases: Vec<String>,
    rename_all_fields: Names,
    is_tagged: bool,
    content: Option<String>,
    is_untagged: bool,
    is_flat: bool,
    is_skipped: bool,
    is_forgotten: bool,
    omitted_if: Option<String>,
    is_transparent: bool,
    is_converted: bool,
}

#[derive(Default)]
struct Names {
    written: Option<String>,
    read: Option<String>,
}

impl Serde {
    fn read(attributes: &[Attribute]) -> Self {
        let mut serde = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("serde") {
                let _mistakes_are_told_by_serde =
                    attribute.parse_nested_meta(|meta| serde.read_key(&meta));
            }
        }
        serde
    }

    fn read_key(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if meta.path.is_ident("rename") {
            return self.rename.read(meta);
        }
        if meta.path.is_ident("rename_all") {
            return self.rename_all.read(meta);
        }
        if meta.path.is_ident("alias") {
            self.aliases.push(text(meta.value()?)?);
            return Ok(());
        }
        if meta.path.is_ident("rename_all_fields") {
            return self.rename_all_fields.read(meta);
        }
        if meta.path.is_ident("content") {
            self.content = Some(text(meta.value()?)?);
            return Ok(());
        }
        if meta.path.is_ident("skip_serializing_if") {
            self.omitted_if = Some(text(meta.value()?)?);
            return Ok(());
        }
        self.is_tagged |= meta.path.is_ident("tag");
        self.is_untagged |= meta.path.is_ident("untagged");
        self.is_flat |= meta.path.is_ident("flatten");
        self.is_transparent |= meta.path.is_ident("transparent");
        let is_any = |names: &[&str]| names.iter().any(|name| meta.path.is_ident(name));
        self.is_skipped |= is_any(&["skip", "skip_serializing"]);
        self.is_forgotten |= meta.path.is_ident("skip_deserializing");
        if meta.path.is_ident("with") {
            self.is_converted |= !text(meta.value()?)?.ends_with(DOUBLE_OPTION);
            return Ok(());
        }
        self.is_converted |= is_any(&CONVERSIONS);
        skip(meta.input)
    }
}

impl Names {
    /// `= "name"`, or `(serialize = "name", deserialize = "name")`.
    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if !meta.input.peek(token::Paren) {
            let name = text(meta.value()?)?;
            self.written = Some(name.clone());
            self.read = Some(name);
            return Ok(());
        }
        meta.parse_nested_meta(|direction| {
            let name = text(direction.value()?)?;
            if direction.path.is_ident("serialize") {
                self.written = Some(name);
            } else {
                self.read = Some(name);
            }
            Ok(())
        })
    }
}

fn text(input: ParseStream<'_>) -> Result<String> {
    Ok(input.parse::<LitStr>()?.value())
}

/// Goes to the end of a key that says nothing about names.
fn skip(input: ParseStream<'_>) -> Result<()> {
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        input.parse::<syn::Expr>()?;
    } else if input.peek(token::Paren) {
        let content;
        parenthesized!(content in input);
        content.parse::<TokenStream>()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: [&str; 8] = [
        "lowercase",
        "UPPERCASE",
        "PascalCase",
        "camelCase",
        "snake_case",
        "SCREAMING_SNAKE_CASE",
        "kebab-case",
        "SCREAMING-KEBAB-CASE",
    ];

    fn in_all_cases(spell: impl Fn(Case) -> String) -> Vec<String> {
        CASES
            .iter()
            .filter_map(|name| Case::parse(name))
            .map(spell)
            .collect()
    }

    #[test]
    fn fields_are_spelt_as_serde_spells_them() {
        assert_eq!(
            in_all_cases(|case| case.of_field("shipped_at")),
            [
                "shipped_at",
                "SHIPPED_AT",
                "ShippedAt",
                "shippedAt",
                "shipped_at",
                "SHIPPED_AT",
                "shipped-at",
                "SHIPPED-AT"
            ]
        );
    }

    #[test]
    fn symbols_are_spelt_as_serde_spells_them() {
        assert_eq!(
            in_all_cases(|case| case.of_symbol("OnItsWay")),
            [
                "onitsway",
                "ONITSWAY",
                "OnItsWay",
                "onItsWay",
                "on_its_way",
                "ON_ITS_WAY",
                "on-its-way",
                "ON-ITS-WAY"
            ]
        );
    }

    #[test]
    fn keys_about_other_things_hide_no_rename() {
        let variant: Variant = syn::parse_quote! {
            #[serde(with = "module", bound(serialize = "T: X"), alias = "sent", rename(serialize = "shipped", deserialize = "gone"))]
            Shipped
        };
        let symbol = Spelling::default().symbol(&variant);
        assert_eq!(symbol.written, "shipped");
        assert_eq!(symbol.also_read, ["sent", "gone"]);
    }
}
