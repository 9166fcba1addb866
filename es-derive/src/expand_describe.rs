//! Expands the descriptions of types, events, commands and aggregates.
//!
//! Whether a field can be described only its type knows, and no derive is demanded of types that are never described. So
//! the question is put off until somebody asks. Bounds under `for<'__a>`, as newtypes have them, would turn in circles
//! where a type contains itself. Instead, what cannot be described has for its shape a function that does not compile;
//! it is generic, so that only a program which reaches it compiles it.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Path, Type};

use crate::model::{
    Aggregate, Command, Effect, Event, Id, Item, ListedCommand, ListedEvent, Value, last,
};
use crate::parts::{Part, Parts, Place, Shape, Style, VariantParts};
use crate::place;
use crate::stored::{Symbol, Tagging};

/// Nothing where serde is told to store the value in a form that only its attributes know.
pub(crate) fn value(value: &Value<'_>) -> Option<TokenStream> {
    let item = &value.item;
    let mut shapes = Shapes::of(item);
    let kind = match (&value.symbols, &value.shape) {
        (Some(symbols), Shape::Enum(variants)) => {
            if !variants.iter().all(VariantParts::is_bare_name) {
                return None;
            }
            let krate = &item.krate;
            let written = symbols.iter().map(|(_, symbol)| &symbol.written);
            let also_read = symbols.iter().map(|(_, symbol)| also_read(symbol));
            quote!(Symbols(&[#(#krate::describe::SymbolDescription::new(#written, #also_read),)*]))
        }
        (_, Shape::Struct(parts)) => {
            let content = content(&mut shapes, parts)?;
            quote!(Struct(#content))
        }
        (None, Shape::Enum(variants)) => {
            let variants = variants
                .iter()
                .map(|variant| self::variant(&mut shapes, variant));
            let variants: Vec<_> = variants.collect::<Option<_>>()?;
            quote!(Union(&[#(#variants,)*]))
        }
        (_, Shape::Unknown) => return None,
    };
    Some(type_impl(shapes, &kind))
}

/// An id is stored as what it is made over.
pub(crate) fn id(id: &Id<'_>, inner: &Type) -> TokenStream {
    let mut shapes = Shapes::of(&id.item);
    let content = whole(&mut shapes, inner);
    type_impl(shapes, &quote!(Struct(#content)))
}

/// Nothing where serde is told to store a field in a form that only its attributes know.
pub(crate) fn event(event: &Event<'_>) -> Option<TokenStream> {
    let (krate, ident) = (&event.item.krate, event.item.ident);
    let mut shapes = Shapes::of(&event.item);
    let fields = fields_of_struct(&mut shapes, &event.shape)?;
    let older = event.older().map(|older| {
        let older = self::older(&event.item, older);
        quote!(.behind(#older))
    });
    let probe = shapes.probe();
    Some(quote! {
        #[automatically_derived]
        impl #krate::DescribeEvent for #ident {
            const DESCRIPTION: #krate::describe::EventDescription = {
                #probe
                #krate::describe::EventDescription::of::<Self>(#fields) #older
            };
        }
    })
}

/// The description of the version before, as a function, which fails to compile at its name where that has none.
fn older(item: &Item<'_>, older: &Path) -> TokenStream {
    let place = place::at(last(older).span());
    let krate = place::moved(&item.krate, place);
    let name = last(older);
    let reason = format!(
        "`{}` cannot be described: `{name}`, the version before it, has no description",
        item.ident
    );
    let description = quote!(#krate::describe::EventDescription);
    quote_spanned! {place=>
        {
            #[allow(unused_imports)]
            use #krate::expansion::UndescribedEvent as _;
            #krate::expansion::description_or(
                #krate::expansion::DescribedEvent::<#older>::DESCRIPTION,
                {
                    fn __refuse<__T>() -> #description {
                        const {
                            match ::core::mem::size_of::<__T>() {
                                _ => ::core::panic!("{}", #reason),
                            }
                        }
                    }
                    __refuse::<()>
                },
            )
        }
    }
}

/// Nothing where the fields have no names, or serde is told to store one in a form that only its attributes know.
pub(crate) fn command(command: &Command<'_>) -> Option<TokenStream> {
    let (krate, ident) = (&command.item.krate, command.item.ident);
    let mut shapes = Shapes::of(&command.item);
    let fields = fields_of_struct(&mut shapes, &command.shape)?;
    let name = &command.name.text;
    let emits = command.emits.iter().flatten();
    let probe = shapes.probe();
    Some(quote! {
        #[automatically_derived]
        impl #krate::DescribeCommand for #ident {
            const DESCRIPTION: #krate::describe::CommandDescription = {
                #probe
                #[allow(unused_imports)]
                use #krate::expansion::NoEvent as _;
                #krate::describe::CommandDescription::new(
                    #name,
                    &[#(#krate::expansion::Emitted::<#emits>::NAME,)*],
                    #fields,
                )
            };
        }
    })
}

/// The bounds are put off as those of newtypes are: an event or a command without a description stops nobody.
pub(crate) fn aggregate(aggregate: &Aggregate<'_>) -> TokenStream {
    let item = &aggregate.item;
    let (krate, ident) = (&item.krate, item.ident);
    let event_types = aggregate.events.iter().map(|event| &event.path);
    let command_types = aggregate.commands.iter().map(|command| &command.path);
    let events = aggregate.events.iter().map(|e| listed_event(krate, e));
    let commands = aggregate.commands.iter().map(|c| listed_command(krate, c));
    let name = &aggregate.name.text;
    let mut shapes = Shapes::of(item);
    let id = shapes.shape(&aggregate.id);
    let probe = shapes.probe();
    quote! {
        #[automatically_derived]
        impl #krate::DescribeAggregate for #ident
        where
            #(for<'__a> #event_types: #krate::DescribeEvent,)*
            #(for<'__a> #command_types: #krate::DescribeCommand,)*
        {
            const DESCRIPTION: #krate::describe::AggregateDescription = {
                #probe
                #krate::describe::AggregateDescription::new(
                    #name,
                    #id,
                    &[#(#events,)*],
                    &[#(#commands,)*],
                )
                .held_by(#krate::expansion::hold_samples::<#ident>())
            };
        }
    }
}

fn listed_event(krate: &Path, ListedEvent { path, effect }: &ListedEvent) -> TokenStream {
    let role = match effect {
        Effect::Creates => quote!(Creates),
        Effect::Changes | Effect::Unknown => quote!(Changes),
        Effect::None => quote!(Retired),
        Effect::Split => quote!(Split),
    };
    quote! {
        #krate::describe::ListedEvent::new(
            <#path as #krate::DescribeEvent>::DESCRIPTION,
            #krate::describe::EventRole::#role,
        )
    }
}

fn listed_command(krate: &Path, command: &ListedCommand) -> TokenStream {
    let (path, target) = (&command.path, command.target.variant());
    quote! {
        #krate::describe::ListedCommand::new(
            <#path as #krate::DescribeCommand>::DESCRIPTION,
            #krate::Target::#target,
        )
    }
}

/// The description of a type that is of this kind.
fn type_impl(shapes: Shapes<'_>, kind: &TokenStream) -> TokenStream {
    let (krate, ident) = (&shapes.item.krate, shapes.item.ident);
    let name = ident.unraw().to_string();
    let probe = shapes.probe();
    quote! {
        #[automatically_derived]
        impl #krate::Describe for #ident {
            const SHAPE: #krate::describe::Shape = {
                #probe
                #krate::describe::Shape::Type(&#krate::describe::TypeDescription::new(
                    #name,
                    ::core::module_path!(),
                    #krate::describe::TypeKind::#kind,
                ))
            };
        }
    }
}

fn variant(shapes: &mut Shapes<'_>, variant: &VariantParts<'_>) -> Option<TokenStream> {
    let (krate, name) = (&shapes.item.krate, &variant.stored.written);
    let was = also_read(&variant.stored);
    let content = content(shapes, &variant.parts)?;
    (variant.tagging == Tagging::External)
        .then(|| quote!(#krate::describe::VariantDescription::new(#name, #was, #content)))
}

/// The other texts that are read as the symbol or the variant.
fn also_read(symbol: &Symbol) -> TokenStream {
    let also_read = &symbol.also_read;
    quote!(&[#(#also_read,)*])
}

pub(crate) fn content(shapes: &mut Shapes<'_>, parts: &Parts<'_>) -> Option<TokenStream> {
    if !parts.is_plain() {
        return None;
    }
    let krate = &shapes.item.krate;
    let content = match parts.style {
        Style::Unit => quote!(Unit),
        Style::Whole => return parts.stored().next().map(|part| whole(shapes, part.ty)),
        Style::Items => {
            let items = parts.stored().map(|part| shapes.shape(part.ty));
            quote!(Items(&[#(#items,)*]))
        }
        Style::Fields => {
            let fields = fields(shapes, parts);
            quote!(Fields(#fields))
        }
    };
    Some(quote!(#krate::describe::Content::#content))
}

fn whole(shapes: &mut Shapes<'_>, ty: &Type) -> TokenStream {
    let (krate, shape) = (&shapes.item.krate, shapes.shape(ty));
    quote!(#krate::describe::Content::Value(#shape))
}

/// The fields of an event or a command.
fn fields_of_struct(shapes: &mut Shapes<'_>, shape: &Shape<'_>) -> Option<TokenStream> {
    let Shape::Struct(parts) = shape else {
        return None;
    };
    let has_names = matches!(parts.style, Style::Fields | Style::Unit);
    (has_names && parts.is_plain()).then(|| fields(shapes, parts))
}

fn fields(shapes: &mut Shapes<'_>, parts: &Parts<'_>) -> TokenStream {
    let krate = &shapes.item.krate;
    let fields = parts.stored().filter_map(|part| {
        let Part { place, ty, .. } = part;
        let Place::Field(stored) = place else {
            return None;
        };
        let name = &stored.written;
        let shape = shapes.shape(ty);
        Some(quote!(#krate::describe::FieldDescription::new(#name, #shape)))
    });
    quote!(&[#(#fields,)*])
}

/// The shapes that a description holds.
///
/// What has no shape is refused by one function for the whole description, by the number of the type: one for each field
/// would be checked for each field of an application.
pub(crate) struct Shapes<'a> {
    item: &'a Item<'a>,
    /// Of the function that refuses.
    arms: Vec<TokenStream>,
}

impl<'a> Shapes<'a> {
    /// Those of a description of that item.
    pub(crate) fn of(item: &'a Item<'a>) -> Self {
        Self {
            item,
            arms: Vec::new(),
        }
    }

    /// The shape of a type, as a function, which fails to compile at the type where that has no shape.
    fn shape(&mut self, ty: &Type) -> TokenStream {
        let place = place::at(ty.span());
        let krate = place::moved(&self.item.krate, place);
        let written = ty.to_token_stream().to_string().replace(' ', "");
        let reason = format!(
            "`{}` cannot be described: `{written}` does not say how it is stored; derive `Value` on it, which says nothing where serde is told to store it in a form of its own, or implement `Describe`",
            self.item.ident
        );
        let number = self.arms.len();
        self.arms
            .push(quote_spanned!(place=> #number => ::core::panic!("{}", #reason),));
        quote_spanned! {place=>
            #krate::expansion::shape_or(
                #krate::expansion::Described::<#ty>::SHAPE,
                __refuse::<#number>,
            )
        }
    }

    /// What the shapes need in scope.
    pub(crate) fn probe(self) -> TokenStream {
        let (krate, arms) = (&self.item.krate, &self.arms);
        // Which arm it is depends on the parameter, which nobody knows before the function is reached: what does not depend
        // on it may be worked out as soon as a library is optimised, reached or not.
        let refuse = (!arms.is_empty()).then(|| {
            quote! {
                fn __refuse<const __N: ::core::primitive::usize>() -> #krate::describe::Shape {
                    const {
                        match __N {
                            #(#arms)*
                            _ => ::core::unreachable!(),
                        }
                    }
                }
            }
        });
        quote! {
            #[allow(unused_imports)]
            use #krate::expansion::Undescribed as _;
            #refuse
        }
    }
}
