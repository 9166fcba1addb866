//! What the derives know about a type once its attributes are read: plain data, complete even where there are mistakes.

use std::fmt::Display;

use proc_macro2::Span;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Expr, Field, Fields, Generics, Ident, LitInt, LitStr, Path, Type, Visibility,
};

use crate::attr::{
    AggregateAttr, CHANGE_MARKS, COMMAND_MARKS, CommandAttr, EVENT_MARKS, Entry, EventAttr, Found,
    IdAttr, IndexAttr, OnErrorAttr, ProjectedEntry, ProjectionAttr, Rule, SnapshotAttr, TagEntry,
    TagName, ValueAttr,
};
use crate::errors::{Errors, error};
use crate::parts::Shape;
use crate::stored::{Spelling, Symbol};
use crate::suggest;
use crate::valid;

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
    /// Nothing, and it is none of the typed events: it is only read.
    None,
    /// What the events do that it becomes. It is none of the typed events itself.
    Split,
    /// Not known for a mistake, so no rule is asked for.
    Unknown,
}

impl ListedEvent {
    /// Whether it is one of the typed events.
    pub(crate) fn is_typed(&self) -> bool {
        !matches!(self.effect, Effect::None | Effect::Split)
    }
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
    pub(crate) found: Found,
    pub(crate) version: u16,
    /// The oldest version whose code may still read it, where that is said.
    pub(crate) reads_as: Option<(Span, u16)>,
    /// The type of the version before, by a hop from which this one is read.
    pub(crate) from: Option<Path>,
    /// Whether the hop looks at the events before it in its stream.
    pub(crate) looks_at_earlier: bool,
    /// The type of the version before, which is read by a split.
    pub(crate) split: Option<Path>,
    /// The names that it was stored under before.
    pub(crate) was: Vec<LitStr>,
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

/// A struct with `derive(Projection)`.
pub(crate) struct Projection<'a> {
    pub(crate) item: Item<'a>,
    /// Where its attribute stands, else the name of the type.
    pub(crate) place: Span,
    pub(crate) name: StoredName,
    pub(crate) found: Found,
    pub(crate) key: Vec<Column>,
    /// Whether it is told in the place of the key that this is no struct with named fields.
    pub(crate) is_shape_told: bool,
    pub(crate) indexes: Vec<Index>,
    pub(crate) on_error: OnError,
    /// Nothing where `events` could not be read.
    pub(crate) events: Option<Vec<ProjectedEvent>>,
    /// What its rules by hand are counted by.
    pub(crate) revision: u32,
    /// A hash of its generated rules; empty where there are none.
    pub(crate) rules: String,
    pub(crate) shape: Shape<'a>,
}

/// A field of a row, named in a key or an index.
pub(crate) struct Column {
    /// Where it is named.
    pub(crate) place: Span,
    pub(crate) field: Ident,
    /// Its stored name.
    pub(crate) name: String,
    pub(crate) ty: Type,
}

/// `index(..)` of a projection.
pub(crate) struct Index {
    /// Where it stands.
    pub(crate) place: Span,
    /// Whether it names no column at all.
    pub(crate) is_empty: bool,
    pub(crate) columns: Vec<Column>,
}

impl Index {
    /// What the function is called that finds rows by it.
    pub(crate) fn finder(&self) -> String {
        let columns = self.columns.iter();
        let names: Vec<_> = columns
            .map(|column| column.field.unraw().to_string())
            .collect();
        format!("find_by_{}", names.join("_and_"))
    }
}

/// What becomes of an event that cannot be taken in.
#[derive(Clone, Copy)]
pub(crate) enum OnError {
    Stop,
    Park,
    Retry(u32),
}

/// An event in the list of a projection.
pub(crate) struct ProjectedEvent {
    pub(crate) path: Path,
    /// What the rules read of it, where that is not all.
    pub(crate) read_as: Option<Path>,
    /// Whose event it is, where that is said.
    pub(crate) aggregate: Option<Path>,
    pub(crate) change: Change,
    /// Whether a rule says which row it is about, and not the id of its aggregate.
    pub(crate) by_rule: bool,
}

/// What an event does to the rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Insert,
    Update,
    Upsert,
    Delete,
    /// Anything, to any number of them.
    Rows,
    /// Not known for a mistake, so no rule is asked for.
    Unknown,
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

    /// Whether it is a struct whose fields have names.
    pub(crate) fn has_named_fields(&self) -> bool {
        matches!(self.fields(), Some(Fields::Named(_)))
    }

    /// The field of that name.
    fn field(&self, place: Span, name: &str) -> syn::Result<(&'a Ident, &'a Field)> {
        let fields = self.fields().map(Fields::iter).into_iter().flatten();
        let named = fields.filter_map(|field| Some((field.ident.as_ref()?, field)));
        let named: Vec<_> = named.collect();
        let found = named.iter().find(|(ident, _)| ident.unraw() == name);
        found.copied().ok_or_else(|| {
            let fields: Vec<String> = named.iter().map(|(i, _)| i.unraw().to_string()).collect();
            error(
                place,
                format_args!("`{}` has no field `{name}`", self.ident),
                suggest::hint(name, &fields.iter().map(String::as_str).collect::<Vec<_>>()),
            )
        })
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
        let declared = attr.found.is_readable();
        let place = attr.found.attribute.unwrap_or_else(|| item.ident.span());
        let id = attr.id.unwrap_or_else(|| {
            cx.missing_type(if declared {
                missing(place, "id", "add `id = AccountId`")
            } else {
                let unreadable = attr.found.unreadable.clone();
                unreadable.unwrap_or_else(|| undeclared(place))
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
        let events = attr.events.unwrap_or_default().into_iter();
        let commands = attr.commands.into_iter();
        Self {
            place,
            name: StoredName::new(attr.name, &attr.found, item.ident),
            id,
            error,
            found: attr.found,
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

    /// The events that are typed ones.
    pub(crate) fn typed_events(&self) -> impl Iterator<Item = &ListedEvent> + Clone {
        self.events.iter().filter(|event| event.is_typed())
    }

    /// The name of the enum of its events.
    pub(crate) fn event_enum(&self) -> Ident {
        let set = format_ident!("{}Event", self.item.ident.unraw());
        self.free(set)
    }

    /// The name of the enum of its commands.
    pub(crate) fn command_enum(&self) -> Ident {
        let set = format_ident!("{}Command", self.item.ident.unraw());
        self.free(set)
    }

    /// The name of an enum that is written; another where it is taken, which is a mistake.
    fn free(&self, set: Ident) -> Ident {
        let events = self.events.iter().map(|event| &event.path);
        let mut paths = events.chain(self.commands.iter().map(|command| &command.path));
        if paths.any(|path| is_here(path, &set)) {
            format_ident!("__{set}")
        } else {
            set
        }
    }
}

impl Snapshots {
    /// Nothing where it is mistaken.
    fn read(cx: &mut Errors, found: &Found, attr: SnapshotAttr) -> Option<Self> {
        let place = found.key("snapshot")?;
        let Some(every) = attr.every else {
            if found.is_mistaken("snapshot") {
                return None;
            }
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

/// The number of a shape, from 1 on.
fn schema_version(cx: &mut Errors, written: &LitInt) -> u16 {
    match written.base10_parse() {
        Ok(version) if version > 0 => version,
        _ => {
            cx.error(
                written.span(),
                format_args!("`{written}` is no version of an event"),
                format_args!(
                    "the first is 1, and each change makes the next, up to {}",
                    u16::MAX
                ),
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
            Some(mark) if mark == "retired" => Effect::None,
            Some(mark) if mark == "split" => Effect::Split,
            Some(mark) => {
                unknown_mark(cx, &mark, "an event", EVENT_MARKS);
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
                unknown_mark(cx, &mark, "a command", COMMAND_MARKS);
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

/// Whether the path is the name itself, or that of the same module.
pub(crate) fn is_here(path: &Path, name: &Ident) -> bool {
    let mut segments = path.segments.iter().map(|segment| &segment.ident);
    let is_within = path.leading_colon.is_none();
    match (segments.next(), segments.next(), segments.next()) {
        (Some(only), None, None) => is_within && only == name,
        (Some(module), Some(last), None) => module == "self" && last == name,
        _ => false,
    }
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
        let version = attr
            .version
            .map_or(1, |written| schema_version(cx, &written));
        let reads_as = attr
            .reads_as
            .map(|written| (written.span(), schema_version(cx, &written)));
        Self {
            place: attr.found.attribute.unwrap_or_else(|| item.ident.span()),
            name: StoredName::new(attr.name, &attr.found, item.ident),
            looks_at_earlier: attr.found.key("earlier").is_some(),
            found: attr.found,
            version,
            reads_as,
            from: attr.from,
            split: attr.split,
            was: attr.was,
            tags: tags
                .filter_map(|tag| Tag::read(cx, &item, spelling, tag))
                .collect(),
            shape: Shape::read(cx, "event", input),
            item,
        }
    }
}

impl Event<'_> {
    /// The type of the version before.
    pub(crate) fn older(&self) -> Option<&Path> {
        self.from.as_ref().or(self.split.as_ref())
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
        match item.field(span, &name) {
            Ok((ident, field)) => Some(Self {
                span,
                name: spelling.field(ident, field).written,
                value: TagValue::Field(ident.clone()),
            }),
            Err(error) => {
                cx.push(error);
                None
            }
        }
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

impl<'a> Projection<'a> {
    pub(crate) fn read(cx: &mut Errors, input: &'a DeriveInput) -> Self {
        let attr = ProjectionAttr::read(cx, &input.attrs);
        let item = Item::new(input, attr.krate);
        let spelling = Spelling::of(&input.attrs);
        let place = attr.found.attribute.unwrap_or_else(|| item.ident.span());
        let mut is_shape_told = false;
        let key = match attr.key {
            Some(Ok(columns)) => match without_columns(&item) {
                // In the place of the key's type, or the rules would seem to take another one than it is.
                Some(error) if !columns.is_empty() => {
                    is_shape_told = true;
                    vec![Column::mistaken(cx, error)]
                }
                Some(_) => Vec::new(),
                None => Column::read_key(cx, &item, spelling, columns),
            },
            Some(Err(error)) => vec![Column::mistaken(cx, error)],
            None if attr.found.is_readable() => {
                let hint = "add `key(..)` with the fields that tell one row from another, or `key()` where there is but one row";
                vec![Column::mistaken(cx, missing(place, "key", hint))]
            }
            None => {
                let unreadable = attr.found.unreadable.clone();
                let error = unreadable.unwrap_or_else(|| without_attribute(place));
                vec![Column::mistaken(cx, error)]
            }
        };
        let indexes = attr.indexes.into_iter();
        let events = attr.events.map(|entries| {
            let entries = entries.into_iter();
            entries
                .map(|entry| ProjectedEvent::read(cx, entry))
                .collect()
        });
        Self {
            place,
            name: StoredName::new(attr.name, &attr.found, item.ident),
            found: attr.found,
            key,
            indexes: indexes
                .map(|index| Index::read(cx, &item, spelling, index))
                .collect(),
            on_error: attr
                .on_error
                .map_or(OnError::Stop, |written| OnError::read(cx, &written)),
            events,
            revision: attr.revision.map_or(1, |revision| count(cx, &revision)),
            rules: attr.rules.map_or_else(String::new, |rules| rules.value()),
            shape: Shape::read(cx, "projection", input),
            is_shape_told,
            item,
        }
    }
}

/// Why a projection has no columns, where it is no struct with named fields.
fn without_columns(item: &Item<'_>) -> Option<syn::Error> {
    valid::no_struct(item, "a projection", "all its rows are of one type")
        .or_else(|| valid::no_named_fields(item, "a projection"))
}

fn without_attribute(place: Span) -> syn::Error {
    error(
        place,
        "a projection needs an attribute `projection`",
        "write `#[projection(name = \"..\", key(..), events(..))]`",
    )
}

impl Column {
    fn read(item: &Item<'_>, spelling: Spelling, written: &Ident) -> syn::Result<Self> {
        let place = written.span();
        let (ident, field) = item.field(place, &written.unraw().to_string())?;
        Ok(Self {
            place,
            field: ident.clone(),
            name: spelling.field(ident, field).written,
            ty: field.ty.clone(),
        })
    }

    fn read_key(
        cx: &mut Errors,
        item: &Item<'_>,
        spelling: Spelling,
        written: Vec<syn::Result<Ident>>,
    ) -> Vec<Self> {
        let columns = written.into_iter();
        columns
            .map(|written| {
                written
                    .and_then(|written| Self::read(item, spelling, &written))
                    .unwrap_or_else(|error| Self::mistaken(cx, error))
            })
            .collect()
    }

    /// A mistake in the place of a column of the key.
    fn mistaken(cx: &mut Errors, error: syn::Error) -> Self {
        let place = error.span();
        Self {
            place,
            field: Ident::new("mistaken", place),
            name: String::new(),
            ty: cx.missing_type(error),
        }
    }
}

impl Index {
    fn read(cx: &mut Errors, item: &Item<'_>, spelling: Spelling, attr: IndexAttr) -> Self {
        let mut columns = Vec::new();
        if item.has_named_fields() {
            for written in &attr.columns {
                match Column::read(item, spelling, written) {
                    Ok(column) => columns.push(column),
                    Err(error) => cx.push(error),
                }
            }
        }
        Self {
            place: attr.key.span(),
            is_empty: attr.columns.is_empty(),
            columns,
        }
    }
}

impl OnError {
    fn read(cx: &mut Errors, written: &OnErrorAttr) -> Self {
        let OnErrorAttr { word, times } = written;
        let read = match word.to_string().as_str() {
            "stop" => Self::Stop,
            "park" => Self::Park,
            "retry" => {
                let Some(times) = times else {
                    cx.error(
                        word.span(),
                        "`retry` takes a number",
                        "say how many times: `on_error(retry(3))`",
                    );
                    return Self::Stop;
                };
                return Self::Retry(count(cx, times));
            }
            unknown => {
                cx.error(
                    word.span(),
                    format_args!("`{unknown}` is nothing that can be done about an error"),
                    suggest::hint(unknown, &["stop", "park", "retry"]),
                );
                return Self::Stop;
            }
        };
        if let Some(times) = times {
            cx.error(
                times.span(),
                format_args!("`{word}` takes no number"),
                format_args!("write `on_error({word})`, or `on_error(retry({times}))`"),
            );
        }
        read
    }
}

impl ProjectedEvent {
    /// The type that the rules are given.
    pub(crate) fn given(&self) -> &Path {
        self.read_as.as_ref().unwrap_or(&self.path)
    }

    fn read(cx: &mut Errors, entry: ProjectedEntry) -> Self {
        let change = match &entry.mark {
            None => Change::Update,
            Some(mark) => Change::read(cx, mark),
        };
        if let Some(rule) = &entry.rule {
            Self::check_rule(cx, rule, change);
        }
        Self {
            path: entry.path,
            read_as: entry.read_as,
            aggregate: entry.aggregate,
            change,
            by_rule: entry.rule.is_some(),
        }
    }

    fn check_rule(cx: &mut Errors, rule: &Ident, change: Change) {
        if rule != "at" {
            cx.error(
                rule.span(),
                format_args!("`{rule}` is nothing that can be said about a change"),
                suggest::hint(&rule.to_string(), &["at"]),
            );
        } else if change == Change::Rows {
            cx.error(
                rule.span(),
                "`rows` takes no `at`: its rule finds the rows itself",
                "write `rows`",
            );
        }
    }
}

impl Change {
    /// The word for it.
    pub(crate) fn word(self) -> Option<&'static str> {
        match self {
            Self::Insert => Some("insert"),
            Self::Update => Some("update"),
            Self::Upsert => Some("upsert"),
            Self::Delete => Some("delete"),
            Self::Rows => Some("rows"),
            Self::Unknown => None,
        }
    }

    fn read(cx: &mut Errors, mark: &Ident) -> Self {
        match mark.to_string().as_str() {
            "insert" => Self::Insert,
            "update" => Self::Update,
            "upsert" => Self::Upsert,
            "delete" => Self::Delete,
            "rows" => Self::Rows,
            _ => {
                unknown_mark(cx, mark, "an event", CHANGE_MARKS);
                Self::Unknown
            }
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
            Data::Enum(data)
                if data
                    .variants
                    .iter()
                    .all(|v| matches!(v.fields, Fields::Unit)) =>
            {
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
