//! The rules that a type has to keep, one function each.

use proc_macro2::Span;
use quote::format_ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, Fields, GenericParam, LitStr, Path};

use crate::attr::{Rule, spelt};
use crate::errors::{Errors, error};
use crate::kept;
use crate::model::{
    Aggregate, Change, Column, Command, Effect, Event, Id, Item, ListedEvent, ProjectedEvent,
    Projection, StoredName, Value, is_here, last, missing,
};

/// The length that every store takes for a name.
const NAME_BYTES: usize = 255;

pub(crate) fn aggregate(cx: &mut Errors, aggregate: &Aggregate<'_>) {
    check_not_generic(cx, &aggregate.item, "an aggregate");
    check_struct(cx, &aggregate.item, "an aggregate", "its state is one type");
    if !aggregate.found.is_readable() {
        return;
    }
    check_name_given(cx, &aggregate.name, aggregate.place, "account");
    check_name(cx, &aggregate.name);
    check_events_given(cx, aggregate);
    check_creating_event(cx, aggregate);
    check_listed_once(
        cx,
        "event",
        aggregate.events.iter().map(|event| &event.path),
    );
    kept::state(cx, aggregate);
    check_enums_can_be_named(cx, aggregate);
    let commands = aggregate.commands.iter();
    check_listed_once(cx, "command", commands.map(|command| &command.path));
}

pub(crate) fn event(cx: &mut Errors, event: &Event<'_>) {
    check_not_generic(cx, &event.item, "an event");
    check_struct(
        cx,
        &event.item,
        "an event",
        "each event is a type of its own",
    );
    check_named_fields(cx, &event.item, "an event");
    if event.found.unreadable.is_none() {
        check_name_given(cx, &event.name, event.place, &event.item.ident.to_string());
    }
    check_name(cx, &event.name);
    check_way_from_before(cx, event);
    check_earlier(cx, event);
    check_reads_as(cx, event);
    check_names_before(cx, event);
    check_tags_once(cx, event);
    kept::event(cx, event);
}

pub(crate) fn command(cx: &mut Errors, command: &Command<'_>) {
    check_not_generic(cx, &command.item, "a command");
    check_struct(
        cx,
        &command.item,
        "a command",
        "each command is a type of its own",
    );
    check_name(cx, &command.name);
    check_emits_given(cx, command);
    check_listed_once(cx, "event", command.emits.iter().flatten());
}

pub(crate) fn projection(cx: &mut Errors, projection: &Projection<'_>) {
    check_not_generic(cx, &projection.item, "a projection");
    if !projection.is_shape_told {
        check_struct(
            cx,
            &projection.item,
            "a projection",
            "all its rows are of one type",
        );
        check_named_fields(cx, &projection.item, "a projection");
    }
    kept::row(cx, projection);
    if !projection.found.is_readable() {
        return;
    }
    let example = projection.item.ident.to_string();
    check_name_given(cx, &projection.name, projection.place, &example);
    check_name(cx, &projection.name);
    check_columns_once(cx, "the key", &projection.key);
    check_indexes(cx, projection);
    check_projected_events_given(cx, projection);
    check_projected_once(cx, projection);
    check_some_event_makes_rows(cx, projection);
    check_rows_can_be_told(cx, projection);
}

pub(crate) fn id(cx: &mut Errors, id: &Id<'_>) {
    check_not_generic(cx, &id.item, "an id");
    check_newtype(cx, &id.item);
    check_rule_of_newtype(cx, &id.item, id.rule.as_ref());
}

pub(crate) fn value(cx: &mut Errors, value: &Value<'_>) {
    check_not_generic(cx, &value.item, "a value");
    check_not_union(cx, &value.item);
    check_one_kind_of_newtype(cx, value);
    check_rule_of_newtype(cx, &value.item, value.rule.as_ref());
    check_symbols_given(cx, value);
    kept::value(cx, value);
}

/// One stored name means one type, and what is stored owns what it holds.
fn check_not_generic(cx: &mut Errors, item: &Item<'_>, what: &str) {
    let Some(parameter) = item.generics.params.first() else {
        return;
    };
    let reason = match parameter {
        GenericParam::Lifetime(_) => {
            "it is kept, so it owns what it holds: write `String`, not `&str`"
        }
        GenericParam::Type(_) | GenericParam::Const(_) => {
            "its stored name means one type: name the type in the field"
        }
    };
    cx.error(
        parameter.span(),
        format_args!("{what} has no generic parameters"),
        reason,
    );
}

fn check_struct(cx: &mut Errors, item: &Item<'_>, what: &str, reason: &str) {
    if let Some(error) = no_struct(item, what, reason) {
        cx.push(error);
    }
}

pub(crate) fn no_struct(item: &Item<'_>, what: &str, reason: &str) -> Option<syn::Error> {
    let keyword = match item.data {
        Data::Struct(_) => return None,
        Data::Enum(data) => data.enum_token.span,
        Data::Union(data) => data.union_token.span,
    };
    Some(error(keyword, format_args!("{what} is a struct"), reason))
}

fn check_not_union(cx: &mut Errors, item: &Item<'_>) {
    if let Data::Union(data) = item.data {
        cx.error(
            data.union_token.span,
            "a value is a struct or an enum",
            "nothing tells which field of a union is the one to store",
        );
    }
}

/// `null` and lists cannot grow a field, and a bare value has no name to be found by.
fn check_named_fields(cx: &mut Errors, item: &Item<'_>, what: &str) {
    if let Some(error) = no_named_fields(item, what) {
        cx.push(error);
    }
}

pub(crate) fn no_named_fields(item: &Item<'_>, what: &str) -> Option<syn::Error> {
    let ident = item.ident;
    match item.fields() {
        Some(Fields::Unit) => Some(error(
            ident.span(),
            format_args!("{what} has named fields"),
            format_args!("write `struct {ident} {{}}`, to which fields can be added later"),
        )),
        Some(Fields::Unnamed(fields)) => Some(error(
            fields.span(),
            format_args!("{what} has named fields"),
            format_args!("write `struct {ident} {{ .. }}`: a stored field is found by its name"),
        )),
        Some(Fields::Named(_)) | None => None,
    }
}

fn check_newtype(cx: &mut Errors, item: &Item<'_>) {
    if item.inner().is_none() {
        let ident = item.ident;
        cx.error(
            ident.span(),
            "an id is a tuple struct of one field",
            format_args!("write `struct {ident}(Uuid);`"),
        );
    }
}

/// Identity on disk is written, never derived by accident.
fn check_name_given(cx: &mut Errors, name: &StoredName, place: Span, example: &str) {
    if !name.given {
        cx.push(missing(
            place,
            "name",
            format_args!(
                "add `name = \"{example}\"`: it is stored, and stays when the type is renamed"
            ),
        ));
    }
}

fn check_name(cx: &mut Errors, name: &StoredName) {
    if let Some(written) = &name.written {
        check_stored_name(cx, written);
    }
}

fn check_stored_name(cx: &mut Errors, written: &LitStr) {
    let length = written.value().len();
    if length == 0 {
        cx.error(
            written.span(),
            "a stored name is not empty",
            "it is what the event store knows this by",
        );
    }
    if length > NAME_BYTES {
        cx.error(
            written.span(),
            format_args!("a stored name has at most {NAME_BYTES} bytes"),
            format_args!("this one has {length}"),
        );
    }
}

fn check_events_given(cx: &mut Errors, aggregate: &Aggregate<'_>) {
    if aggregate.found.key("events").is_none() {
        cx.push(missing(
            aggregate.place,
            "events",
            "add `events(AccountOpened: create)`",
        ));
    }
}

/// An aggregate starts as nothing.
fn check_creating_event(cx: &mut Errors, aggregate: &Aggregate<'_>) {
    let Some(key) = aggregate.found.key("events") else {
        return;
    };
    let may_create =
        |event: &ListedEvent| matches!(event.effect, Effect::Creates | Effect::Unknown);
    if !aggregate.found.is_mistaken("events") && !aggregate.events.iter().any(may_create) {
        cx.error(
            key,
            "no event creates the aggregate",
            "mark the one that does: `events(AccountOpened: create)`",
        );
    }
}

fn check_listed_once<'p>(cx: &mut Errors, what: &str, paths: impl Iterator<Item = &'p Path>) {
    // As text, for a path is put into words by the compiler each time that it is compared.
    let mut seen: Vec<(String, String)> = Vec::new();
    for path in paths {
        let (spelt, name) = (spelt(path), last(path).to_string());
        if seen.iter().any(|(other, _)| *other == spelt) {
            cx.error(
                last(path).span(),
                format_args!("{what} `{spelt}` is listed twice"),
                "keep one of the two",
            );
        } else if seen.iter().any(|(_, other)| *other == name) {
            cx.error(
                last(path).span(),
                format_args!("another {what} is called `{name}` already"),
                format_args!("bring this one in under another name: `use {spelt} as ..`"),
            );
        }
        seen.push((spelt, name));
    }
}

/// The enums that are written stand beside the aggregate.
fn check_enums_can_be_named(cx: &mut Errors, aggregate: &Aggregate<'_>) {
    let ident = aggregate.item.ident.unraw();
    let enums = [
        (format_ident!("{ident}Event"), "events"),
        (format_ident!("{ident}Command"), "commands"),
    ];
    let events = aggregate.events.iter().map(|event| &event.path);
    let commands = aggregate.commands.iter().map(|command| &command.path);
    let mut told = Vec::new();
    for path in events.chain(commands) {
        let name = last(path);
        for (set, of) in &enums {
            if !is_here(path, set) || told.contains(set) {
                continue;
            }
            told.push(set.clone());
            cx.error(
                name.span(),
                format_args!("`{set}` is what the enum of all {of} of `{ident}` is called"),
                format_args!("give the type another name, or a module of its own: `{of}::{set}`"),
            );
        }
    }
}

fn check_columns_once(cx: &mut Errors, of: &str, columns: &[Column]) {
    for (at, column) in columns.iter().enumerate() {
        // What is mistaken has no name.
        let is_same = |other: &Column| !other.name.is_empty() && other.field == column.field;
        if columns[..at].iter().any(is_same) {
            cx.error(
                column.place,
                format_args!("`{}` stands in {of} twice", column.field),
                "keep one of the two",
            );
        }
    }
}

fn check_indexes(cx: &mut Errors, projection: &Projection<'_>) {
    let indexes = &projection.indexes;
    for (at, index) in indexes.iter().enumerate() {
        let fields = |columns: &[Column]| -> Vec<_> {
            columns.iter().map(|column| column.field.clone()).collect()
        };
        if index.is_empty {
            cx.error(
                index.place,
                "an index finds rows by one column at least",
                "name the fields: `index(status, shipped_at)`",
            );
        } else if !index.columns.is_empty()
            && indexes[..at]
                .iter()
                .any(|other| fields(&other.columns) == fields(&index.columns))
        {
            cx.error(
                index.place,
                "there is an index of these columns already",
                "keep one of the two",
            );
        } else if !index.columns.is_empty()
            && indexes[..at]
                .iter()
                .any(|other| other.finder() == index.finder())
        {
            cx.error(
                index.place,
                format_args!("`{}` finds rows by another index already", index.finder()),
                "name the columns in another order, or rename a field",
            );
        }
        check_columns_once(cx, "the index", &index.columns);
    }
}

fn check_projected_events_given(cx: &mut Errors, projection: &Projection<'_>) {
    let hint =
        "name the events that it is folded from: `events(OrderPlaced: insert, OrderShipped)`";
    let Some(key) = projection.found.key("events") else {
        cx.push(missing(projection.place, "events", hint));
        return;
    };
    if projection.events.as_ref().is_some_and(Vec::is_empty)
        && !projection.found.is_mistaken("events")
    {
        cx.error(key, "the projection is folded from nothing", hint);
    }
}

/// Where it is not said whose the event is, only one aggregate lists it, so that both are the same.
fn check_projected_once(cx: &mut Errors, projection: &Projection<'_>) {
    let mut seen: Vec<&ProjectedEvent> = Vec::new();
    for event in projection.events.iter().flatten() {
        let is_same = |other: &&ProjectedEvent| {
            let differ = |(one, another)| spelt(one) != spelt(another);
            let aggregates = other.aggregate.as_ref().zip(event.aggregate.as_ref());
            spelt(&other.path) == spelt(&event.path) && !aggregates.is_some_and(differ)
        };
        if seen.iter().any(is_same) {
            cx.error(
                last(&event.path).span(),
                format_args!("event `{}` is listed twice", spelt(&event.path)),
                "keep one of the two; what changes several rows is `rows`",
            );
        }
        seen.push(event);
    }
}

/// Rows start as nothing.
fn check_some_event_makes_rows(cx: &mut Errors, projection: &Projection<'_>) {
    let (Some(key), Some(events)) = (projection.found.key("events"), &projection.events) else {
        return;
    };
    let needs_one =
        |event: &ProjectedEvent| matches!(event.change, Change::Update | Change::Delete);
    let is_known = !projection.found.is_mistaken("events");
    if is_known && !events.is_empty() && events.iter().all(needs_one) {
        cx.error(
            key,
            "no event makes a row",
            "mark one that does: `insert`, `upsert` or `rows`",
        );
    }
}

/// The id of an aggregate is one column.
fn check_rows_can_be_told(cx: &mut Errors, projection: &Projection<'_>) {
    let key = match projection.key.len() {
        1 => return,
        0 => "no column",
        _ => "several columns",
    };
    if !projection.item.has_named_fields() || projection.found.is_mistaken("key") {
        return;
    }
    for event in projection.events.iter().flatten() {
        let Some(change) = event.change.word() else {
            continue;
        };
        if event.by_rule || event.change == Change::Rows {
            continue;
        }
        let (name, given) = (last(&event.path), last(event.given()));
        let entry = match &event.read_as {
            Some(_) => format!("{name} as {given}"),
            None => name.to_string(),
        };
        cx.error(
            name.span(),
            format_args!("the id of its aggregate does not tell which row `{name}` is about: the key has {key}"),
            format_args!("write `{entry}: {change}(at)`, and which row it is in `impl At<{given}> for {}`", projection.item.ident),
        );
    }
}

/// Whatever was ever stored can be read.
fn check_way_from_before(cx: &mut Errors, event: &Event<'_>) {
    let (found, version) = (&event.found, event.version);
    let (from, split) = (found.key("from"), found.key("split"));
    let is_known = !found.is_mistaken("version");
    if let (Some(_), Some(split)) = (from, split) {
        cx.error(
            split,
            "the version before is read by a hop or by a split, not both",
            "keep one of the two",
        );
    }
    let ident = event.item.ident;
    match (found.key("version"), from.or(split)) {
        (Some(place), None) if version > 1 => cx.error(
            place,
            format_args!("nothing says how version {} is read", version - 1),
            format_args!(
                "keep its shape in a type of its own, `{ident}V{before}`, and add `from({ident}V{before})`",
                before = version - 1
            ),
        ),
        (_, Some(place)) if version == 1 && is_known && found.key("version").is_none() => cx.error(
            place,
            "there is a version before this one, but this one has no number",
            "add `version = 2`, or the one that it is",
        ),
        (_, Some(place)) if version == 1 && is_known => cx.error(
            place,
            "there is no version before the first",
            "leave it out, or write `version = 2`",
        ),
        _ => {}
    }
    if let Some(older) = event.older()
        && older.is_ident(ident)
    {
        cx.error(
            older.span(),
            "no version is made from itself",
            format_args!(
                "keep the shape before in a type of its own, `{ident}V{}`",
                version.max(2) - 1
            ),
        );
    }
}

fn check_earlier(cx: &mut Errors, event: &Event<'_>) {
    let found = &event.found;
    if let Some(earlier) = found.key("earlier")
        && found.key("from").is_none()
    {
        cx.error(
            earlier,
            "`earlier` says what a hop looks at, and there is none",
            "say from which version, as in `from(AccountOpenedV1)`, or leave it out",
        );
    }
}

fn check_reads_as(cx: &mut Errors, event: &Event<'_>) {
    if let Some((place, reads_as)) = event.reads_as
        && reads_as > event.version
        && !event.found.is_mistaken("version")
    {
        cx.error(
            place,
            format_args!("no code knows version {reads_as} yet"),
            format_args!("at most that of the event, {}", event.version),
        );
    }
}

fn check_names_before(cx: &mut Errors, event: &Event<'_>) {
    for (at, was) in event.was.iter().enumerate() {
        check_stored_name(cx, was);
        let name = was.value();
        if name == event.name.text {
            cx.error(
                was.span(),
                format_args!("`{name}` is what the event is called now"),
                "leave it out: `was` holds other names that it was stored under",
            );
        } else if event.was[..at].iter().any(|other| other.value() == name) {
            cx.error(
                was.span(),
                format_args!("`{name}` is given twice"),
                "keep one of the two",
            );
        }
    }
}

fn check_tags_once(cx: &mut Errors, event: &Event<'_>) {
    for (at, tag) in event.tags.iter().enumerate() {
        if event.tags[..at].iter().any(|other| other.name == tag.name) {
            cx.error(
                tag.span,
                format_args!("tag `{}` is given twice", tag.name),
                "keep one of the two",
            );
        }
    }
}

/// A command that leads to nothing is no command.
fn check_emits_given(cx: &mut Errors, command: &Command<'_>) {
    if command.found.unreadable.is_some() {
        return;
    }
    let Some(key) = command.found.key("emits") else {
        cx.push(missing(
            command.place,
            "emits",
            "add the events that it may lead to, as in `emits(AccountOpened)`",
        ));
        return;
    };
    if command.emits.as_ref().is_some_and(Vec::is_empty) && !command.found.is_mistaken("emits") {
        cx.error(
            key,
            "the command emits nothing",
            "name the events that it may lead to, as in `emits(AccountOpened)`",
        );
    }
}

fn check_one_kind_of_newtype(cx: &mut Errors, value: &Value<'_>) {
    if let (Some(_), Some(text)) = (&value.number, &value.text) {
        cx.error(
            text.span(),
            "a newtype is a number or text, not both",
            "keep one of the two",
        );
    } else if let Some(kind) = value.number.as_ref().or(value.text.as_ref())
        && value.item.inner().is_none()
    {
        cx.error(
            kind.span(),
            format_args!("`{kind}` is said of a tuple struct of one field"),
            "leave it out: other values need no more than `#[derive(Value)]`",
        );
    }
}

/// A rule speaks of one `value`.
fn check_rule_of_newtype(cx: &mut Errors, item: &Item<'_>, rule: Option<&Rule>) {
    let Some(Rule { key, .. }) = rule else {
        return;
    };
    if item.inner().is_none() {
        cx.error(
            key.span(),
            "a rule is said of a tuple struct of one field",
            "give the value that it is about a newtype of its own, and mark the field `#[value(check)]`",
        );
    }
}

fn check_symbols_given(cx: &mut Errors, value: &Value<'_>) {
    if value.symbols.as_ref().is_some_and(Vec::is_empty) {
        cx.error(
            value.item.ident.span(),
            "an enum without symbols has no value",
            "add a symbol",
        );
    }
}
