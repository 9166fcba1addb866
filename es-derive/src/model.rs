//! What the derives know about a type once its attributes are read: plain data, complete even where there are mistakes.

use std::fmt::Display;

use proc_macro2::Span;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Expr, Fields, Generics, Ident, LitInt, LitStr, Path, Type, Visibility,
};

use crate::attr::{
    AggregateAttr, CommandAttr, Entry, EventAttr, Found, IdAttr, Rule, SnapshotAttr, TagEntry,
    TagName, ValueAttr,
};
use crate::errors::{Errors, error};
use crate::parts::Shape;
use crate::stored::{Spelling, Symbol};
use crate::suggest;

/// What all derives know about the type they stand on.
pub(crate) struct Item<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
    pub(crate) data: &'a Data,
    /// The path of es-runtime.
    pub(crate) krate: Path,
}

/// A stored name: as written, else the Rust name of the type.
pub(crate) struct StoredName {
    pub(crate) written: Option<LitStr>,
    pub(crate) text: String,
    /// Whether the key is there at all.
    pub(crate) given: bool,
}

/// A struct with `derive(Aggregate)`.
pub(crate) struct Aggregate<'a> {
    pub(crate) item: Item<'a>,
    /// Where its attribute stands, else the name of the type.
    pub(crate) place: Span,
    pub(crate) name: StoredName,
    pub(crate) id: Type,
    pub(crate) error: Type,
    pub(crate) found: Found,
    /// Whether `events` could be read.
    pub(crate) events_known: bool,
    pub(crate) events: Vec<ListedEvent>,
    pub(crate) commands: Vec<ListedCommand>,
    /// How its states are kept.
    pub(crate) snapshots: Option<Snapshots>,
    /// What its rules by hand are counted by.
    pub(crate) revision: u32,
    /// A hash of its generated rules; empty where there are none.
    pub(crate) rules: String,
    pub(crate) shape: Shape<'a>,
}

/// `snapshot(..)` of an aggregate.
pub(crate) struct Snapshots {
    /// Where it stands.
    pub(crate) place: Span,
    pub(crate) every: u32,
}

/// An event in the list of an aggregate.
pub(crate) struct ListedEvent {
    pub(crate) path: Path,
    pub(crate) effect: Effect,
}

/// What an event does to the aggregate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Creates,
    Changes,
    /// Not known for a mistake, so no rule is asked for.
    Unknown,
}

/// A command in the list of an aggregate.
pub(crate) struct ListedCommand {
    pub(crate) path: Path,
    pub(crate) target: Target,
}

/// On what a command may be carried out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    New,
    Existing,
    Any,
    /// Not known for a mistake, so no rule is asked for.
    Unknown,
}

/// A struct with `derive(Event)`.
pub(crate) struct Event<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) place: Span,
    pub(crate) name: StoredName,
    pub(crate) tags: Vec<Tag>,
    pub(crate) shape: Shape<'a>,
}

/// A tag of an event.
pub(crate) struct Tag {
    pub(crate) span: Span,
    /// What stands before the colon.
    pub(crate) name: String,
    pub(crate) value: TagValue,
}

/// Where the value of a tag comes from.
pub(crate) enum TagValue {
    Field(Ident),
    Expression(Expr),
}

/// A struct with `derive(Command)`.
pub(crate) struct Command<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) place: Span,
    pub(crate) name: StoredName,
    pub(crate) found: Found,
    /// Nothing where `emits` could not be read.
    pub(crate) emits: Option<Vec<Path>>,
    pub(crate) shape: Shape<'a>,
}

/// A struct with `derive(Id)`.
pub(crate) struct Id<'a> {
    pub(crate) item: Item<'a>,
    /// Which ids are valid.
    pub(crate) rule: Option<Rule>,
    pub(crate) shape: Shape<'a>,
}

/// A type with `derive(Value)`.
pub(crate) struct Value<'a> {
    pub(crate) item: Item<'a>,
    pub(crate) number: Option<Ident>,
    pub(crate) text: Option<Ident>,
    /// Its symbols, where it is an enum without data.
    pub(crate) symbols: Option<Vec<(&'a Ident, Symbol)>>,
    /// Which values are valid.
    pub(crate) rule: Option<Rule>,
    pub(crate) shape: Shape<'a>,
}

impl<'a> Item<'a> {
    fn new(input: &'a DeriveInput, krate: Option<Path>) -> Self {
        Self {
            ident: &input.ident,
            vis: &input.vis,
            generics: &input.generics,
            data: &input.data,
            krate: krate.unwrap_or_else(|| syn::parse_quote!(::es_runtime)),
        }
    }

    /// The fields of a struct.
    pub(crate) fn fields(&self) -> Option<&'a Fields> {
        match self.data {
            Data::Struct(data) => Some(&data.fields),
            Data::Enum(_) | Data::Union(_) => None,
        }
    }

    /// What a newtype is made over.
    pub(crate) fn inner(&self) -> Option<&'a Type> {
        match self.fields()? {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Some(&fields.unnamed[0].ty),
            _ => None,
        }
    }
}

impl StoredName {
    fn new(written: Option<LitStr>, found: &Found, ident: &Ident) -> Self {
        let text = written
            .as_ref()
            .map_or_else(|| ident.unraw().to_string(), LitStr::value);
        Self {
            written,
            text,
            given: found.key("name").is_some(),
        }
    }
}

impl<'a> Aggregate<'a> {
    pub(crate) fn read(cx: &mut Errors, input: &'a DeriveInput) -> Self {
        let attr = AggregateAttr::read(cx, &input.attrs);
        let item = Item::new(input, attr.krate);
        let declared = attr.found.attribute.is_some();
        let place = attr.found.attribute.unwrap_or_else(|| item.ident.span());
        let id = attr.id.unwrap_or_else(|| {
            cx.missing_type(if declared {
                missing(place, "id", "add `id = AccountId`")
            } else {
                undeclared(place)
            })
        });
        let error = attr.error.unwrap_or_else(|| {
            if declared {
                return cx.missing_type(missing(place, "error", "add `error = AccountError`"));
            }
            // Missing together with the id, so it is the same error type: one mistake, one error.
            let (ident, krate) = (item.ident, &item.krate);
            Type::Verbatim(quote!(<#ident as #krate::Aggregate>::Id))
        });
        let snapshots = attr
            .snapshot
            .and_then(|snapshot| Snapshots::read(cx, &attr.found, snapshot));
        let revision = attr.revision.map_or(1, |revision| count(cx, &revision));
        let events_known = attr.events.is_some();
        let events = attr.events.unwrap_or_default().into_iter();
        let commands = attr.commands.into_iter();
        Self {
            place,
            name: StoredName::new(attr.name, &attr.found, item.ident),
            id,
            error,
            found: attr.found,
            events_known,
            events: events.map(|entry| ListedEvent::read(cx, entry)).collect(),
            commands: commands
                .map(|entry| ListedCommand::read(cx, entry))
                .collect(),
            snapshots,
            revision,
            rules: attr.rules.map_or_else(String::new, |rules| rules.value()),
            shape: Shape::read(cx, "aggregate", input),
            item,
        }
    }

    /// The name of the enum of its events.
    pub(crate) fn event_enum(&self) -> Ident {
        format_ident!("{}Event", self.item.ident.unraw())
    }

    /// The name of the enum of its commands.
    pub(crate) fn command_enum(&self) -> Ident {
        format_ident!("{}Command", self.item.ident.unraw())
    }
}

impl Snapshots {
    /// Nothing where it is mistaken.
    fn read(cx: &mut Errors, found: &Found, attr: SnapshotAttr) -> Option<Self> {
        let place = found.key("snapshot")?;
        let Some(every) = attr.every else {
            cx.push(missing(place, "every", "write `snapshot(every = 100)`"));
            return None;
        };
        let every = count(cx, &every);
        Some(Self { place, every })
    }
}

/// A number from 1 on.
fn count(cx: &mut Errors, written: &LitInt) -> u32 {
    match written.base10_parse() {
        Ok(count) if count > 0 => count,
        _ => {
            cx.error(
                written.span(),
                format_args!("`{written}` counts nothing here"),
                format_args!("write a number from 1 up to {}", u32::MAX),
            );
            1
        }
    }
}

fn undeclared(place: Span) -> syn::Error {
    error(
        place,
        "an aggregate needs an attribute `aggregate`",
        "write `#[aggregate(name = \"..\", id = .., events(..), commands(..), error = ..)]`",
    )
}

/// A required key that is not there.
pub(crate) fn missing(place: Span, key: &str, hint: impl Display) -> syn::Error {
    error(place, format_args!("missing `{key}`"), hint)
}

impl ListedEvent {
    fn read(cx: &mut Errors, entry: Entry) -> Self {
        let effect = match entry.mark {
            None => Effect::Changes,
            Some(mark) if mark == "create" => Effect::Creates,
            Some(mark) => {
                unknown_mark(cx, &mark, "an event", &["create"]);
                Effect::Unknown
            }
        };
        Self {
            path: entry.path,
            effect,
        }
    }
}

impl ListedCommand {
    fn read(cx: &mut Errors, entry: Entry) -> Self {
        let target = match entry.mark {
            None => Target::Existing,
            Some(mark) if mark == "existing" => Target::Existing,
            Some(mark) if mark == "new" => Target::New,
            Some(mark) if mark == "any" => Target::Any,
            Some(mark) => {
                unknown_mark(cx, &mark, "a command", &["new", "any", "existing"]);
                Target::Unknown
            }
        };
        Self {
            path: entry.path,
            target,
        }
    }
}

fn unknown_mark(cx: &mut Errors, mark: &Ident, of: &str, known: &[&str]) {
    cx.error(
        mark.span(),
        format_args!("`{mark}` is nothing that can be said about {of}"),
        suggest::hint(&mark.to_string(), known),
    );
}

/// The last segment of a path: what its variant is called, and where mistakes about it are told.
pub(crate) fn last(path: &Path) -> Ident {
    path.segments.last().map_or_else(
        || Ident::new("Unnamed", path.span()),
        |segment| segment.ident.clone(),
    )
}

impl<'a> Event<'a> {
    pub(crate) fn read(cx: &mut Errors, input: &'a DeriveInput) -> Self {
        let attr = EventAttr::read(cx, &input.attrs);
        let item = Item::new(input, attr.krate);
        let spelling = Spelling::of(&input.attrs);
        let tags = attr.tags.into_iter();
        Self {
            place: attr.found.attribute.unwrap_or_else(|| item.ident.span()),
            name: StoredName::new(attr.name, &attr.found, item.ident),
            tags: tags
                .filter_map(|tag| Tag::read(cx, &item, spelling, tag))
                .collect(),
            shape: Shape::read(cx, "event", input),
            item,
        }
    }
}

impl Tag {
    fn read(cx: &mut Errors, item: &Item<'_>, spelling: Spelling, entry: TagEntry) -> Option<Self> {
        let (span, name) = match &entry.name {
            TagName::Field(ident) => (ident.span(), ident.unraw().to_string()),
            TagName::Text(text) => (text.span(), text.value()),
        };
        if let Some(value) = entry.value {
            let value = TagValue::Expression(value);
            return Some(Self { span, name, value });
        }
        let fields = item.fields().map(Fields::iter).into_iter().flatten();
        let named = fields.filter_map(|field| Some((field.ident.as_ref()?, field)));
        let named: Vec<_> = named.collect();
        let Some((ident, field)) = named.iter().find(|(ident, _)| ident.unraw() == name) else {
            let fields: Vec<String> = named.iter().map(|(i, _)| i.unraw().to_string()).collect();
            cx.error(
                span,
                format_args!("`{}` has no field `{name}`", item.ident),
                suggest::hint(
                    &name,
                    &fields.iter().map(String::as_str).collect::<Vec<_>>(),
                ),
            );
            return None;
        };
        let name = spelling.field(ident, field);
        let value = TagValue::Field((*ident).clone());
        Some(Self { span, name, value })
    }
}

impl<'a> Command<'a> {
    pub(crate) fn read(cx: &mut Errors, input: &'a DeriveInput) -> Self {
        let attr = CommandAttr::read(cx, &input.attrs);
        let item = Item::new(input, attr.krate);
        Self {
            place: attr.found.attribute.unwrap_or_else(|| item.ident.span()),
            name: StoredName::new(attr.name, &attr.found, item.ident),
            found: attr.found,
            emits: attr.emits,
            shape: Shape::read(cx, "command", input),
            item,
        }
    }
}

impl<'a> Id<'a> {
    pub(crate) fn read(cx: &mut Errors, input: &'a DeriveInput) -> Self {
        let attr = IdAttr::read(cx, &input.attrs);
        Self {
            item: Item::new(input, attr.krate),
            rule: attr.check,
            shape: Shape::read(cx, "id", input),
        }
    }
}

impl<'a> Value<'a> {
    pub(crate) fn read(cx: &mut Errors, input: &'a DeriveInput) -> Self {
        let attr = ValueAttr::read(cx, &input.attrs);
        let item = Item::new(input, attr.krate);
        let symbols = match item.data {
            Data::Enum(data) if data.variants.iter().all(|v| v.fields == Fields::Unit) => {
                let spelling = Spelling::of(&input.attrs);
                let variants = data.variants.iter();
                Some(
                    variants
                        .map(|variant| (&variant.ident, spelling.symbol(variant)))
                        .collect(),
                )
            }
            _ => None,
        };
        Self {
            item,
            number: attr.number,
            text: attr.text,
            symbols,
            rule: attr.check,
            shape: Shape::read(cx, "value", input),
        }
    }
}
