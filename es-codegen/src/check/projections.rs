//! Projections: rows are made, made whole, and found again.

use super::aggregates::{other_type, places, unset};
use crate::{
    diagnostic::{Code, Diagnostic, Diagnostics, shown},
    model::{Change, Field, FieldId, Model, ProjectedEvent, Projection, RowChange, RowRule, Type},
    source::Span,
};
use std::collections::HashMap;

/// Some event of a projection makes a row.
pub(super) fn check_new_rows(cx: &mut Diagnostics, model: &Model) {
    // An event that could not be found may be the one that does.
    if cx.has_any(&[Code::UnknownEvent, Code::AmbiguousEvent, Code::MissingKey]) {
        return;
    }
    for projection in &model.projections {
        // Events that could not be read are reported where they stand.
        if projection.events.is_empty() && cx.has_errors() {
            continue;
        }
        if !projection.events.iter().any(may_make) {
            let message = format!(
                "no event makes a row of `{}`",
                shown(&projection.name.stored)
            );
            let error = Diagnostic::new(Code::NoRows, projection.name.span, message);
            cx.report(
                error
                    .hint("give the event that comes first `insert`, or `new` beside its `update`"),
            );
        }
    }
}

fn may_make(projected: &ProjectedEvent) -> bool {
    match &projected.rule {
        RowRule::ByHand | RowRule::Mistaken => true,
        RowRule::One(_) | RowRule::Several(_) => {
            let mut changes = projected.rule.changes().iter();
            changes.any(|change| change.change.makes())
        }
    }
}

/// The functions by which rows are found, one for each index, have different names.
pub(super) fn check_finders(cx: &mut Diagnostics, model: &Model) {
    for projection in &model.projections {
        let mut seen: HashMap<String, Span> = HashMap::new();
        for index in &projection.indexes {
            let columns = index.iter().map(|column| projection.column(column.value));
            let names: Vec<&str> = columns.map(|column| column.name.rust.plain()).collect();
            let Some(place) = index.first() else { continue };
            let finder = format!("find_by_{}", names.join("_and_"));
            let Some(first) = seen.get(&finder) else {
                seen.insert(finder, place.span);
                continue;
            };
            let message = format!("`{finder}` finds rows by another index already");
            let error = Diagnostic::new(Code::NameCollision, place.span, message);
            cx.report(
                error
                    .other(*first, "by this one")
                    .hint("name the columns in another order, or call one otherwise"),
            );
        }
    }
}

/// A row that is made has a value in each of its columns.
pub(super) fn check_columns(cx: &mut Diagnostics, model: &Model) {
    for (projection, projected, change) in changes(model) {
        let event = model.projected(projected);
        // The fields of an event that could not be read are not known.
        if event.is_unread() {
            continue;
        }
        let (made, key, carried) = match &change.change {
            Change::Insert(made) => (made, "insert", event.fields.as_slice()),
            Change::Upsert(made, _) => (made, "new", [].as_slice()),
            Change::InsertByHand | Change::Update(_) | Change::Delete => continue,
        };
        let of_key = (0..projection.key).map(FieldId);
        for column in unset(&projection.columns, places(made).chain(of_key)) {
            let message = format!(
                "`{}` makes a row of `{}` without its `{}`",
                shown(&event.name.stored),
                shown(&projection.name.stored),
                shown(&column.name.stored)
            );
            let hint = other_type(model, column, carried, "the event has").unwrap_or_else(|| {
                let way_out = format!("set it: `{key}: {{ {}: … }}`", column.name.rust);
                match key {
                    "insert" => format!("{way_out}, or give the event a field of that name"),
                    _ => format!("{way_out}; nothing is taken over from the event here"),
                }
            });
            cx.report(
                Diagnostic::new(Code::UnsetColumn, change.span, message)
                    .other(column.name.span, "a column of the row")
                    .hint(hint),
            );
        }
    }
}

/// Every change says which row it is, or is about the row whose key is the id of the event's stream.
pub(super) fn check_places(cx: &mut Diagnostics, model: &Model) {
    for (projection, projected, change) in changes(model) {
        let event = shown(&model.projected(projected).name.stored);
        let key = projection.key_columns();
        let (message, hint) = match &change.at {
            Some(at) => {
                let unset = unset(key, places(at));
                let Some(column) = unset.first() else {
                    continue;
                };
                let message = format!(
                    "`at` leaves out `{}`, a column of the key",
                    shown(&column.name.stored)
                );
                (
                    message,
                    format!("give all of it: `at: {{ {} }}`", shown_key(key)),
                )
            }
            None if matches!(projected.rule, RowRule::Several(_)) => {
                let message =
                    format!("`{event}` changes several rows, and here does not say which");
                let hint = format!(
                    "say it by `at: {{ {} }}`; the id of the event's stream is `cx.id()`",
                    shown_key(key)
                );
                (message, hint)
            }
            None => {
                let id = &model.aggregates[projected.aggregate.0].id.value;
                let Some(difference) = difference(model, projection, id) else {
                    continue;
                };
                let message = format!("`{event}` does not say which row it is about");
                let key = shown_key(key);
                (
                    message,
                    format!("{difference}: say it by `at: {{ {key} }}`"),
                )
            }
        };
        cx.report(
            Diagnostic::new(Code::UnknownRow, change.span, message)
                .other(projection.name.span, "the projection")
                .hint(hint),
        );
    }
}

/// So many columns of a key are named in a hint.
const NAMED: usize = 4;

/// The columns of a key as they are written below `at`, their values left open.
fn shown_key(key: &[Field]) -> String {
    let columns = key.iter().take(NAMED);
    let columns = columns.map(|column| format!("{}: …", column.name.rust));
    let more = (key.len() > NAMED).then(|| "…".to_owned());
    columns.chain(more).collect::<Vec<_>>().join(", ")
}

/// Why the id of a stream is not the key of a row; nothing where it is one, or a mistake hides it.
fn difference(model: &Model, projection: &Projection, id: &Type) -> Option<String> {
    let its_id = format!("its stream's id is of the type `{}`", model.type_name(id));
    match projection.key_columns() {
        [column] if column.ty == *id => None,
        _ if *id == Type::Mistaken => None,
        columns if columns.iter().any(|column| column.ty == Type::Mistaken) => None,
        [column] => Some(format!(
            "{its_id}, and the key of the type `{}`",
            model.type_name(&column.ty)
        )),
        columns => Some(format!(
            "{its_id}, and the key has {} columns",
            columns.len()
        )),
    }
}

fn changes(model: &Model) -> impl Iterator<Item = (&Projection, &ProjectedEvent, &RowChange)> {
    model.projections.iter().flat_map(|projection| {
        projection.events.iter().flat_map(move |projected| {
            let changes = projected.rule.changes().iter();
            changes.map(move |change| (projection, projected, change))
        })
    })
}
