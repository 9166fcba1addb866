//! `mod events`: a plain struct for each event.

use super::{
    docs,
    fields::{self, Marks},
    history, rules,
    scope::{Domain, Scope},
    text::{Text, quoted},
};
use crate::model::{Aggregate, Event, Retired, Tag, TagValue};

/// Puts the events of an aggregate into its file.
pub(super) fn events(text: &mut Text, domain: &Domain<'_>, aggregate: &Aggregate) {
    if aggregate.events.is_empty() {
        return;
    }
    let names = aggregate
        .events
        .iter()
        .map(|event| event.name.rust.as_str().to_owned());
    let scope = Scope::new(domain, 2, names);
    let mut body = Text::new(text.depth() + 1);
    // One that is read as others has only older shapes.
    let events = aggregate.events.iter();
    for event in events.filter(|event| event.retired != Some(Retired::Split)) {
        body.item();
        item(&mut body, domain, &scope, aggregate, event);
    }
    text.item();
    text.doc(&format!(
        "What can happen to {}.",
        docs::code(aggregate.name.rust.plain())
    ));
    text.open("pub mod events {");
    scope.write_imports(text);
    text.item();
    text.append(&body.finish());
    text.close("}");
}

fn item(
    text: &mut Text,
    domain: &Domain<'_>,
    scope: &Scope<'_>,
    aggregate: &Aggregate,
    event: &Event,
) {
    let otherwise = docs::named(&event.name);
    text.doc(event.doc.as_ref().unwrap_or(&otherwise));
    fields::derive(text, scope, "Event");
    let mut told = vec![format!("name = {}", quoted(&event.name.stored))];
    told.extend(history::told(
        domain,
        event,
        event.version(),
        &domain.model.reads_as(event),
        |version| history::path_of(aggregate, event, version),
    ));
    if !event.tags.is_empty() {
        let tags: Vec<_> = event
            .tags
            .iter()
            .map(|tag| self::tag(scope, event, tag))
            .collect();
        told.push(format!("tags({})", tags.join(", ")));
    }
    text.column("#[event(", &told, ")]");
    fields::structure(
        text,
        scope,
        &format!("pub struct {}", event.name.rust),
        &event.fields,
        Marks::None,
    );
}

fn tag(scope: &Scope<'_>, event: &Event, tag: &Tag) -> String {
    let value = match &tag.value {
        TagValue::Leaf(leaf) => rules::expression(scope, leaf),
        // The derive names the tag of a field by its stored name, so that another Rust name changes no stored byte.
        TagValue::Field(field) => return event.field(*field).name.rust.to_string(),
    };
    let name = &tag.name.value;
    match syn::parse_str::<syn::Ident>(name) {
        Ok(name) => format!("{name} = {value}"),
        Err(_) => format!("{} = {value}", quoted(name)),
    }
}
