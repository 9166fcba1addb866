//! `mod read` of a projection: of each event whose rules look at some of its fields only, a struct of those.

use super::{
    fields,
    projection::event_path,
    scope::{Domain, Scope},
    text::Text,
};
use crate::{
    leaf::{Leaf, Root},
    model::{Event, Field, Model, Origin, ProjectedEvent, Projection, RowRule},
};
use std::collections::BTreeSet;

/// What the rules are given of an event of which they need not all.
pub(super) struct Part<'m> {
    /// Its name in `mod read`.
    name: String,
    projected: &'m ProjectedEvent,
    fields: Vec<Field>,
}

impl Part<'_> {
    /// The type, seen from the module of the projection.
    pub(super) fn path(&self) -> String {
        format!("read::{}", self.name)
    }
}

/// The part of each event of the projection, in their order; nothing where the rules are given all of it.
pub(super) fn parts<'m>(model: &'m Model, projection: &'m Projection) -> Vec<Option<Part<'m>>> {
    let events = projection.events.iter();
    let mut parts: Vec<_> = events
        .map(|projected| {
            let event = model.projected(projected);
            Some(Part {
                name: event.name.rust.to_string(),
                projected,
                fields: fields_read(event, &projected.rule)?,
            })
        })
        .collect();
    tell_apart(model, &mut parts);
    parts
}

/// Events of several aggregates may be of one name; those whose parts still are then stay whole.
fn tell_apart(model: &Model, parts: &mut [Option<Part<'_>>]) {
    let shared = names_shared(parts);
    for part in parts.iter_mut().flatten() {
        if shared.contains(&part.name) {
            let aggregate = &model.aggregates[part.projected.aggregate.0].name.rust;
            let event = &model.projected(part.projected).name.rust;
            part.name = event.followed_by(&format!("Of{}", aggregate.plain()));
        }
    }
    let shared = names_shared(parts);
    for part in parts {
        part.take_if(|part| shared.contains(&part.name));
    }
}

fn names_shared(parts: &[Option<Part<'_>>]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let names = parts.iter().flatten().map(|part| &part.name);
    names.filter(|name| !seen.insert(*name)).cloned().collect()
}

/// Puts the parts into the file of their projection.
pub(super) fn read(text: &mut Text, domain: &Domain<'_>, parts: &[Option<Part<'_>>]) {
    let parts: Vec<_> = parts.iter().flatten().collect();
    if parts.is_empty() {
        return;
    }
    let names = parts.iter().map(|part| part.name.clone());
    let scope = Scope::new(domain, 2, names);
    let mut body = Text::new(text.depth() + 1);
    for part in parts {
        item(&mut body, &scope, part);
    }
    text.item();
    text.doc("Of events the fields that the rules look at. The others are not read.");
    text.open("mod read {");
    scope.write_imports(text);
    text.item();
    text.append(&body.finish());
    text.close("}");
}

fn item(text: &mut Text, scope: &Scope<'_>, part: &Part<'_>) {
    let mut derives = vec![scope.serde("Deserialize")];
    if matches!(part.projected.rule, RowRule::Several(_)) {
        // Each of several changes may need one of its own.
        derives.insert(0, "Clone".to_owned());
    }
    text.item();
    text.line(&format!("#[derive({})]", derives.join(", ")));
    let head = format!("pub struct {}", part.name);
    fields::part(text, scope, &head, &part.fields);

    let event = format!("super::{}", event_path(scope.model(), part.projected));
    let from = scope.prelude("From");
    text.item();
    text.open(&format!("impl {from}<{event}> for {} {{", part.name));
    let name = if part.fields.is_empty() { "_" } else { "event" };
    text.open(&format!("fn from({name}: {event}) -> Self {{"));
    let fields = part.fields.iter().map(|field| &field.name.rust);
    let fields: Vec<_> = fields
        .map(|name| (name.to_string(), format!("event.{name}")))
        .collect();
    text.literal("Self", &fields, "");
    text.close("}");
    text.close("}");
}

/// The fields that the rule looks at, in the order of the event; nothing where it may be all of them.
fn fields_read(event: &Event, rule: &RowRule) -> Option<Vec<Field>> {
    if matches!(rule, RowRule::ByHand | RowRule::Mistaken) {
        return None;
    }
    let mut names = BTreeSet::new();
    for change in rule.changes() {
        if change.is_by_hand() {
            return None;
        }
        let at = change.at.iter().flatten();
        for assignment in at.chain(change.change.made()) {
            match &assignment.from {
                Origin::Leaf(leaf) => mentioned(leaf, &mut names)?,
                Origin::Event(field) => {
                    names.insert(event.field(*field).name.rust.plain());
                }
                Origin::Command(_) | Origin::State(_) | Origin::Status(_) => {}
            }
        }
        let statements = change.change.update().map(|update| update.statements());
        for leaf in statements.into_iter().flatten() {
            mentioned(leaf, &mut names)?;
        }
    }
    let fields = event.fields.iter();
    let read = fields.filter(|field| names.remove(field.name.rust.plain()));
    let read: Vec<_> = read.cloned().collect();
    // What the leaf calls so may be no event at all: then nothing is known.
    (names.is_empty() && read.len() < event.fields.len()).then_some(read)
}

/// Adds the fields of the event that the leaf mentions; nothing where it mentions the event as such.
fn mentioned<'l>(leaf: &'l Leaf, names: &mut BTreeSet<&'l str>) -> Option<()> {
    let mentions = leaf.mentions.iter();
    for mention in mentions.filter(|mention| mention.root == Root::Event) {
        names.insert(mention.fields.first()?.name.as_str());
    }
    Some(())
}
