//! Expands `derive(Id)`, and `derive(Value)` on a tuple struct of one field.
//!
//! What the inner type can do, the newtype can do too. A bound without parameters would be refused where it does not
//! hold; under `for<'__a>` it is put off until somebody needs the impl, so that nothing has to be known about the inner
//! type by its name.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Path, Type};

use crate::expand_checks;
use crate::expand_describe;
use crate::model::Id;
use crate::place;

/// The parts that the expansions are made of.
#[derive(Clone, Copy)]
struct Newtype<'a> {
    krate: &'a Path,
    ident: &'a Ident,
    inner: &'a Type,
}

/// Everything that an id needs; nothing has to be derived beside it.
pub(crate) fn id(id: &Id<'_>, inner: &Type) -> TokenStream {
    let (krate, ident) = (&id.item.krate, id.item.ident);
    let newtype = Newtype {
        krate,
        ident,
        inner,
    };
    let parts = [
        newtype.inherent(),
        newtype.copies(),
        newtype.compares(),
        newtype.debug(),
        newtype.display(),
        newtype.parse(),
        newtype.text(),
        newtype.serde(),
    ];
    let checked = expand_checks::id(id, inner);
    let check_id = expand_checks::check_id(id);
    let description = expand_describe::id(id, inner);
    quote! {
        #(#parts)*
        #checked
        #description
        #[automatically_derived]
        impl #krate::Id for #ident {
            #check_id
        }
    }
}

/// What a value of text needs.
pub(crate) fn text(krate: &Path, ident: &Ident, inner: &Type) -> TokenStream {
    let newtype = Newtype {
        krate,
        ident,
        inner,
    };
    let checks = [
        newtype.must_be(quote!(::core::fmt::Display)),
        newtype.must_be(quote!(::core::str::FromStr)),
    ];
    let parts = [
        newtype.inherent(),
        newtype.display(),
        newtype.parse(),
        newtype.text(),
    ];
    quote!(#(#parts)* #(#checks)*)
}

/// What money needs.
pub(crate) fn number(krate: &Path, ident: &Ident, inner: &Type) -> TokenStream {
    let newtype = Newtype {
        krate,
        ident,
        inner,
    };
    let parts = [
        newtype.inherent(),
        newtype.display(),
        newtype.parse(),
        newtype.zero(),
        newtype.adds(),
        newtype.multiplies(),
        newtype.sums(),
        newtype.must_be(quote!(#krate::Number)),
    ];
    quote!(#(#parts)*)
}

impl Newtype<'_> {
    /// One mistake told once, where the inner type stands.
    fn must_be(self, bound: TokenStream) -> TokenStream {
        let inner = self.inner;
        quote_spanned! {place::at(inner.span())=>
            const _: () = {
                const fn __must_be<__T: #bound>() {}
                __must_be::<#inner>();
            };
        }
    }

    fn inherent(self) -> TokenStream {
        let Self { ident, inner, .. } = self;
        quote! {
            #[automatically_derived]
            #[allow(dead_code)]
            impl #ident {
                /// Wraps `inner`.
                #[must_use]
                pub fn new(inner: impl ::core::convert::Into<#inner>) -> Self {
                    Self(::core::convert::Into::into(inner))
                }

                /// What it is made over.
                #[must_use]
                pub fn get(&self) -> &#inner {
                    &self.0
                }

                /// What it is made over, taken out.
                #[must_use]
                pub fn into_inner(self) -> #inner {
                    self.0
                }
            }
            #[automatically_derived]
            impl ::core::convert::From<#inner> for #ident {
                fn from(__inner: #inner) -> Self {
                    Self(__inner)
                }
            }
        }
    }

    fn copies(self) -> TokenStream {
        let Self { ident, inner, .. } = self;
        quote! {
            #[automatically_derived]
            impl ::core::clone::Clone for #ident
            where
                for<'__a> #inner: ::core::clone::Clone,
            {
                fn clone(&self) -> Self {
                    Self(::core::clone::Clone::clone(&self.0))
                }
            }
            #[automatically_derived]
            impl ::core::marker::Copy for #ident
            where
                for<'__a> #inner: ::core::marker::Copy,
            {}
        }
    }

    fn compares(self) -> TokenStream {
        let Self { ident, inner, .. } = self;
        quote! {
            #[automatically_derived]
            impl ::core::cmp::PartialEq for #ident
            where
                for<'__a> #inner: ::core::cmp::PartialEq,
            {
                fn eq(&self, __other: &Self) -> ::core::primitive::bool {
                    ::core::cmp::PartialEq::eq(&self.0, &__other.0)
                }
            }
            #[automatically_derived]
            impl ::core::cmp::Eq for #ident
            where
                for<'__a> #inner: ::core::cmp::Eq,
            {}
            #[automatically_derived]
            impl ::core::cmp::PartialOrd for #ident
            where
                for<'__a> #inner: ::core::cmp::PartialOrd,
            {
                fn partial_cmp(
                    &self,
                    __other: &Self,
                ) -> ::core::option::Option<::core::cmp::Ordering> {
                    ::core::cmp::PartialOrd::partial_cmp(&self.0, &__other.0)
                }
            }
            #[automatically_derived]
            impl ::core::cmp::Ord for #ident
            where
                for<'__a> #inner: ::core::cmp::Ord,
            {
                fn cmp(&self, __other: &Self) -> ::core::cmp::Ordering {
                    ::core::cmp::Ord::cmp(&self.0, &__other.0)
                }
            }
            #[automatically_derived]
            impl ::core::hash::Hash for #ident
            where
                for<'__a> #inner: ::core::hash::Hash,
            {
                fn hash<__H: ::core::hash::Hasher>(&self, __state: &mut __H) {
                    ::core::hash::Hash::hash(&self.0, __state)
                }
            }
        }
    }

    fn debug(self) -> TokenStream {
        let Self { ident, inner, .. } = self;
        let name = ident.to_string();
        quote! {
            #[automatically_derived]
            impl ::core::fmt::Debug for #ident
            where
                for<'__a> #inner: ::core::fmt::Debug,
            {
                fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    __f.debug_tuple(#name).field(&self.0).finish()
                }
            }
        }
    }

    fn display(self) -> TokenStream {
        let Self { ident, inner, .. } = self;
        quote! {
            #[automatically_derived]
            impl ::core::fmt::Display for #ident
            where
                for<'__a> #inner: ::core::fmt::Display,
            {
                fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    ::core::fmt::Display::fmt(&self.0, __f)
                }
            }
        }
    }

    fn parse(self) -> TokenStream {
        let Self { ident, inner, .. } = self;
        quote! {
            #[automatically_derived]
            impl ::core::str::FromStr for #ident
            where
                for<'__a> #inner: ::core::str::FromStr,
            {
                type Err = <#inner as ::core::str::FromStr>::Err;

                fn from_str(
                    __text: &::core::primitive::str,
                ) -> ::core::result::Result<Self, Self::Err> {
                    <#inner as ::core::str::FromStr>::from_str(__text).map(Self)
                }
            }
        }
    }

    fn text(self) -> TokenStream {
        let Self { ident, inner, .. } = self;
        quote! {
            #[automatically_derived]
            impl ::core::convert::AsRef<::core::primitive::str> for #ident
            where
                for<'__a> #inner: ::core::convert::AsRef<::core::primitive::str>,
            {
                fn as_ref(&self) -> &::core::primitive::str {
                    ::core::convert::AsRef::as_ref(&self.0)
                }
            }
            #[automatically_derived]
            impl<'__t> ::core::convert::From<&'__t ::core::primitive::str> for #ident
            where
                for<'__a> #inner: ::core::convert::From<&'__a ::core::primitive::str>,
            {
                fn from(__text: &'__t ::core::primitive::str) -> Self {
                    Self(::core::convert::From::from(__text))
                }
            }
        }
    }

    fn serde(self) -> TokenStream {
        let Self {
            krate,
            ident,
            inner,
        } = self;
        let serde = quote!(#krate::expansion::serde);
        quote! {
            #[automatically_derived]
            impl #serde::Serialize for #ident
            where
                for<'__a> #inner: #serde::Serialize,
            {
                fn serialize<__S: #serde::Serializer>(
                    &self,
                    __serializer: __S,
                ) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #serde::Serialize::serialize(&self.0, __serializer)
                }
            }
            #[automatically_derived]
            impl<'__de> #serde::Deserialize<'__de> for #ident
            where
                for<'__a> #inner: #serde::Deserialize<'__de>,
            {
                fn deserialize<__D: #serde::Deserializer<'__de>>(
                    __deserializer: __D,
                ) -> ::core::result::Result<Self, __D::Error> {
                    <#inner as #serde::Deserialize<'__de>>::deserialize(__deserializer).map(Self)
                }
            }
        }
    }

    fn zero(self) -> TokenStream {
        let Self {
            krate,
            ident,
            inner,
        } = self;
        quote! {
            #[automatically_derived]
            impl #ident
            where
                for<'__a> #inner: #krate::Number,
            {
                /// Nothing.
                pub const ZERO: Self = Self(<#inner as #krate::Number>::ZERO);
            }
        }
    }

    fn adds(self) -> TokenStream {
        [
            ("Add", "add", "AddAssign", "add_assign"),
            ("Sub", "sub", "SubAssign", "sub_assign"),
        ]
        .map(|names| self.adds_by(names))
        .into_iter()
        .collect()
    }

    /// One operator on two of the newtype, and its assigning form.
    fn adds_by(self, names: (&str, &str, &str, &str)) -> TokenStream {
        let Self {
            krate,
            ident,
            inner,
        } = self;
        let call_site = |name| Ident::new(name, Span::call_site());
        let (operator, operate) = (call_site(names.0), call_site(names.1));
        let (assigning, assign) = (call_site(names.2), call_site(names.3));
        quote! {
            #[automatically_derived]
            impl ::core::ops::#operator for #ident
            where
                for<'__a> #inner: #krate::Number,
            {
                type Output = Self;

                #[track_caller]
                fn #operate(self, __other: Self) -> Self {
                    Self(#krate::number::#operate(self.0, __other.0))
                }
            }
            #[automatically_derived]
            impl ::core::ops::#assigning for #ident
            where
                for<'__a> #inner: #krate::Number,
            {
                #[track_caller]
                fn #assign(&mut self, __other: Self) {
                    self.0 = #krate::number::#operate(self.0, __other.0);
                }
            }
        }
    }

    fn multiplies(self) -> TokenStream {
        let Self {
            krate,
            ident,
            inner,
        } = self;
        quote! {
            #[automatically_derived]
            impl<__F: #krate::Factor> ::core::ops::Mul<__F> for #ident
            where
                for<'__a> #inner: #krate::Number,
            {
                type Output = Self;

                #[track_caller]
                fn mul(self, __factor: __F) -> Self {
                    Self(#krate::number::mul(self.0, __factor))
                }
            }
            #[automatically_derived]
            impl ::core::ops::Neg for #ident
            where
                for<'__a> #inner: #krate::Number + ::core::ops::Neg,
            {
                type Output = Self;

                #[track_caller]
                fn neg(self) -> Self {
                    Self(#krate::number::neg(self.0))
                }
            }
        }
    }

    fn sums(self) -> TokenStream {
        let Self {
            krate,
            ident,
            inner,
        } = self;
        quote! {
            #[automatically_derived]
            impl ::core::iter::Sum for #ident
            where
                for<'__a> #inner: #krate::Number,
            {
                #[track_caller]
                fn sum<__I: ::core::iter::Iterator<Item = Self>>(__numbers: __I) -> Self {
                    let mut __sum = <#inner as #krate::Number>::ZERO;
                    for __number in __numbers {
                        __sum = #krate::number::add(__sum, __number.0);
                    }
                    Self(__sum)
                }
            }
            #[automatically_derived]
            impl<'__n> ::core::iter::Sum<&'__n Self> for #ident
            where
                for<'__a> #inner: #krate::Number,
            {
                #[track_caller]
                fn sum<__I: ::core::iter::Iterator<Item = &'__n Self>>(__numbers: __I) -> Self {
                    let mut __sum = <#inner as #krate::Number>::ZERO;
                    for __number in __numbers {
                        __sum = #krate::number::add(__sum, __number.0);
                    }
                    Self(__sum)
                }
            }
        }
    }
}
