//! What a type is made of, part by part, each in the place where serde stores it.

use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, Member, Type, Variant};

use crate::attr;
use crate::errors::Errors;
use crate::stored::{FieldStorage, Omitted, Spelling, Symbol, Tagging, TypeStorage};

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
    /// Its stored names.
    pub(crate) stored: Symbol,
    pub(crate) tagging: Tagging,
    pub(crate) parts: Parts<'a>,
}

/// The parts of a struct or of a variant.
pub(crate) struct Parts<'a> {
    pub(crate) style: Style,
    pub(crate) parts: Vec<Part<'a>>,
    /// Whether serde is told to store it in a form that only its attributes know.
    is_converted: bool,
    /// Whether a name for the whole stands among the parts.
    is_tagged: bool,
}

/// What the parts of a struct or of a variant are together in the stored text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Nothing: `null`, or the bare name of a variant.
    Unit,
    /// The one part that there is.
    Whole,
    /// A list.
    Items,
    /// An object.
    Fields,
}

/// A field.
pub(crate) struct Part<'a> {
    pub(crate) member: Member,
    pub(crate) place: Place,
    pub(crate) ty: &'a Type,
    /// Whether it is marked `check`.
    pub(crate) is_checked: bool,
    pub(crate) storage: FieldStorage,
}

/// Where a part stands inside of the value it belongs to.
pub(crate) enum Place {
    /// Under its stored name.
    Field(Symbol),
    /// In a list.
    Item(usize),
    /// It is all that is stored of the value, or lies flat in it.
    Whole,
}

impl<'a> Shape<'a> {
    /// `attribute` is the one whose marks the fields carry.
    pub(crate) fn read(cx: &mut Errors, attribute: &'static str, input: &'a DeriveInput) -> Self {
        let storage = TypeStorage::of(&input.attrs);
        match &input.data {
            Data::Struct(data) => {
                let spelling = Spelling::of(&input.attrs);
                let parts = Parts::read(cx, attribute, spelling, storage, &data.fields);
                Self::Struct(parts)
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
        let (of_all, own) = (TypeStorage::of(outer), TypeStorage::of(&variant.attrs));
        let storage = TypeStorage {
            is_transparent: false,
            is_converted: of_all.is_converted || own.is_converted,
            is_tagged: false,
        };
        Self {
            ident: &variant.ident,
            stored: Spelling::of(outer).symbol(variant),
            tagging: Tagging::of(outer, variant),
            parts: Parts::read(cx, attribute, spelling, storage, &variant.fields),
        }
    }

    /// Whether all that is stored of it, where it has no parts, is its name.
    pub(crate) fn is_bare_name(&self) -> bool {
        self.tagging == Tagging::External && !self.parts.is_converted
    }

    /// The name around its parts in the stored text.
    pub(crate) fn around(&self) -> Option<&str> {
        match &self.tagging {
            Tagging::External => Some(&self.stored.written),
            Tagging::Adjacent(content) => Some(content),
            Tagging::Internal | Tagging::None => None,
        }
    }
}

impl<'a> Parts<'a> {
    fn read(
        cx: &mut Errors,
        attribute: &'static str,
        spelling: Spelling,
        storage: TypeStorage,
        fields: &'a Fields,
    ) -> Self {
        let style = match fields {
            _ if storage.is_transparent => Style::Whole,
            Fields::Named(_) => Style::Fields,
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Style::Whole,
            Fields::Unnamed(_) => Style::Items,
            Fields::Unit => Style::Unit,
        };
        let mut parts = Vec::with_capacity(fields.len());
        for (index, (member, field)) in fields.members().zip(fields).enumerate() {
            let storage = FieldStorage::of(field);
            let place = match &field.ident {
                _ if style == Style::Whole || storage.is_flat => Place::Whole,
                Some(ident) => Place::Field(spelling.field(ident, field)),
                None => Place::Item(index),
            };
            parts.push(Part {
                member,
                place,
                ty: &field.ty,
                is_checked: attr::is_marked_check(cx, attribute, &field.attrs),
                storage,
            });
        }
        Self {
            style,
            parts,
            is_converted: storage.is_converted,
            is_tagged: storage.is_tagged,
        }
    }

    pub(crate) fn is_checked(&self) -> bool {
        self.parts.iter().any(|part| part.is_checked)
    }

    /// Whether serde is told to store the whole in another form.
    pub(crate) fn is_converted(&self) -> bool {
        self.is_converted
    }

    /// Whether something else is stored with the parts.
    pub(crate) fn is_tagged(&self) -> bool {
        self.is_tagged
    }

    /// Whether the stored text follows from the types of the parts.
    pub(crate) fn is_plain(&self) -> bool {
        let is_plain = |part: &Part<'_>| {
            let storage = &part.storage;
            !storage.is_flat && !storage.is_converted && storage.omitted != Omitted::ByRule
        };
        !self.is_converted && !self.is_tagged && self.stored().all(is_plain)
    }

    /// The parts that are stored.
    pub(crate) fn stored(&self) -> impl Iterator<Item = &Part<'a>> {
        self.parts.iter().filter(|part| !part.storage.is_skipped)
    }
}
