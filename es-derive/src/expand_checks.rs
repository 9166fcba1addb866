//! Expands what is checked in a command before it is decided: the rule of a newtype, and the fields marked `check`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Path, Type};

use crate::attr::Rule;
use crate::model::{Command, Id, Value};
use crate::parts::{Part, Parts, Place, Shape, VariantParts};
use crate::place;

/// The impl of `Checked` for a value, unless there is something in it of which nobody has said whether to look into it.
pub(crate) fn value(value: &Value<'_>) -> Option<TokenStream> {
    let (krate, ident) = (&value.item.krate, value.item.ident);
    if let Some(inner) = value.item.inner() {
        let has_text = value.number.is_some() || value.text.is_some();
        let invalid = match has_text {
            true => quote!(#krate::Invalid::new(&self.0)),
            false => quote!(#krate::expansion::invalid(&self.0)),
        };
        let rule = value.rule.as_ref();
        return Some(newtype(krate, ident, inner, &value.shape, rule, &invalid));
    }
    if value.symbols.is_some() {
        return Some(nothing(krate, ident));
    }
    let looks = value.shape.is_checked().then(|| looks(krate, &value.shape));
    looks.map(|looks| checked(krate, ident, None, &looks))
}

/// The impl of `Checked` for an id.
pub(crate) fn id(id: &Id<'_>, inner: &Type) -> TokenStream {
    let (krate, ident) = (&id.item.krate, id.item.ident);
    let invalid = quote!(#krate::Invalid::new(&self.0));
    newtype(krate, ident, inner, &id.shape, id.rule.as_ref(), &invalid)
}

/// The method of `Id`, where an id can be invalid.
pub(crate) fn check_id(id: &Id<'_>) -> Option<TokenStream> {
    let krate = &id.item.krate;
    let can_be_invalid = id.rule.is_some() || id.shape.is_checked();
    can_be_invalid.then(|| {
        quote! {
            fn check_id(&self) -> ::core::result::Result<(), #krate::Invalid> {
                #krate::Checked::check(self)
            }
        }
    })
}

/// The method of `Command`, where a field is marked.
pub(crate) fn command(command: &Command<'_>) -> Option<TokenStream> {
    let krate = &command.item.krate;
    let shape = &command.shape;
    shape
        .is_checked()
        .then(|| method(krate, &looks(krate, shape)))
}

/// Nothing in it is checked.
pub(crate) fn nothing(krate: &Path, ident: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #krate::Checked for #ident {}
    }
}

/// A rule says all there is to say about the inner value, unless that is marked as well; without a rule a newtype is
/// checked as what it is made over.
fn newtype(
    krate: &Path,
    ident: &Ident,
    inner: &Type,
    shape: &Shape<'_>,
    rule: Option<&Rule>,
    invalid: &TokenStream,
) -> TokenStream {
    let Some(Rule { condition, .. }) = rule else {
        let look = match shape.is_checked() {
            true => looks(krate, shape),
            false => quote!(<#inner as #krate::Checked>::check(&self.0)),
        };
        let passed_on = (!shape.is_checked()).then_some(inner);
        return checked(krate, ident, passed_on, &look);
    };
    let look = shape.is_checked().then(|| {
        let look = looks(krate, shape);
        quote!(#look?;)
    });
    let value = place::spoken_of("value", condition);
    let body = quote! {
        #look
        let #value = &self.0;
        let __is_valid: ::core::primitive::bool = #condition;
        if __is_valid {
            ::core::result::Result::Ok(())
        } else {
            ::core::result::Result::Err(#invalid)
        }
    };
    checked(krate, ident, None, &body)
}

/// The bound on what a newtype passes on to is put off until somebody needs the impl, as all bounds of newtypes are.
fn checked(
    krate: &Path,
    ident: &Ident,
    passed_on: Option<&Type>,
    body: &TokenStream,
) -> TokenStream {
    let bound = passed_on.map(|inner| quote!(where for<'__a> #inner: #krate::Checked,));
    let method = method(krate, body);
    quote! {
        #[automatically_derived]
        impl #krate::Checked for #ident #bound {
            #method
        }
    }
}

fn method(krate: &Path, body: &TokenStream) -> TokenStream {
    quote! {
        fn check(&self) -> ::core::result::Result<(), #krate::Invalid> {
            #body
        }
    }
}

/// Looks into all fields that are marked, one after the other.
fn looks(krate: &Path, shape: &Shape<'_>) -> TokenStream {
    match shape {
        Shape::Struct(parts) => {
            let parts = parts.checked().map(|part| {
                let member = place::moved(&part.member, place(part));
                look(krate, part, &quote_spanned!(place(part)=> &self.#member))
            });
            one_after_the_other(parts)
        }
        Shape::Enum(variants) => {
            let checked = variants.iter().filter(|variant| variant.parts.is_checked());
            let arms = checked.map(|variant| arm(krate, variant));
            let all = variants.iter().all(|variant| variant.parts.is_checked());
            let others = (!all).then(|| quote!(_ => ::core::result::Result::Ok(()),));
            quote! {
                match *self {
                    #(#arms)*
                    #others
                }
            }
        }
        Shape::Unknown => nothing_found(),
    }
}

fn arm(krate: &Path, variant: &VariantParts<'_>) -> TokenStream {
    let VariantParts { ident, parts, .. } = variant;
    let members = parts.checked().map(|part| &part.member);
    let bound = (0..).map(|index: usize| format_ident!("__{index}"));
    let bound: Vec<Ident> = bound.take(parts.checked().count()).collect();
    let looks = parts.checked().zip(&bound).map(|(part, bound)| {
        let bound = Ident::new(&bound.to_string(), place(part));
        look(krate, part, &bound)
    });
    let looks = one_after_the_other(looks);
    let around = variant.around();
    let around = around.map(|name| quote!(.map_err(|__invalid| __invalid.in_field(#name))));
    quote! {
        Self::#ident { #(#members: ref #bound,)* .. } => {
            #looks #around
        }
    }
}

/// Fails at the type of the field where that type says nothing about its values.
fn look(krate: &Path, part: &Part<'_>, value: &impl quote::ToTokens) -> TokenStream {
    let place = place(part);
    let krate = place::moved(krate, place);
    match &part.place {
        Place::Field(stored) => {
            let name = &stored.written;
            quote_spanned!(place=> #krate::expansion::check_field(#name, #value))
        }
        Place::Item(index) => {
            quote_spanned!(place=> #krate::expansion::check_item(#index, #value))
        }
        Place::Whole => quote_spanned!(place=> #krate::Checked::check(#value)),
    }
}

fn place(part: &Part<'_>) -> proc_macro2::Span {
    place::at(part.ty.span())
}

fn one_after_the_other(mut looks: impl Iterator<Item = TokenStream>) -> TokenStream {
    let Some(first) = looks.next() else {
        return nothing_found();
    };
    quote!(#first #(.and_then(|()| #looks))*)
}

fn nothing_found() -> TokenStream {
    quote!(::core::result::Result::Ok(()))
}

impl<'a> Parts<'a> {
    fn checked(&self) -> impl Iterator<Item = &Part<'a>> {
        self.parts.iter().filter(|part| part.is_checked)
    }
}
