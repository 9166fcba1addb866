//! What a type is made of, part by part, each in the place where serde stores it.

use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, Member, Type, Variant};

use crate::attr;
use crate::errors::Errors;
use crate::stored::{FieldStorage, Spelling, Tagging};

/// What a type is made of.
pub(crate) enum Shape<'a> {
    Struct(Parts<'a>),
    Enum(Vec<VariantParts<'a>>),
    /// A union of Rust, which is refused.
    Unknown,
}

/// A variant of an enum.
pub(crate) struct VariantParts<'a> {
    pub(crate) ident: &'a Ident,
    /// The names around its parts in the stored text, outermost first.
    pub(crate) around: Vec<String>,
    pub(crate) parts: Parts<'a>,
}

/// The parts of a struct or of a variant, those left out that are not stored.
pub(crate) struct Parts<'a> {
    pub(crate) parts: Vec<Part<'a>>,
}

/// A field.
pub(crate) struct Part<'a> {
    pub(crate) member: Member,
    pub(crate) place: Place,
    pub(crate) ty: &'a Type,
    /// Whether it is marked `check`.
    pub(crate) is_checked: bool,
}

/// Where a part stands inside of the value it belongs to.
pub(crate) enum Place {
    /// Under its stored name.
    Field(String),
    /// In a list.
    Item(usize),
    /// It is all that is stored of the value, or lies flat in it.
    Whole,
}

impl<'a> Shape<'a> {
    /// `attribute` is the one whose marks the fields carry.
    pub(crate) fn read(cx: &mut Errors, attribute: &'static str, input: &'a DeriveInput) -> Self {
        match &input.data {
            Data::Struct(data) => {
                let spelling = Spelling::of(&input.attrs);
                Self::Struct(Parts::read(cx, attribute, spelling, &data.fields))
            }
            Data::Enum(data) => {
                let variants = data.variants.iter();
                let read = |variant| VariantParts::read(cx, attribute, &input.attrs, variant);
                Self::Enum(variants.map(read).collect())
            }
            Data::Union(_) => Self::Unknown,
        }
    }

    /// Whether any field in it is marked `check`.
    pub(crate) fn is_checked(&self) -> bool {
        match self {
            Self::Struct(parts) => parts.is_checked(),
            Self::Enum(variants) => variants.iter().any(|variant| variant.parts.is_checked()),
            Self::Unknown => false,
        }
    }
}

impl<'a> VariantParts<'a> {
    fn read(
        cx: &mut Errors,
        attribute: &'static str,
        outer: &[Attribute],
        variant: &'a Variant,
    ) -> Self {
        if let Some(mark) = variant.attrs.iter().find(|a| a.path().is_ident(attribute)) {
            cx.error(
                mark.path().span(),
                format_args!("nothing can be said about a variant by `{attribute}`"),
                "mark the fields in it: `#[value(check)]`",
            );
        }
        let spelling = Spelling::inside(outer, variant);
        Self {
            ident: &variant.ident,
            around: Tagging::of(outer, variant).around(Spelling::of(outer).symbol(variant).written),
            parts: Parts::read(cx, attribute, spelling, &variant.fields),
        }
    }
}

impl<'a> Parts<'a> {
    fn read(
        cx: &mut Errors,
        attribute: &'static str,
        spelling: Spelling,
        fields: &'a Fields,
    ) -> Self {
        let is_newtype = matches!(fields, Fields::Unnamed(_)) && fields.len() == 1;
        let mut parts = Vec::with_capacity(fields.len());
        for (index, (member, field)) in fields.members().zip(fields).enumerate() {
            let storage = FieldStorage::of(&field.attrs);
            let place = match &field.ident {
                _ if is_newtype || storage.is_flat => Place::Whole,
                Some(ident) => Place::Field(spelling.field(ident, field)),
                None => Place::Item(index),
            };
            parts.push(Part {
                member,
                place,
                ty: &field.ty,
                is_checked: attr::is_marked_check(cx, attribute, &field.attrs),
            });
        }
        Self { parts }
    }

    pub(crate) fn is_checked(&self) -> bool {
        self.parts.iter().any(|part| part.is_checked)
    }
}
