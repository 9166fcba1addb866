//! The error of an aggregate: everything that its commands can be refused with, and the words for it.

use super::{docs, scope::Scope, types::Kind};
use crate::model::{Aggregate, MessagePart, Rejection, Type, TypeKind};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

/// The enum and its impls.
pub(super) fn errors(scope: &Scope<'_>, aggregate: &Aggregate) -> Vec<TokenStream> {
    let name = name(aggregate);
    let doc = docs::lines(&format!(
        "Why {} refuses a command.",
        docs::code(aggregate.name.rust.plain())
    ));
    let variants = aggregate
        .rejections
        .iter()
        .map(|rejection| variant(scope, rejection));
    let wrong_status = wrong_status(scope, aggregate);
    let declaration = quote! {
        #doc
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum #name { #(#variants)* #wrong_status }
    };
    vec![
        declaration,
        display(scope, aggregate),
        quote!(impl std::error::Error for #name {}),
    ]
}

/// What the error of an aggregate is called.
pub(super) fn name(aggregate: &Aggregate) -> Ident {
    format_ident!("{}Error", aggregate.name.rust.plain())
}

/// Whether a command of the aggregate is allowed in some statuses only.
pub(super) fn has_wrong_status(aggregate: &Aggregate) -> bool {
    aggregate
        .commands
        .iter()
        .any(|command| command.allowed.is_some())
}

fn variant(scope: &Scope<'_>, rejection: &Rejection) -> TokenStream {
    let name = rejection.name.ident();
    let doc = docs::lines(&docs::sentence(&text(rejection, |detail| {
        format!("`{detail}`")
    })));
    if rejection.details.is_empty() {
        return quote!(#doc #name,);
    }
    let details = rejection.details.iter().map(|detail| {
        let (name, ty) = (detail.name.ident(), scope.ty(&detail.ty));
        quote!(#name: #ty,)
    });
    quote!(#doc #name { #(#details)* },)
}

fn wrong_status(scope: &Scope<'_>, aggregate: &Aggregate) -> TokenStream {
    match &aggregate.lifecycle {
        Some(lifecycle) if has_wrong_status(aggregate) => {
            let status = scope.declared(lifecycle.ty);
            quote! {
                /// The command is not allowed in this status.
                WrongStatus { command: &'static str, status: #status },
            }
        }
        _ => quote!(),
    }
}

/// The words for a rejection: its message, else its name.
fn text(rejection: &Rejection, detail: impl Fn(&str) -> String) -> String {
    let Some(message) = &rejection.message else {
        return docs::words(rejection.name.rust.plain());
    };
    let parts = message.parts.iter().map(|part| match part {
        MessagePart::Text(text) => text.clone(),
        MessagePart::Detail(place) => detail(rejection.details[*place].name.rust.plain()),
    });
    parts.collect()
}

fn display(scope: &Scope<'_>, aggregate: &Aggregate) -> TokenStream {
    let name = name(aggregate);
    let mut arms: Vec<_> = aggregate
        .rejections
        .iter()
        .map(|rejection| arm(scope, rejection))
        .collect();
    if has_wrong_status(aggregate) {
        let subject = docs::words(aggregate.name.rust.plain());
        let message = format!("`{{command}}` is not allowed while the {subject} is {{status}}");
        arms.push(quote! {
            Self::WrongStatus { command, status } => write!(f, #message),
        });
    }
    let (f, body) = if arms.is_empty() {
        (quote!(_f), quote!(match *self {}))
    } else {
        (quote!(f), quote!(match self { #(#arms)* }))
    };
    quote! {
        impl std::fmt::Display for #name {
            fn fmt(&self, #f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                #body
            }
        }
    }
}

fn arm(scope: &Scope<'_>, rejection: &Rejection) -> TokenStream {
    let name = rejection.name.ident();
    let shown: Vec<usize> = (0..rejection.details.len())
        .filter(|place| is_shown(rejection, *place))
        .collect();
    let pattern = match (rejection.details.len(), shown.len()) {
        (0, _) => quote!(),
        (_, 0) => quote!({ .. }),
        (all, some) => {
            let bindings = shown.iter().map(|place| binding(rejection, *place));
            let rest = (some < all).then(|| quote!(..));
            quote!({ #(#bindings,)* #rest })
        }
    };
    if shown.is_empty() {
        let message = text(rejection, str::to_owned);
        return quote!(Self::#name #pattern => f.write_str(#message),);
    }
    let message = template(scope, rejection);
    quote!(Self::#name #pattern => write!(f, #message),)
}

/// The message as a format string; details are named in it as they are bound.
fn template(scope: &Scope<'_>, rejection: &Rejection) -> String {
    let parts = rejection.message.iter().flat_map(|message| &message.parts);
    parts
        .map(|part| match part {
            MessagePart::Text(text) => text.replace('{', "{{").replace('}', "}}"),
            MessagePart::Detail(place) => {
                let style = if has_display(scope, &rejection.details[*place].ty) {
                    ""
                } else {
                    ":?"
                };
                format!("{{{}{style}}}", bound_name(rejection, *place))
            }
        })
        .collect()
}

fn binding(rejection: &Rejection, place: usize) -> TokenStream {
    let (name, bound) = (
        rejection.details[place].name.ident(),
        bound_name(rejection, place),
    );
    let bound = Ident::new(&bound, Span::call_site());
    if name == bound {
        quote!(#name)
    } else {
        quote!(#name: #bound)
    }
}

/// What a detail is called in a pattern: its name, unless that is the formatter's or cannot stand in a format string.
fn bound_name(rejection: &Rejection, place: usize) -> String {
    let name = &rejection.details[place].name.rust;
    if name.as_str() == "f" || name.as_str().starts_with("r#") {
        format!("{}_", name.plain())
    } else {
        name.as_str().to_owned()
    }
}

fn is_shown(rejection: &Rejection, place: usize) -> bool {
    let mut parts = rejection.message.iter().flat_map(|message| &message.parts);
    parts.any(|part| *part == MessagePart::Detail(place))
}

fn has_display(scope: &Scope<'_>, ty: &Type) -> bool {
    match ty {
        Type::Option(_) | Type::Vec(_) | Type::Map(..) | Type::Set(_) | Type::Mistaken => false,
        Type::Box(inner) => has_display(scope, inner),
        Type::Declared(id) => match &scope.model().type_def(*id).kind {
            TypeKind::Newtype(_) if scope.model().is_id(*id) => true,
            TypeKind::Newtype(inner) => Kind::of(inner) != Kind::Plain,
            TypeKind::Enum(_) => true,
            TypeKind::Object(_)
            | TypeKind::Union(_)
            | TypeKind::Own { .. }
            | TypeKind::Mistaken => false,
        },
        _ => true,
    }
}
