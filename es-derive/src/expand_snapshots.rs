//! Expands `snapshot(..)` of an aggregate: how its states are kept, and the fingerprint of what they are made of.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::expand_describe;
use crate::model::{Aggregate, Effect};
use crate::parts::Shape;
use crate::place;

/// The constant of the impl; nothing where no snapshots are asked for, or the state cannot be kept.
pub(crate) fn constant(aggregate: &Aggregate<'_>) -> Option<TokenStream> {
    let snapshots = aggregate.snapshots.as_ref()?;
    let Shape::Struct(parts) = &aggregate.shape else {
        return None;
    };
    let item = &aggregate.item;
    let (krate, ident) = (&item.krate, item.ident);
    let mut shapes = expand_describe::Shapes::of(item);
    let state = expand_describe::content(&mut shapes, parts)?;
    let probe = shapes.probe();
    let (name, rules) = (&aggregate.name.text, &aggregate.rules);
    let (every, revision) = (snapshots.every, aggregate.revision);
    let described = parts.stored().map(|part| {
        let (span, ty) = (place::at(part.ty.span()), part.ty);
        let krate = place::moved(krate, span);
        quote_spanned!(span=> #krate::expansion::described::<#ty>();)
    });
    let events = aggregate.typed_events().map(|event| &event.path);
    let splits = aggregate.events.iter();
    let splits = splits.filter(|event| event.effect == Effect::Split);
    let splits = splits.map(|event| &event.path);
    let span = place::at(snapshots.place);
    let kept = place::moved(ident, span);
    let keep = quote_spanned! {span=>
        #krate::Snapshots::<#kept>::new(__every, __fingerprint, __is_equal)
    };
    Some(quote! {
        const SNAPSHOTS: ::core::option::Option<#krate::Snapshots<Self>> = {
            #(#described)*
            #probe
            #[allow(unused_imports)]
            use #krate::expansion::Incomparable as _;
            const __STATE: #krate::describe::StateDescription =
                #krate::describe::StateDescription::new(
                    #name,
                    #state,
                    &[
                        #(#krate::expansion::Listed::<#ident, #events>::VERSIONED,)*
                        #(#krate::expansion::Splits::<#ident, #splits>::VERSIONED,)*
                    ],
                    #rules,
                    #revision,
                );
            fn __fingerprint() -> #krate::Fingerprint {
                static __FINGERPRINT: ::std::sync::OnceLock<#krate::Fingerprint> =
                    ::std::sync::OnceLock::new();
                *__FINGERPRINT.get_or_init(|| __STATE.fingerprint())
            }
            let __is_equal = #krate::expansion::Compared::<#ident>::IS_EQUAL;
            match ::core::num::NonZeroU32::new(#every) {
                ::core::option::Option::Some(__every) => ::core::option::Option::Some(#keep),
                ::core::option::Option::None => ::core::option::Option::None,
            }
        };
    })
}
