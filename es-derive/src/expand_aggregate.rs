//! Expands `derive(Aggregate)`: the enums of its events and commands, folding and dispatch.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Ident, Path};

use crate::expand_describe;
use crate::expand_snapshots;
use crate::expand_states;
use crate::model::{Aggregate, Effect, ListedCommand, ListedEvent, Target, last};
use crate::place;

pub(crate) fn expand(aggregate: &Aggregate<'_>) -> TokenStream {
    let (snapshots, states) = (
        expand_snapshots::constant(aggregate),
        expand_states::constant(aggregate),
    );
    let types_and_impls = types_and_impls(aggregate, Some(quote!(#snapshots #states)));
    let description = expand_describe::aggregate(aggregate);
    quote!(#types_and_impls #description)
}

/// Everything but the description; that, and how states are kept, nobody asks for where there are mistakes.
pub(crate) fn types_and_impls(aggregate: &Aggregate<'_>, kept: Option<TokenStream>) -> TokenStream {
    let event_enum = event_enum(aggregate);
    let events = aggregate.events.iter().map(|e| match e.effect {
        Effect::None => listed_as(aggregate, e, "Retired"),
        Effect::Split => listed_as(aggregate, e, "BySplit"),
        Effect::Creates | Effect::Changes | Effect::Unknown => event_impls(aggregate, e),
    });
    let event_set = event_set(aggregate);
    let names_are_right = names_are_right(aggregate);
    let aggregate_impl = aggregate_impl(aggregate, kept);
    let command_enum = command_enum(aggregate);
    let commands = aggregate.commands.iter();
    let commands = commands.map(|c| command_impls(aggregate, c));
    let command_set = command_set(aggregate);
    quote! {
        #event_enum
        #(#events)*
        #event_set
        #names_are_right
        #aggregate_impl
        #command_enum
        #(#commands)*
        #command_set
    }
}

impl ListedEvent {
    /// The variant it is in the enum of events.
    fn variant(&self) -> Ident {
        last(&self.path)
    }
}

impl Target {
    /// The variant of es-runtime's enum.
    pub(crate) fn variant(self) -> Ident {
        let name = match self {
            Self::New => "New",
            Self::Existing | Self::Unknown => "Existing",
            Self::Any => "Any",
        };
        Ident::new(name, Span::call_site())
    }
}

impl ListedCommand {
    /// The variant it is in the enum of commands.
    fn variant(&self) -> Ident {
        last(&self.path)
    }
}

/// The place of an entry: its name in the attribute.
fn place(path: &Path) -> Span {
    place::at(last(path).span())
}

/// The lints allowed on it are about the names and sizes of its contents, which are the user's.
fn event_enum(aggregate: &Aggregate<'_>) -> TokenStream {
    let vis = aggregate.item.vis;
    let set = aggregate.event_enum();
    let doc = format!("The events of `{}`.", aggregate.item.ident);
    let events = aggregate.typed_events();
    let paths: Vec<&Path> = events.clone().map(|event| &event.path).collect();
    let variants: Vec<Ident> = events.map(ListedEvent::variant).collect();
    let docs = variants.iter().map(|v| format!("The event `{v}`."));
    let conditional = conditional_impls(&set, &variants, &paths);
    let clone = clone_impl(
        &set,
        &variants,
        quote!(where #(for<'__a> #paths: ::core::clone::Clone,)*),
        |_| quote!(::core::clone::Clone::clone),
    );
    quote! {
        #[doc = #doc]
        #[allow(clippy::enum_variant_names, clippy::large_enum_variant)]
        #vis enum #set {
            #(#[doc = #docs] #variants(#paths),)*
        }
        #conditional
        #clone
    }
}

/// What an enum can do where all its contents can.
///
/// A bound without parameters would be refused where it does not hold. Under `for<'__a>` it is put off until somebody
/// needs the impl, so that no derive is demanded of types that do without.
fn conditional_impls(set: &Ident, variants: &[Ident], paths: &[&Path]) -> TokenStream {
    let otherwise = (variants.len() != 1).then(|| quote!(_ => false,));
    quote! {
        #[automatically_derived]
        impl ::core::fmt::Debug for #set
        where
            #(for<'__a> #paths: ::core::fmt::Debug,)*
        {
            #[inline]
            fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match *self {
                    #(Self::#variants(ref __it) => ::core::fmt::Debug::fmt(__it, __f),)*
                }
            }
        }
        #[automatically_derived]
        impl ::core::cmp::PartialEq for #set
        where
            #(for<'__a> #paths: ::core::cmp::PartialEq,)*
        {
            #[inline]
            fn eq(&self, __other: &Self) -> ::core::primitive::bool {
                match (self, __other) {
                    #((Self::#variants(__left), Self::#variants(__right)) => {
                        ::core::cmp::PartialEq::eq(__left, __right)
                    })*
                    #otherwise
                }
            }
        }
    }
}

fn clone_impl(
    set: &Ident,
    variants: &[Ident],
    bounds: TokenStream,
    clone: impl Fn(&Ident) -> TokenStream,
) -> TokenStream {
    let clones = variants.iter().map(clone);
    quote! {
        #[automatically_derived]
        impl ::core::clone::Clone for #set #bounds {
            #[inline]
            fn clone(&self) -> Self {
                match *self {
                    #(Self::#variants(ref __it) => Self::#variants(#clones(__it)),)*
                }
            }
        }
    }
}

fn event_impls(aggregate: &Aggregate<'_>, event: &ListedEvent) -> TokenStream {
    let krate = &aggregate.item.krate;
    let set = aggregate.event_enum();
    let (path, variant, span) = (&event.path, event.variant(), place(&event.path));
    let ident = place::moved(aggregate.item.ident, span);
    quote_spanned! {span=>
        #[automatically_derived]
        impl ::core::convert::From<#path> for #set {
            #[inline]
            fn from(__event: #path) -> Self {
                Self::#variant(__event)
            }
        }
        #[automatically_derived]
        impl #krate::EventOf<#ident> for #path {
            fn into_set(self) -> #set {
                #set::#variant(self)
            }
        }
    }
}

/// Lists an event that is only read, so that what it lacks is one error, where it is listed.
fn listed_as(aggregate: &Aggregate<'_>, event: &ListedEvent, role: &str) -> TokenStream {
    let span = place(&event.path);
    let krate = place::moved(&aggregate.item.krate, span);
    let ident = place::moved(aggregate.item.ident, span);
    let (path, role) = (&event.path, Ident::new(role, span));
    quote_spanned! {span=>
        #[automatically_derived]
        impl #krate::expansion::#role<#ident> for #path {}
    }
}

impl ListedEvent {
    /// The type of es-runtime through which it is read.
    fn reader(&self, aggregate: &Aggregate<'_>) -> TokenStream {
        let (krate, ident) = (&aggregate.item.krate, aggregate.item.ident);
        let path = &self.path;
        let reader = match self.effect {
            Effect::None => quote!(Ignored),
            Effect::Split => quote!(Splits),
            Effect::Creates | Effect::Changes | Effect::Unknown => quote!(Listed),
        };
        quote!(#krate::expansion::#reader::<#ident, #path>)
    }
}

fn event_set(aggregate: &Aggregate<'_>) -> TokenStream {
    let krate = &aggregate.item.krate;
    let set = aggregate.event_enum();
    let events = aggregate.typed_events();
    let variants: Vec<Ident> = events.clone().map(ListedEvent::variant).collect();
    let listed: Vec<_> = events.map(|event| event.reader(aggregate)).collect();
    let of = |effect: Effect| -> Vec<_> {
        let events = aggregate.events.iter();
        let events = events.filter(|event| event.effect == effect);
        events.map(|event| event.reader(aggregate)).collect()
    };
    let (ignored, splits) = (of(Effect::None), of(Effect::Split));
    let split = (!splits.is_empty()).then(|| {
        quote! {
            const SPLIT: &'static [(&'static ::core::primitive::str, #krate::SchemaVersion)] = {
                const __ALL: &[#krate::expansion::StoredNames] = &[#(#splits::NAMES,)*];
                const __SPLIT: [
                    (&::core::primitive::str, #krate::SchemaVersion);
                    #krate::expansion::count_all(__ALL)
                ] = #krate::expansion::versioned(__ALL);
                &__SPLIT
            };
        }
    });
    quote! {
        const _: () = {
            static __ENTRIES: #krate::expansion::Entries<#set> = #krate::expansion::Entries::new(
                &[#(#splits::ENTRY,)*],
                &[#(#listed::ENTRY,)* #(#ignored::ENTRY,)*],
            );

            #[automatically_derived]
            impl #krate::EventSet for #set {
                const NAMES: &'static [&'static ::core::primitive::str] = {
                    const __OTHERS: &[#krate::expansion::StoredNames] =
                        &[#(#listed::NAMES,)* #(#ignored::NAMES,)*];
                    const __SPLITS: &[#krate::expansion::StoredNames] = &[#(#splits::NAMES,)*];
                    const __NAMES: [
                        &::core::primitive::str;
                        #krate::expansion::count(__OTHERS, __SPLITS)
                    ] = #krate::expansion::distinct(__OTHERS, __SPLITS);
                    &__NAMES
                };
                #split

                fn name(&self) -> &'static ::core::primitive::str {
                    match *self {
                        #(Self::#variants(_) => #listed::NAME,)*
                    }
                }

                fn encode(&self) -> ::core::result::Result<#krate::Encoded, #krate::EncodeError> {
                    match *self {
                        #(Self::#variants(ref __event) => #listed::encode(__event),)*
                    }
                }

                fn decode(
                    __cx: &#krate::DecodeContext<'_>,
                    __out: &mut ::std::vec::Vec<Self>,
                ) -> ::core::result::Result<(), #krate::DecodeError> {
                    __ENTRIES.decode(__cx, __out)
                }

                fn needs_earlier(
                    __name: &::core::primitive::str,
                    __schema: #krate::SchemaVersion,
                ) -> ::core::primitive::bool {
                    __ENTRIES.needs_earlier(__name, __schema)
                }

                fn name_today(
                    __name: &::core::primitive::str,
                ) -> ::core::option::Option<&'static ::core::primitive::str> {
                    __ENTRIES.name_today(__name)
                }
            }
        };
    }
}

/// A check for each event but the first that none of its stored names is one of those before it, but where one is split
/// and the other goes on from there; and one that all are listed that are split.
fn names_are_right(aggregate: &Aggregate<'_>) -> TokenStream {
    let krate = &aggregate.item.krate;
    let ident = aggregate.item.ident;
    if aggregate.events.is_empty() {
        return TokenStream::new();
    }
    let all = aggregate.events.iter().map(|e| e.reader(aggregate));
    let events = aggregate.events.iter().enumerate().skip(1);
    let checks = events.map(|(index, event)| {
        let name = event.variant();
        let message =
            format!("event `{name}` has the stored name of an event before it in `{ident}`");
        quote_spanned! {place(&event.path)=>
            const _: () = ::core::assert!(
                #krate::expansion::is_new(__ALL, #index),
                #message,
            );
        }
    });
    let place = place::at(aggregate.found.key("events").unwrap_or(aggregate.place));
    let krate_there = place::moved(krate, place);
    let splits_are_listed = quote_spanned! {place=>
        const _: () = ::core::assert!(
            #krate_there::expansion::splits_are_listed(__ALL),
            "what was stored of an event in the version before is split, and that version is not listed: add it as `: split`",
        );
    };
    quote! {
        const _: () = {
            const __ALL: &[#krate::expansion::StoredNames] = &[#(#all::NAMES,)*];
            #(#checks)*
            #splits_are_listed
        };
    }
}

fn aggregate_impl(aggregate: &Aggregate<'_>, kept: Option<TokenStream>) -> TokenStream {
    let krate = &aggregate.item.krate;
    let ident = aggregate.item.ident;
    let set = aggregate.event_enum();
    let name = &aggregate.name.text;
    let (id, error) = (&aggregate.id, &aggregate.error);
    let arms = aggregate.typed_events().map(|e| fold_arm(aggregate, e));
    quote! {
        #[automatically_derived]
        impl #krate::Aggregate for #ident {
            const NAME: &'static ::core::primitive::str = #name;
            type Id = #id;
            type Event = #set;
            type Error = #error;
            #kept

            fn fold(
                __state: ::core::option::Option<Self>,
                __event: #set,
            ) -> ::core::result::Result<Self, #krate::FoldError> {
                match __event {
                    #(#arms)*
                }
            }
        }
    }
}

fn fold_arm(aggregate: &Aggregate<'_>, event: &ListedEvent) -> TokenStream {
    let krate = &aggregate.item.krate;
    let set = aggregate.event_enum();
    let (path, variant, span) = (&event.path, event.variant(), place(&event.path));
    let ident = place::moved(aggregate.item.ident, span);
    match event.effect {
        Effect::Creates => {
            let create = quote_spanned!(span=> <#ident as #krate::Create<#path>>::create(__event));
            quote! {
                #set::#variant(__event) => match __state {
                    ::core::option::Option::None => ::core::result::Result::Ok(#create),
                    ::core::option::Option::Some(_) => {
                        ::core::result::Result::Err(#krate::FoldError::CreatedTwice)
                    }
                },
            }
        }
        Effect::Changes => {
            let apply = quote_spanned! {span=>
                <#ident as #krate::Apply<#path>>::apply(&mut __state, __event)
            };
            quote! {
                #set::#variant(__event) => match __state {
                    ::core::option::Option::Some(mut __state) => {
                        #apply;
                        ::core::result::Result::Ok(__state)
                    }
                    ::core::option::Option::None => {
                        ::core::result::Result::Err(#krate::FoldError::NotCreated)
                    }
                },
            }
        }
        Effect::None | Effect::Split | Effect::Unknown => {
            quote!(#set::#variant(_) => ::core::unreachable!(),)
        }
    }
}

fn command_enum(aggregate: &Aggregate<'_>) -> TokenStream {
    let krate = &aggregate.item.krate;
    let vis = aggregate.item.vis;
    let set = aggregate.command_enum();
    let doc = format!("The commands of `{}`.", aggregate.item.ident);
    let commands = &aggregate.commands;
    let paths: Vec<&Path> = commands.iter().map(|command| &command.path).collect();
    let variants: Vec<Ident> = commands.iter().map(ListedCommand::variant).collect();
    let docs = variants.iter().map(|v| format!("The command `{v}`."));
    let conditional = conditional_impls(&set, &variants, &paths);
    let clone = clone_impl(
        &set,
        &variants,
        TokenStream::new(),
        |_| quote!(#krate::expansion::clone_command),
    );
    quote! {
        #[doc = #doc]
        #[allow(clippy::enum_variant_names, clippy::large_enum_variant)]
        #vis enum #set {
            #(#[doc = #docs] #variants(#paths),)*
        }
        #conditional
        #clone
    }
}

fn command_impls(aggregate: &Aggregate<'_>, command: &ListedCommand) -> TokenStream {
    let krate = &aggregate.item.krate;
    let set = aggregate.command_enum();
    let (path, variant, span) = (&command.path, command.variant(), place(&command.path));
    let ident = place::moved(aggregate.item.ident, span);
    let target = command.target.variant();
    let decision = decision(aggregate, command);
    let dispatch = dispatch_signature(aggregate);
    quote_spanned! {span=>
        #[automatically_derived]
        impl ::core::convert::From<#path> for #set {
            #[inline]
            fn from(__command: #path) -> Self {
                Self::#variant(__command)
            }
        }
        #[automatically_derived]
        impl #krate::Dispatch for #path {
            type Aggregate = #ident;

            fn target(&self) -> #krate::Target {
                #krate::Target::#target
            }

            #dispatch {
                #decision
            }
        }
    }
}

fn dispatch_signature(aggregate: &Aggregate<'_>) -> TokenStream {
    let krate = &aggregate.item.krate;
    let ident = aggregate.item.ident;
    quote! {
        fn dispatch(
            self,
            __state: ::core::option::Option<&#ident>,
            __cx: &#krate::Context<#ident>,
        ) -> ::core::result::Result<
            #krate::Emit<Self>,
            #krate::Refusal<<#ident as #krate::Aggregate>::Error>,
        >
    }
}

/// How the aggregate decides the command, whatever its state.
fn decision(aggregate: &Aggregate<'_>, command: &ListedCommand) -> TokenStream {
    let krate = &aggregate.item.krate;
    let (path, span) = (&command.path, place(&command.path));
    let ident = place::moved(aggregate.item.ident, span);
    match command.target {
        Target::New => {
            let decided = rejected(
                krate,
                &quote_spanned! {span=>
                    <#ident as #krate::HandleNew<#path>>::handle_new(self, __cx)
                },
            );
            quote! {
                match __state {
                    ::core::option::Option::None => #decided,
                    ::core::option::Option::Some(_) => {
                        ::core::result::Result::Err(#krate::Refusal::Exists)
                    }
                }
            }
        }
        Target::Existing => {
            let decided = rejected(
                krate,
                &quote_spanned! {span=>
                    <#ident as #krate::Handle<#path>>::handle(__state, self, __cx)
                },
            );
            quote! {
                match __state {
                    ::core::option::Option::Some(__state) => #decided,
                    ::core::option::Option::None => {
                        ::core::result::Result::Err(#krate::Refusal::Missing)
                    }
                }
            }
        }
        Target::Any => rejected(
            krate,
            &quote_spanned! {span=>
                <#ident as #krate::HandleAny<#path>>::handle_any(__state, self, __cx)
            },
        ),
        Target::Unknown => quote!(::core::unreachable!()),
    }
}

/// What the rule `decide` says, its own reasons being refusals. Without `map_err`, which would be compiled for each command.
fn rejected(krate: &Path, decide: &TokenStream) -> TokenStream {
    quote! {
        match #decide {
            ::core::result::Result::Ok(__events) => ::core::result::Result::Ok(__events),
            ::core::result::Result::Err(__reason) => {
                ::core::result::Result::Err(#krate::Refusal::Rejected(__reason))
            }
        }
    }
}

/// The enum of commands is a command too, so that one queue or one endpoint can take all of them.
fn command_set(aggregate: &Aggregate<'_>) -> TokenStream {
    let krate = &aggregate.item.krate;
    let ident = aggregate.item.ident;
    let set = aggregate.command_enum();
    let commands = &aggregate.commands;
    let variants: Vec<Ident> = commands.iter().map(ListedCommand::variant).collect();
    let dispatch = dispatch_signature(aggregate);
    // Inline: a program that asks for it compiles it, and nobody else.
    quote! {
        #[automatically_derived]
        impl #krate::Command for #set {
            #[inline]
            fn name(&self) -> &'static ::core::primitive::str {
                match *self {
                    #(Self::#variants(ref __it) => #krate::expansion::command_name(__it),)*
                }
            }

            #[inline]
            fn encode(
                &self,
            ) -> ::core::result::Result<::std::vec::Vec<::core::primitive::u8>, #krate::EncodeError>
            {
                match *self {
                    #(Self::#variants(ref __it) => #krate::expansion::encode_command(__it),)*
                }
            }

            #[inline]
            fn check(&self) -> ::core::result::Result<(), #krate::Invalid> {
                match *self {
                    #(Self::#variants(ref __it) => #krate::expansion::check_command(__it),)*
                }
            }
        }
        #[automatically_derived]
        impl #krate::Dispatch for #set {
            type Aggregate = #ident;

            #[inline]
            fn target(&self) -> #krate::Target {
                match *self {
                    #(Self::#variants(ref __it) => #krate::expansion::command_target(__it),)*
                }
            }

            #[inline]
            #dispatch {
                match self {
                    #(Self::#variants(__it) => {
                        #krate::expansion::dispatch_command(__it, __state, __cx)
                    })*
                }
            }
        }
    }
}
