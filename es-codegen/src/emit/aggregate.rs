//! The file of one aggregate: its state, its errors, its events and commands, and the rules between them.

use super::{
    commands, docs, effects, errors, events, fields, fingerprint, handlers, history, samples,
    scenarios,
    scope::{Domain, Scope},
    stubs::ByHand,
    text::{Text, quoted},
};
use crate::model::{Aggregate, Hop, Retired, Target};

/// The text of the file.
pub(super) fn aggregate(
    domain: &Domain<'_>,
    aggregate: &Aggregate,
    samples: Option<&str>,
) -> String {
    let scope = Scope::new(domain, 1, own_names(aggregate));
    let mut body = Text::new(0);
    state(&mut body, &scope, aggregate, samples.is_some());
    errors::errors(&mut body, &scope, aggregate);
    events::events(&mut body, domain, aggregate);
    commands::commands(&mut body, domain, aggregate);
    for command in &aggregate.commands {
        handlers::handler(&mut body, &scope, aggregate, command);
    }
    for event in aggregate.events.iter().filter(|event| event.is_seen()) {
        effects::effect(&mut body, &scope, aggregate, event);
    }
    scenarios::scenarios(&mut body, domain, aggregate);
    if let Some(folder) = samples {
        samples::of_aggregate(&mut body, aggregate, folder);
    }

    let mut file = Text::file(&format!(
        "The aggregate {}.",
        docs::code(&aggregate.name.stored)
    ));
    scope.write_imports(&mut file);
    file.item();
    file.append(&body.finish());
    file.finish()
}

/// The type names that the file itself defines, those by the derive included.
fn own_names(aggregate: &Aggregate) -> Vec<String> {
    let name = aggregate.name.rust.as_str();
    ["", "Command", "Error", "Event"]
        .map(|suffix| format!("{name}{suffix}"))
        .into()
}

fn state(text: &mut Text, scope: &Scope<'_>, aggregate: &Aggregate, has_samples: bool) {
    text.item();
    text.doc(&documentation(aggregate));
    fields::derive(text, scope, "Aggregate");
    attribute(text, scope, aggregate, has_samples);
    let head = format!("pub struct {}", aggregate.name.rust);
    fields::structure(text, scope, &head, &aggregate.state, fields::Marks::None);
}

/// What the derive is told, one event and one command a line.
fn attribute(text: &mut Text, scope: &Scope<'_>, aggregate: &Aggregate, has_samples: bool) {
    text.open("#[aggregate(");
    if !aggregate.was.is_empty() {
        text.line("// The name that the streams have had from the beginning.");
    }
    text.line(&format!("name = {},", quoted(aggregate.category())));
    text.line(&format!("id = {},", scope.ty(&aggregate.id.value)));
    text.open("events(");
    for event in &aggregate.events {
        for (at, older) in event.older.iter().enumerate() {
            if matches!(older.hop, Hop::Split(_)) {
                let (module, name) = (aggregate.module(), history::name_of(event, at + 1));
                text.line(&format!("super::history::{module}::{name}: split,"));
            }
        }
        let role = match event.retired {
            Some(Retired::Split) => continue,
            Some(Retired::Ignored) => ": retired",
            _ if event.is_creation() => ": create",
            _ => "",
        };
        text.line(&format!("events::{}{role},", event.name.rust));
    }
    text.close("),");
    if !aggregate.commands.is_empty() {
        text.open("commands(");
        for command in &aggregate.commands {
            let target = match command.target {
                Target::New => ": new",
                Target::Existing => "",
                Target::Any => ": any",
            };
            text.line(&format!("commands::{}{target},", command.name.rust));
        }
        text.close("),");
    }
    text.line(&format!("error = {},", errors::name(aggregate)));
    making(text, scope, aggregate, has_samples);
    text.close(")]");
}

/// When the state is kept, and what tells states that other rules made.
fn making(text: &mut Text, scope: &Scope<'_>, aggregate: &Aggregate, has_samples: bool) {
    let left_alone = match (aggregate.snapshot, has_samples) {
        (Some(_), _) => "snapshots that other rules made are left alone",
        (None, true) => "states that other rules made of samples are not held against these",
        (None, false) => return,
    };
    if let Some(snapshot) = aggregate.snapshot {
        text.line(&format!("snapshot(every = {}),", snapshot.every));
    }
    if let Some(revision) = aggregate.revision {
        text.line(&format!("revision = {revision},"));
    }
    text.line(&format!(
        "// A hash of what the events do to the state: {left_alone}."
    ));
    let rules = fingerprint::of_fold(scope.model(), aggregate);
    text.line(&format!("rules = \"{rules}\","));
}

/// What the schema says about the aggregate, and what is left to be written by hand.
fn documentation(aggregate: &Aggregate) -> String {
    let name = docs::words(aggregate.name.rust.plain());
    let otherwise = || format!("The state of {} {name}.", docs::article(&name));
    let doc = aggregate.doc.clone().unwrap_or_else(otherwise);
    let by_hand: Vec<_> = ByHand::of(aggregate)
        .map(|rule| format!("- {}", rule.shown(aggregate)))
        .collect();
    docs::with_rules_by_hand(&doc, &by_hand)
}
