//! Expands `derive(Projection)`: what its rows are made of, and which rule takes in which event.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Member;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::expand_describe;
use crate::model::{Change, Column, Index, OnError, ProjectedEvent, Projection, last};
use crate::parts::{Part, Parts, Shape};
use crate::place;

pub(crate) fn expand(projection: &Projection<'_>) -> TokenStream {
    let krate = &projection.item.krate;
    let ident = projection.item.ident;
    let name = &projection.name.text;
    let key_type = key_type(&projection.key);
    let events = projection.events.iter().flatten();
    let listed = events.clone().map(|event| listed(projection, event));
    let on_error = on_error(projection);
    let description = description(projection);
    let key = key(&projection.key);
    let copy = copy(projection);
    let arms = events
        .enumerate()
        .map(|(index, event)| arm(projection, index, event));
    let columns = columns(projection);
    let columns_type = columns_type(projection);
    let finders = finders(projection);
    quote! {
        const _: () = {
            #columns_type

            #[automatically_derived]
            impl #krate::Projection for #ident {
                const NAME: &'static ::core::primitive::str = #name;
                type Key = #key_type;
                const EVENTS: &'static [#krate::describe::ProjectedEvent] = &[#(#listed,)*];
                const ON_ERROR: #krate::OnError = #on_error;
                type Columns = __Columns;
                const COLUMNS: Self::Columns = #columns;

                fn description() -> #krate::describe::RowsDescription {
                    #description
                }

                fn key(&self) -> Self::Key {
                    #key
                }

                fn copy_from(&mut self, __other: &Self) {
                    #copy
                }

                fn take_in(
                    __event: ::core::primitive::usize,
                    __rows: &mut #krate::Rows<'_, Self>,
                    __cx: &#krate::EventContext<'_>,
                ) -> ::core::result::Result<(), #krate::ProjectError> {
                    match __event {
                        #(#arms)*
                        _ => ::core::result::Result::Ok(()),
                    }
                }
            }
        };

        #finders
    }
}

/// The type by which readers name the columns. It has no name of its own outside.
pub(crate) fn columns_type(projection: &Projection<'_>) -> TokenStream {
    let (krate, ident) = (&projection.item.krate, projection.item.ident);
    let fields = parts(projection).map(|part| {
        let (member, ty) = (&part.member, part.ty);
        quote!(pub #member: #krate::Column<#ident, #ty>)
    });
    quote! {
        #[doc(hidden)]
        #[allow(missing_docs, missing_debug_implementations, private_interfaces, unreachable_pub)]
        pub struct __Columns { #(#fields,)* }
    }
}

pub(crate) fn columns(projection: &Projection<'_>) -> TokenStream {
    let krate = &projection.item.krate;
    let fields = parts(projection).enumerate().map(|(place, part)| {
        let (member, place) = (&part.member, Literal::usize_unsuffixed(place));
        quote!(#member: #krate::Column::new(#place))
    });
    quote!(__Columns { #(#fields,)* })
}

/// The fields that are stored, and have a name.
fn parts<'p>(projection: &'p Projection<'p>) -> impl Iterator<Item = &'p Part<'p>> {
    let parts = match &projection.shape {
        Shape::Struct(parts) => Some(parts),
        _ => None,
    };
    let parts = parts.into_iter().flat_map(Parts::stored);
    parts.filter(|part| matches!(part.member, Member::Named(_)))
}

/// `find_by_…` for each index that can be written, as all can where there is no mistake.
pub(crate) fn finders(projection: &Projection<'_>) -> Option<TokenStream> {
    let mut indexes: Vec<&Index> = Vec::new();
    for index in &projection.indexes {
        let is_new = indexes.iter().all(|other| other.finder() != index.finder());
        if is_new && has_columns(projection, index) {
            indexes.push(index);
        }
    }
    if indexes.is_empty() {
        return None;
    }
    let ident = projection.item.ident;
    let finders = indexes.into_iter().map(|index| finder(projection, index));
    Some(quote! {
        #[automatically_derived]
        #[allow(dead_code, non_snake_case)]
        impl #ident {
            #(#finders)*
        }
    })
}

/// Whether the columns of the index are columns of the rows, each of them once.
fn has_columns(projection: &Projection<'_>, index: &Index) -> bool {
    let columns = &index.columns;
    let is_stored = |column: &Column| {
        let member = Member::Named(column.field.clone());
        parts(projection).any(|part| part.member == member)
    };
    let is_once = |(at, column): (usize, &Column)| {
        let before = &columns[..at];
        before.iter().all(|other| other.field != column.field)
    };
    !columns.is_empty() && columns.iter().all(is_stored) && columns.iter().enumerate().all(is_once)
}

fn finder(projection: &Projection<'_>, index: &Index) -> TokenStream {
    let (krate, vis) = (&projection.item.krate, projection.item.vis);
    let names: Vec<_> = index
        .columns
        .iter()
        .map(|column| column.field.unraw().to_string())
        .collect();
    let name = format_ident!("{}", index.finder());
    let doc = format!(" The rows of that `{}`.", names.join("` and `"));
    let params = index.columns.iter().map(|column| {
        let (field, ty) = (&column.field, &column.ty);
        quote!(#field: &#ty)
    });
    // So that it is no parameter, whatever a column is called.
    let row = Ident::new("__row", Span::mixed_site());
    let filters = index.columns.iter().map(|column| {
        let field = &column.field;
        quote!(.filter(|#row| #krate::Column::is(&#row.#field, #field)))
    });
    quote! {
        #[doc = #doc]
        #vis fn #name(#(#params),*) -> #krate::Find<Self> {
            #krate::Find::<Self>::all() #(#filters)*
        }
    }
}

/// Nothing, the type of the one column, or a tuple.
pub(crate) fn key_type(columns: &[Column]) -> TokenStream {
    let types = columns.iter().map(|column| &column.ty);
    match columns {
        [_] => quote!(#(#types)*),
        _ => quote!((#(#types),*)),
    }
}

fn key(columns: &[Column]) -> TokenStream {
    let clones = columns.iter().map(|column| {
        let place = place::at(column.ty.span());
        let field = place::moved(&column.field, place);
        quote_spanned!(place=> ::core::clone::Clone::clone(&self.#field))
    });
    match columns {
        [] => TokenStream::new(),
        [_] => quote!(#(#clones)*),
        _ => quote!((#(#clones),*)),
    }
}

/// Field by field, which keeps what each has allocated; the derive of `Clone` does not.
fn copy(projection: &Projection<'_>) -> TokenStream {
    let parts = match &projection.shape {
        Shape::Struct(parts) => parts.parts.as_slice(),
        _ => &[],
    };
    let copied = parts.iter().map(|part| {
        let place = place::at(part.ty.span());
        let member = &part.member;
        quote_spanned!(place=> ::core::clone::Clone::clone_from(&mut self.#member, &__other.#member);)
    });
    quote!(#(#copied)*)
}

/// What is known of the event, as long as it is one of its aggregate's.
fn listed(projection: &Projection<'_>, event: &ProjectedEvent) -> TokenStream {
    let place = place::at(last(&event.path).span());
    let krate = place::moved(&projection.item.krate, place);
    let (aggregate, path) = (aggregate(event), &event.path);
    quote_spanned!(place=> #krate::expansion::projected::<#aggregate, #path>())
}

/// Whose event it is; left to the compiler where that is not said.
fn aggregate(event: &ProjectedEvent) -> TokenStream {
    match &event.aggregate {
        Some(aggregate) => quote!(#aggregate),
        None => quote!(_),
    }
}

fn on_error(projection: &Projection<'_>) -> TokenStream {
    let krate = &projection.item.krate;
    match projection.on_error {
        OnError::Stop => quote!(#krate::OnError::Stop),
        OnError::Park => quote!(#krate::OnError::Park),
        OnError::Retry(times) => quote!(#krate::OnError::Retry(#times)),
    }
}

/// Nothing where a row is not stored as its fields, which is refused before.
fn description(projection: &Projection<'_>) -> Option<TokenStream> {
    let Shape::Struct(parts) = &projection.shape else {
        return None;
    };
    let item = &projection.item;
    let (krate, ident) = (&item.krate, item.ident);
    let mut shapes = expand_describe::Shapes::of(item);
    let content = expand_describe::content(&mut shapes, parts)?;
    let probe = shapes.probe();
    let described = parts.stored().map(|part| {
        let (place, ty) = (place::at(part.ty.span()), part.ty);
        let krate = place::moved(krate, place);
        quote_spanned!(place=> #krate::expansion::described::<#ty>();)
    });
    let name = &projection.name.text;
    let key = names(&projection.key);
    let indexes = projection.indexes.iter().map(|index| names(&index.columns));
    let (rules, revision) = (&projection.rules, projection.revision);
    Some(quote! {
        #(#described)*
        const __ROWS: #krate::describe::RowsDescription = {
            #probe
            #krate::describe::RowsDescription::new(
                #name,
                #content,
                #key,
                &[#(#indexes,)*],
                <#ident as #krate::Projection>::EVENTS,
                #rules,
                #revision,
            )
            .held_by(#krate::expansion::hold_rows::<#ident>())
        };
        __ROWS
    })
}

/// The stored names.
fn names(columns: &[Column]) -> TokenStream {
    let names = columns.iter().map(|column| &column.name);
    quote!(&[#(#names,)*])
}

/// Takes the event in by its rules. Which of them is missing, the compiler tells at the name of what they are given.
fn arm(projection: &Projection<'_>, index: usize, event: &ProjectedEvent) -> TokenStream {
    let (path, given) = (&event.path, event.given());
    let place = place::at(last(given).span());
    let krate = place::moved(&projection.item.krate, place);
    let index = Literal::usize_unsuffixed(index);
    let change = event.change.word().map(|word| Ident::new(word, place));
    let key = (event.change != Change::Rows).then(|| {
        if event.by_rule {
            return quote_spanned!(place=> , #krate::expansion::ByRule);
        }
        let aggregate = aggregate(event);
        quote_spanned!(place=> , #krate::expansion::StreamKey<#aggregate>)
    });
    quote_spanned! {place=>
        #index => #krate::expansion::#change::<Self, #path, #given #key>(__rows, __cx),
    }
}
