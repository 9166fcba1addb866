//! The file of one projection: its row, and what the events do to the rows.

use super::{
    docs,
    fields::{self, Marks},
    fingerprint,
    parts::{self, Part},
    row_rules, samples,
    scope::{Domain, Scope},
    stubs::RowsByHand,
    text::{Text, quoted},
};
use crate::model::{
    Change, Field, Model, OnError, ProjectedEvent, Projection, RowChange, RowRule, Type,
};

/// The text of the file.
pub(super) fn projection(
    domain: &Domain<'_>,
    projection: &Projection,
    samples: Option<&str>,
) -> String {
    let scope = Scope::new(domain, 1, [projection.name.rust.to_string()]);
    let parts = parts::parts(domain.model, projection);
    let mut body = Text::new(0);
    row(&mut body, &scope, projection, &parts);
    for (projected, part) in projection.events.iter().zip(&parts) {
        let whole = || event_path(domain.model, projected);
        let path = part.as_ref().map_or_else(whole, Part::path);
        row_rules::rule(&mut body, &scope, projection, projected, path);
    }
    parts::read(&mut body, domain, &parts);
    if let Some(folder) = samples {
        samples::of_projection(&mut body, projection, folder);
    }

    let mut file = Text::file(&format!(
        "The projection {}.",
        docs::code(&projection.name.stored)
    ));
    scope.write_imports(&mut file);
    file.item();
    file.append(&body.finish());
    file.finish()
}

/// The event that a rule is about, seen from the module of a projection.
pub(super) fn event_path(model: &Model, projected: &ProjectedEvent) -> String {
    let (module, event) = (
        model.aggregates[projected.aggregate.0].module(),
        &model.projected(projected).name.rust,
    );
    format!("super::{module}::events::{event}")
}

fn row(text: &mut Text, scope: &Scope<'_>, projection: &Projection, parts: &[Option<Part<'_>>]) {
    text.item();
    text.doc(&documentation(scope.model(), projection));
    fields::derive(text, scope, "Projection");
    attribute(text, scope, projection, parts);
    let head = format!("pub struct {}", projection.name.rust);
    fields::structure(text, scope, &head, &projection.columns, Marks::None);
}

/// What the derive is told, one event a line.
fn attribute(
    text: &mut Text,
    scope: &Scope<'_>,
    projection: &Projection,
    parts: &[Option<Part<'_>>],
) {
    let model = scope.model();
    text.open("#[projection(");
    text.line(&format!("name = {},", quoted(&projection.name.stored)));
    let key = projection.key_columns().iter();
    let key: Vec<_> = key.map(|column| column.name.rust.to_string()).collect();
    text.row("key(", &key, "),");
    for index in &projection.indexes {
        let columns = index.iter().map(|column| projection.column(column.value));
        let columns: Vec<_> = columns.map(|column| column.name.rust.to_string()).collect();
        text.row("index(", &columns, "),");
    }
    if let Some(revision) = projection.revision {
        text.line(&format!("revision = {revision},"));
    }
    text.line(
        "// A hash of what the events do to the rows: those that other rules made are made again.",
    );
    let rules = fingerprint::of_rows(model, projection);
    text.line(&format!("rules = \"{rules}\","));
    match projection.on_error {
        OnError::Stop => {}
        OnError::Park => text.line("on_error(park),"),
        OnError::Retry(times) => text.line(&format!("on_error(retry({times})),")),
    }
    text.open("events(");
    for (projected, part) in projection.events.iter().zip(parts) {
        let aggregate = &model.aggregates[projected.aggregate.0];
        let read_as = part.as_ref().map(|part| format!(" as {}", part.path()));
        text.line(&format!(
            "{}{} in super::{}::{}: {},",
            event_path(model, projected),
            read_as.unwrap_or_default(),
            aggregate.module(),
            aggregate.name.rust,
            mode(&projected.rule)
        ));
    }
    text.close("),");
    text.close(")]");
}

/// What an event does to the rows, in the words of the derive.
fn mode(rule: &RowRule) -> String {
    match rule {
        RowRule::One(RowChange { at, change, .. }) => {
            let mode = match change {
                Change::Insert(_) | Change::InsertByHand => "insert",
                Change::Update(_) => "update",
                Change::Upsert(..) => "upsert",
                Change::Delete => "delete",
            };
            let at = if at.is_some() { "(at)" } else { "" };
            format!("{mode}{at}")
        }
        RowRule::Several(_) | RowRule::ByHand | RowRule::Mistaken => "rows".to_owned(),
    }
}

/// What the schema says about the rows, and what is left to be written by hand.
fn documentation(model: &Model, projection: &Projection) -> String {
    let otherwise = || one_per(model, projection.key_columns());
    let doc = projection.doc.clone().unwrap_or_else(otherwise);
    let by_hand: Vec<_> = RowsByHand::of(model, projection)
        .map(|rule| format!("- {}", rule.shown(projection)))
        .collect();
    docs::with_rules_by_hand(&doc, &by_hand)
}

/// `One row per day and customer.`
fn one_per(model: &Model, key: &[Field]) -> String {
    let owner = match key {
        [] => return "The only row there is.".to_owned(),
        [column] => owner(model, &column.ty),
        _ => None,
    };
    let columns = key
        .iter()
        .map(|column| docs::words(column.name.rust.plain()));
    let mut columns: Vec<_> = columns.collect();
    let last = columns.pop().unwrap_or_default();
    let words = match (owner, columns.as_slice()) {
        (Some(owner), _) => owner,
        (None, []) => last,
        (None, others) => format!("{} and {last}", others.join(", ")),
    };
    format!("One row per {words}.")
}

/// The aggregate whose identity the type is, in words, where there is one.
fn owner(model: &Model, ty: &Type) -> Option<String> {
    let mut owners = model
        .aggregates
        .iter()
        .filter(|aggregate| aggregate.id.value == *ty);
    match (owners.next(), owners.next()) {
        (Some(owner), None) => Some(docs::words(owner.name.rust.plain())),
        _ => None,
    }
}
